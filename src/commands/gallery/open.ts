import type { Runtime } from "../../runtime.ts";
import { escaped } from "../../system/escape.ts";
import { showPath } from "../session/job-context.ts";
import type { Session } from "../session/session.ts";

type Launch = (target: string) => Promise<unknown>;

/**
 * Shows a page in the user's browser; where there is none, or nobody is there to look, says where the page is.
 * @param target an absolute path, or an address
 */
export async function openInBrowser(
	target: string,
	{ runtime, reporter }: Pick<Session, "runtime" | "reporter">,
	launch: Launch = async (page) => (await import("open")).default(page),
): Promise<void> {
	const isShown =
		hasScreen(runtime) &&
		(await launch(target).then(
			() => true,
			() => false,
		));
	if (!isShown)
		reporter.note(
			`no browser to be opened here; in one: ${escaped(showPath(target, runtime.cwd))}`,
		);
}

/** Without a screen, Linux would start a browser of text in the terminal. */
function hasScreen({ stderr, env, platform }: Runtime): boolean {
	const isDrawn = Boolean(
		env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME,
	);
	return stderr.isTTY === true && (platform !== "linux" || isDrawn);
}
