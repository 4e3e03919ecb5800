import { setMaxListeners } from "node:events";
import { locateFolders } from "../../settings/folders.ts";
import { type Finding, judged, type Verdict } from "./finding.ts";
import {
	checkCertificates,
	checkFolder,
	checkJobs,
	checkNode,
	checkSettings,
	checkSharp,
} from "./machine.ts";
import { checkSeenFacts } from "./seen-facts.ts";
import {
	checkBalance,
	checkClock,
	checkKey,
	checkListing,
	checkLookUp,
	checkModel,
	checkProxy,
	checkReach,
} from "./service.ts";
import type { Setup } from "./setup.ts";

type Check = (setup: Setup) => Promise<Verdict>;

/** In this order, what others rest on first: the first failure decides the exit code, and is to be mended first. */
const checks: Readonly<Record<string, Check>> = {
	node: checkNode,
	settings: checkSettings,
	"state folder": async ({ runtime }) =>
		checkFolder(locateFolders(runtime).state, folderRemedy("STATE")),
	"config folder": async ({ runtime }) =>
		checkFolder(locateFolders(runtime).config, folderRemedy("CONFIG")),
	"working folder": async ({ runtime }) =>
		checkFolder(runtime.cwd, "work in another folder, or name one with -o"),
	proxy: checkProxy,
	certificates: checkCertificates,
	service: checkReach,
	clock: checkClock,
	key: checkKey,
	listing: checkListing,
	"look-up": checkLookUp,
	balance: checkBalance,
	model: checkModel,
	"seen live": checkSeenFacts,
	unfinished: checkJobs,
	sharp: checkSharp,
};

function folderRemedy(which: "STATE" | "CONFIG"): string {
	return `it must be a folder that you may write to; FLUX_ULTRA_${which}_DIR names another`;
}

/**
 * Makes every check at once, each judged alone, and gives what they found in their order. Costs nothing. What hangs when the time
 * is over (a network drive, a command for the key) is left.
 */
export async function* diagnose(setup: Setup): AsyncGenerator<Finding> {
	const { signal } = setup;
	// Each request listens.
	setMaxListeners(0, signal);
	const isOver = new Promise<never>((_, reject) => {
		signal.addEventListener("abort", () => reject(signal.reason));
	});
	const findings = Object.entries(checks).map(([name, check]) =>
		judged(name, Promise.race([check(setup), isOver])),
	);
	for (const finding of findings) yield await finding;
}
