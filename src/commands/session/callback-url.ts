import { Failure } from "../../errors.ts";
import { service } from "../../runflow/service.ts";

/** @throws {Failure} `usage` for a URL that the service would not call */
export function checkCallbackUrl(text: string): string {
	const { callbackUrl: most } = service.limits;
	if (URL.canParse(text) && /^https?:/.test(text) && text.length <= most)
		return text;
	throw new Failure("usage", `--callback-url ${text} is not a web address`, {
		hint: `an https URL of at most ${most} characters that the service can reach`,
	});
}
