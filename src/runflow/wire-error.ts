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
	const { code, syscall } = findCode(error);
	if (code === undefined)
		return new WireError(
			`${error instanceof Error ? error.message : String(error)}: ${host}`,
			true,
			error,
		);
	if (isCertificateCode(code))
		return new WireError(
			`the certificate of ${host} is not trusted (${code})`,
			false,
			error,
		);
	// A connection that stood for a while ends with the same codes as one that never stood.
	const isOpen = syscall === "read" || syscall === "write";
	const before = isOpen ? undefined : beforeSending(code, syscall);
	if (before) return new WireError(`${before}: ${host}`, false, error);
	return new WireError(`${words[code] ?? code}: ${host}`, true, error);
}

/** What happens before a request leaves this machine: it cannot have been received. */
function beforeSending(
	code: string,
	syscall: string | undefined,
): string | undefined {
	if (code === "ETIMEDOUT")
		return syscall === "connect" ? "no connection in time" : undefined;
	if (handshakeCodes.test(code)) return `no secure connection (${code})`;
	return beforeCodes.has(code) ? words[code] : undefined;
}

const beforeCodes = new Set([
	"ECONNREFUSED",
	"ENOTFOUND",
	"EAI_AGAIN",
	"EHOSTUNREACH",
	"ENETUNREACH",
	"UND_ERR_CONNECT_TIMEOUT",
	"PROXY_REFUSED",
	"UND_ERR_PRX_TLS",
	"UND_ERR_INVALID_ARG",
]);

const words: Readonly<Record<string, string>> = {
	ECONNREFUSED: "connection refused",
	ENOTFOUND: "host name not found",
	EAI_AGAIN: "host name could not be looked up",
	EHOSTUNREACH: "host not reachable",
	ENETUNREACH: "network not reachable",
	UND_ERR_CONNECT_TIMEOUT: "no connection in time",
	PROXY_REFUSED: "the proxy refused the connection",
	UND_ERR_PRX_TLS: "the proxy's certificate is not trusted",
	UND_ERR_INVALID_ARG: "the request is not valid",
	ECONNRESET: "connection reset",
	EPIPE: "connection closed while sending",
	ETIMEDOUT: "connection timed out",
	UND_ERR_SOCKET: "connection closed without an answer",
	UND_ERR_HEADERS_TIMEOUT: "no answer in time",
	UND_ERR_BODY_TIMEOUT: "the answer stopped half-way",
};

/** Not all of `ERR_SSL_`: a broken record can come long after the handshake. */
const handshakeCodes =
	/^ERR_SSL_(WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|TLSV1_ALERT_PROTOCOL_VERSION|.*ALERT_HANDSHAKE_FAILURE)$/;

function isCertificateCode(code: string): boolean {
	return /^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(
		code,
	);
}

function findCode(error: unknown): { code?: string; syscall?: string } {
	let current = error;
	for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
		// undici has no code of its own for a proxy that refuses the tunnel.
		if (current.message.startsWith("Proxy response"))
			return { code: "PROXY_REFUSED" };
		// A host of several addresses: Node wraps what each of them answered, all of it from connecting.
		if (current instanceof AggregateError && current.errors.length > 0)
			return findCode(current.errors[0]);
		const { code, syscall } = current as { code?: unknown; syscall?: unknown };
		if (typeof code === "string")
			return { code, ...(typeof syscall === "string" && { syscall }) };
		current = current.cause;
	}
	return {};
}
