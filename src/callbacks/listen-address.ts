import { Failure } from "../errors.ts";
import { escaped } from "../system/escape.ts";

/** Where callbacks are listened for. */
export interface ListenAddress {
	/** A name or an IP address; IPv6 without brackets. */
	readonly host: string;
	/** 0 for any that is free. */
	readonly port: number;
}

/**
 * Reads `[host:]port`. Without a host it is 127.0.0.1, which a tunnel or a reverse proxy on this machine reaches and nobody else; to be
 * open to the network takes a host that says so, `0.0.0.0` or `[::]`. `:8080` means the one to some programs and the other to others,
 * so it is refused.
 * @throws {Failure} `usage`
 */
export function parseListenAddress(text: string): ListenAddress {
	const [, host = "127.0.0.1", port] = pattern.exec(text.trim()) ?? [];
	if (port !== undefined && Number(port) <= 65_535)
		return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
	throw new Failure(
		"usage",
		`--listen ${escaped(text)} is not a port or host:port`,
		{
			hint: "for one: 8080 for a tunnel or proxy on this machine, 0.0.0.0:8080 or [::]:8080 for the whole network, 0 for any free port",
		},
	);
}

/** A name or IPv4 address, or an IPv6 address in brackets, and a port. */
const pattern =
	/^(?:([a-z\d](?:[a-z\d.-]*[a-z\d])?|\[[\da-f:.]+(?:%[\w.-]+)?\]):)?(\d{1,5})$/i;

/** An address as it stands in a URL. */
export function showAddress({ host, port }: ListenAddress): string {
	return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
