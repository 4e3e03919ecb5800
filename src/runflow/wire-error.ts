/** A request that got no answer. */
export class WireError extends Error {
	override readonly name = "WireError";
	/** False where the request surely never reached the service; true where nobody can know. */
	readonly mayHaveArrived: boolean;
	/** False where the next try meets the same: a certificate, a proxy. */
	readonly mayPass: boolean;
	/** What mends it, where that is known. */
	readonly hint: string | undefined;

	constructor(
		message: string,
		mayHaveArrived: boolean,
		cause: unknown,
		{
			mayPass = true,
			hint,
		}: { mayPass?: boolean; hint?: string | undefined } = {},
	) {
		super(message, { cause });
		this.mayHaveArrived = mayHaveArrived;
		this.mayPass = mayPass;
		this.hint = hint;
	}
}

/** The way to a host. */
interface Way {
	/** `host:port` of the proxy on it. */
	readonly proxy: string | undefined;
	/** The proxy itself is not reached, or makes no tunnel. */
	readonly isAtProxy?: boolean;
}

/** A connection that was not made: nothing has left for the service. */
export class ConnectionError extends Error {
	override readonly name = "ConnectionError";
	readonly way: Way;

	private constructor(cause: Error, way: Way) {
		super("no connection", { cause });
		this.way = way;
	}

	/** What failed at the proxy stays that where it comes through the connection to the host. */
	static of(cause: Error, way: Way): ConnectionError {
		return cause instanceof ConnectionError
			? cause
			: new ConnectionError(cause, way);
	}
}

/**
 * The thrown value of a request as a WireError. Codes are looked for along the causes: fetch wraps them, undici and mocks don't.
 * @param host of the request, with its port
 */
export function toWireError(error: unknown, host: string): WireError {
	if (error instanceof WireError) return error;
	const way = error instanceof ConnectionError ? error.way : undefined;
	const { code, syscall, tunnelStatus } = findCode(error);
	if (tunnelStatus !== undefined)
		return tunnelRefusal(tunnelStatus, way?.proxy, host, error);
	const where = nameWay(host, way);
	if (code === undefined)
		return new WireError(
			`${error instanceof Error ? error.message : String(error)}: ${where}`,
			!way,
			error,
		);
	if (certificateCodes.test(code))
		return new WireError(
			`the certificate of ${way?.isAtProxy ? where : host} is not trusted (${code})`,
			false,
			error,
			{ mayPass: false, hint: certificateHints[code] ?? unknownIssuer },
		);
	const before = wordsBeforeSending(code, way ? "connect" : syscall);
	const isClosed = closedCodes.includes(code);
	const words =
		way && isClosed
			? "connection closed while it was made"
			: (before ?? underWay[code] ?? beforeSending[code] ?? code);
	return new WireError(
		`${words}: ${where}`,
		!way && before === undefined,
		error,
		{
			// A proxy that is not there is a wrong setting; one that closes connections may be starting anew.
			mayPass: !way?.isAtProxy || isClosed,
			hint: way?.isAtProxy ? proxyHint : undefined,
		},
	);
}

const proxyHint =
	"is the proxy up? its address stands in HTTPS_PROXY or HTTP_PROXY; NO_PROXY names hosts that need none";

function nameWay(host: string, way: Way | undefined): string {
	if (way?.proxy === undefined) return host;
	return way.isAtProxy
		? `the proxy ${way.proxy}`
		: `${host}, through the proxy ${way.proxy}`;
}

/** What a code says where it comes before the request leaves this machine, so that it cannot have been received; undefined where it may have. */
function wordsBeforeSending(
	code: string,
	syscall: string | undefined,
): string | undefined {
	// A connection that stood for a while ends with the same codes as one that never stood.
	if (syscall === "read" || syscall === "write") return undefined;
	if (code === "ETIMEDOUT")
		return syscall === "connect" ? "no connection in time" : undefined;
	if (handshakeCodes.test(code)) return `no secure connection (${code})`;
	return beforeSending[code];
}

const beforeSending: Readonly<Record<string, string>> = {
	ECONNREFUSED: "connection refused",
	ENOTFOUND: "host name not found",
	EAI_AGAIN: "host name could not be looked up",
	EHOSTUNREACH: "host not reachable",
	ENETUNREACH: "network not reachable",
	UND_ERR_CONNECT_TIMEOUT: "no connection in time",
	UND_ERR_INVALID_ARG: "the request is not valid",
};

const closedCodes = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"];

const underWay: Readonly<Record<string, string>> = {
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

const certificateCodes =
	/^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

const certificateHints: Readonly<Record<string, string>> = {
	CERT_HAS_EXPIRED:
		"it has expired, or the clock of this machine is ahead: check the date",
	CERT_NOT_YET_VALID:
		"it is not valid yet: the clock of this machine is behind, check the date",
	ERR_TLS_CERT_ALTNAME_INVALID:
		"it is another host's: is the address right, and no proxy or portal in the way?",
};

const unknownIssuer =
	"where a proxy or a virus scanner looks into connections, give Node its certificate: NODE_EXTRA_CA_CERTS=/path/to/ca.pem";

/** A proxy that answers the CONNECT with an error; of those of 5xx the next try may hear something else. */
function tunnelRefusal(
	status: number,
	proxy: string | undefined,
	host: string,
	error: unknown,
): WireError {
	const isLogin = status === 407;
	const what = isLogin
		? "asks for a name and a password (407)"
		: `refused the connection (${status}): ${host}`;
	return new WireError(
		`the proxy${proxy ? ` ${proxy}` : ""} ${what}`,
		false,
		error,
		{
			mayPass: status >= 500,
			hint: isLogin
				? "give them in its address: HTTPS_PROXY=http://name:password@host:port"
				: `ask whoever runs the proxy to let ${host} through, or name it in NO_PROXY`,
		},
	);
}

interface Found {
	readonly code?: string;
	readonly syscall?: string | undefined;
	/** What a proxy answered to the CONNECT. */
	readonly tunnelStatus?: number;
}

function findCode(error: unknown): Found {
	let current = error;
	for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
		// undici has no code of its own for a proxy that refuses the tunnel.
		const [, status] = /^Proxy response \((\d+)\)/.exec(current.message) ?? [];
		if (status !== undefined) return { tunnelStatus: Number(status) };
		// A host of several addresses: Node wraps what each of them answered, all of it from connecting.
		if (current instanceof AggregateError && current.errors.length > 0)
			return findCode(current.errors[0]);
		const { code, syscall } = current as NodeJS.ErrnoException;
		if (typeof code === "string") return { code, syscall };
		current = current.cause;
	}
	return {};
}
