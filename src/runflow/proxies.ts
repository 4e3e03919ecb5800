import { Failure } from "../errors.ts";

/** `host:port` of the proxy that requests to an address are told to go through, NO_PROXY apart; undefined where there is none. */
export function proxyFor(
	url: URL,
	env: Readonly<Record<string, string | undefined>>,
): string | undefined {
	const { httpProxy, httpsProxy } = proxiesOf(env);
	const proxy = url.protocol === "https:" ? httpsProxy || httpProxy : httpProxy;
	return proxy ? new URL(proxy).host : undefined;
}

/** What undici's EnvHttpProxyAgent is told of the environment's proxies. @throws {Failure} `config` */
export function proxiesOf(env: Readonly<Record<string, string | undefined>>) {
	const noProxy = env.no_proxy ?? env.NO_PROXY ?? "";
	// Empty strings keep undici from reading the process's own environment in their place.
	return {
		httpProxy: proxyUrl(env.http_proxy || env.HTTP_PROXY),
		httpsProxy: proxyUrl(env.https_proxy || env.HTTPS_PROXY),
		// The sandbox lives on this machine, where no proxy can reach it.
		noProxy: noProxy === "*" ? noProxy : `${noProxy},127.0.0.1,localhost,[::1]`,
	};
}

/** @throws {Failure} `config` */
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
