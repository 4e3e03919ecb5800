import type { buildConnector, Dispatcher } from "undici";
import { Failure } from "../errors.ts";
import { setV8Option } from "../system/v8-option.ts";
import { ConnectionError } from "./wire-error.ts";

/**
 * For each address of a host, before the next one is tried beside it. Node's own 250 ms fail on slow links to hosts
 * with addresses of both kinds.
 */
const addressAttemptMs = 2_500;

/**
 * How much of undici's parser, which is WebAssembly, runs before V8 optimizes it in the background. By V8's own measure (1.8 MB in
 * Node 20) that is after two answers, and takes a third of the CPU of one image; a batch is to have it.
 */
const optimizeAfterBytes = 100_000_000;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Connections that are kept alive, through the proxies that the environment names.
 * @param connectMs for a connection, and for a tunnel through a proxy
 * @throws {Failure} `config` for a proxy that is no http address
 */
export async function createDispatcher(
	env: Env,
	connectMs: number,
): Promise<Dispatcher> {
	setV8Option(`--wasm-tiering-budget=${optimizeAfterBytes}`);
	const undici = await import("./undici.ts");
	const connect = {
		timeout: connectMs,
		autoSelectFamilyAttemptTimeout: addressAttemptMs,
	};
	const direct = undici.buildConnector(connect);
	return new undici.EnvHttpProxyAgent({
		connect: direct,
		proxyTls: connect,
		requestTls: connect,
		factory(origin: string | URL, options: ConnectorOptions) {
			const isTunnel = options.connect !== direct;
			const proxy = isTunnel ? proxyFor(new URL(origin), env) : undefined;
			return new undici.Pool(origin, {
				...options,
				connect: namingFailures(options.connect, proxy),
			});
		},
		clientFactory(origin, options) {
			const pool = new undici.Pool(origin, {
				...options,
				headersTimeout: connectMs,
			});
			pool.connect = namingTunnelFailures(
				undici.connect.bind(pool),
				new URL(origin).host,
			);
			return pool;
		},
		keepAliveTimeout: 10_000,
		...proxiesIn(env),
	});
}

/** `host:port` of the proxy that requests to an address are told to go through, NO_PROXY apart; undefined where there is none. */
export function proxyFor(url: URL, env: Env): string | undefined {
	const { httpProxy, httpsProxy } = proxiesIn(env);
	const proxy = url.protocol === "https:" ? httpsProxy || httpProxy : httpProxy;
	return proxy ? new URL(proxy).host : undefined;
}

/** As EnvHttpProxyAgent takes them. */
function proxiesIn(env: Env) {
	const noProxy = env.no_proxy ?? env.NO_PROXY ?? "";
	// Empty strings keep undici from reading the process's own environment in their place.
	return {
		httpProxy: proxyUrl(env.http_proxy || env.HTTP_PROXY),
		httpsProxy: proxyUrl(env.https_proxy || env.HTTPS_PROXY),
		// The sandbox lives on this machine, where no proxy can reach it.
		noProxy: noProxy === "*" ? noProxy : `${noProxy},127.0.0.1,localhost,[::1]`,
	};
}

function proxyUrl(value: string | undefined): string {
	if (!value) return "";
	// curl takes an address without a scheme, so that is how many have it.
	const url = value.includes("://") ? value : `http://${value}`;
	if (URL.canParse(url) && /^https?:/i.test(url)) return url;
	throw new Failure(
		"config",
		`the proxy "${value.replace(/[^/]*@/, "")}" is not an http address`,
		{ hint: "for one: HTTPS_PROXY=http://proxy.example.com:3128" },
	);
}

interface ConnectorOptions {
	readonly connect: buildConnector.connector;
}

/**
 * Connects to a host. undici connects again at once, for ever, after an error whose code says that a socket was closed: it expects
 * that of connections which stood before. As a ConnectionError each of them ends the request.
 */
function namingFailures(
	connect: buildConnector.connector,
	proxy: string | undefined,
): buildConnector.connector {
	return (options, callback) =>
		connect(options, (error, socket) => {
			if (error) callback(ConnectionError.of(error, { proxy }), null);
			else callback(null, socket);
		});
}

/** Asks a proxy for a tunnel. */
function namingTunnelFailures(
	connect: (
		options: Dispatcher.ConnectOptions,
	) => Promise<Dispatcher.ConnectData>,
	proxy: string,
): Dispatcher["connect"] {
	const named = (options: Dispatcher.ConnectOptions) =>
		connect(options).catch((error) => {
			throw ConnectionError.of(error, { proxy, isAtProxy: true });
		});
	return named as Dispatcher["connect"];
}
