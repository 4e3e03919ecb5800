/** The command that brings what is unfinished at one service. @param own the address that the settings name */
export function resumeCommand(service: string, own: string): string {
	if (service === "sandbox") return "flux-ultra resume --sandbox";
	const resume = "flux-ultra resume";
	return service === own ? resume : `FLUX_ULTRA_API_URL=${service} ${resume}`;
}
