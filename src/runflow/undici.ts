/*
 * What is used of undici, each part by itself: its index brings a fetch, WebSockets and caches along, which take as long to
 * load as all the rest of a command. To be imported lazily.
 */
export { default as connect } from "undici/lib/api/api-connect.js";
export { default as request } from "undici/lib/api/api-request.js";
export { default as buildConnector } from "undici/lib/core/connect.js";
export { default as EnvHttpProxyAgent } from "undici/lib/dispatcher/env-http-proxy-agent.js";
export { default as Pool } from "undici/lib/dispatcher/pool.js";
