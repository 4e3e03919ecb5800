/** A request that got no answer. */
export class WireError extends Error {
	override readonly name = "WireError";
	/** False where the request surely never reached the service; true where nobody can know. */
	readonly mayHaveArrived: boolean;

	constructor(message: string, mayHaveArrived: boolean, cause: unknown) {
		super(message, { cause });
		this.mayHaveArrived = mayHaveArrived;
	}
}

/** The thrown value of a request as a WireError. Codes are looked for along the causes: fetch wraps them, undici and mocks don't. */
export function toWireError(error: unknown, host: string): WireError {
	if (error instanceof WireError) return error;
	const code = codeAlongCauses(error);
	const known = code === undefined ? undefined : beforeSending[code];
	if (known) return new WireError(`${known}: ${host}`, false, error);
	if (code !== undefined && isCertificateCode(code))
		return new WireError(
			`the certificate of ${host} is not trusted (${code})`,
			false,
			error,
		);
	const text = code === undefined ? undefined : afterSending[code];
	const detail =
		text ?? code ?? (error instanceof Error ? error.message : String(error));
	return new WireError(`${detail}: ${host}`, true, error);
}

/** What happens before a request leaves this machine: it cannot have been received. */
const beforeSending: Readonly<Record<string, string>> = {
	ECONNREFUSED: "connection refused",
	ENOTFOUND: "host name not found",
	EAI_AGAIN: "host name could not be looked up",
	EHOSTUNREACH: "host not reachable",
	ENETUNREACH: "network not reachable",
	UND_ERR_CONNECT_TIMEOUT: "no connection in time",
	PROXY_REFUSED: "the proxy refused the connection",
	UND_ERR_PRX_TLS: "the proxy's certificate is not trusted",
	UND_ERR_INVALID_ARG: "the request is not valid",
};

const afterSending: Readonly<Record<string, string>> = {
	ECONNRESET: "connection reset",
	EPIPE: "connection closed while sending",
	ETIMEDOUT: "connection timed out",
	UND_ERR_SOCKET: "connection closed without an answer",
	UND_ERR_HEADERS_TIMEOUT: "no answer in time",
	UND_ERR_BODY_TIMEOUT: "the answer stopped half-way",
};

function isCertificateCode(code: string): boolean {
	return /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(
		code,
	);
}

function codeAlongCauses(error: unknown): string | undefined {
	let current = error;
	for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
		// undici has no code of its own for a proxy that refuses the tunnel.
		if (current.message.startsWith("Proxy response")) return "PROXY_REFUSED";
		const { code } = current as { code?: unknown };
		if (typeof code === "string") return code;
		current = current.cause;
	}
	return undefined;
}
