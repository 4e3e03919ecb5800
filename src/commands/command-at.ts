import { retype, withSandbox } from "./retype.ts";

/** A command line for one service. @param own the address that the settings name */
export function commandAt(
	argv: readonly string[],
	service: string,
	own: string,
): string {
	const command = retype(withSandbox(argv, service));
	return service === "sandbox" || service === own
		? command
		: `FLUX_ULTRA_API_URL=${service} ${command}`;
}
