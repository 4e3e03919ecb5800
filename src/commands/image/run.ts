import path from "node:path";
import { Failure } from "../../errors.ts";
import { recordsOf } from "../../ledger/saved-lines.ts";
import { imagesOf } from "../../models/expected.ts";
import { checkPlaces, plannedPath } from "../../names/places.ts";
import type { PlannedJob } from "../../orders/make-job.ts";
import { type Order, planJobs } from "../../orders/plan.ts";
import { acquireAll, previewAll } from "../../purchase/acquire.ts";
import { type Decision, mayBuy } from "../../purchase/decide.ts";
import { runOf, wantedOf } from "../../purchase/job.ts";
import { plannedRecord } from "../../purchase/job-records.ts";
import { choiceAsText, choiceIn } from "../../rows/combinations.ts";
import type { Runtime } from "../../runtime.ts";
import { loadSettings } from "../../settings/resolve.ts";
import { jobOf } from "../queued-run.ts";
import { retype } from "../retype.ts";
import { approve, checkLimits } from "../session/approval.ts";
import { showOf, showPath } from "../session/job-context.ts";
import { type Listening, withListening } from "../session/listening.ts";
import { openPreviews } from "../session/previews.ts";
import { type Session, withSession } from "../session/session.ts";
import { checkStdout } from "../session/stdout.ts";
import { workThrough } from "../work.ts";
import { promptsOf, tellCombinations } from "./each.ts";
import { withRecipe } from "./from.ts";
import { type ImageOptions, readNumbers, readOrder } from "./order.ts";
import { readPrompt, refusePromptAsName } from "./prompt.ts";
import { purchaseOf } from "./purchase.ts";

/**
 * Makes the images of one prompt.
 * @param argument the prompt; `-` or undefined: from stdin
 * @param showHelp what to do where nobody gave a prompt; gives the exit code
 */
export async function makeImages(
	argument: string | undefined,
	given: ImageOptions,
	runtime: Runtime,
	showHelp: () => number,
): Promise<number> {
	const options = await withRecipe(given, runtime);
	const { recipe } = options;
	const wantsStdin = options.image?.includes("-") || options.mask === "-";
	if (wantsStdin && ((argument ?? recipe) === undefined || argument === "-"))
		throw new Failure(
			"usage",
			"stdin is the image, and the prompt is missing",
			{
				hint: 'the prompt is the argument then: flux-ultra "at night" --image - --dry-run < photo.jpg',
			},
		);
	// An option without its value takes the prompt for it: that is said before stdin is waited for.
	await loadSettings(runtime, options);
	readNumbers(options);
	if ((argument ?? recipe) === undefined) refusePromptAsName(given.output);
	const prompt =
		argument === undefined && recipe
			? recipe.prompt
			: await readPrompt(argument, runtime);
	if (prompt === undefined) return showHelp();
	const prompts = await promptsOf(prompt, options, runtime.cwd);
	const stdoutTaken = options.output === "-";
	if (stdoutTaken) checkImageStdout(options, runtime);
	const inputs = [options.image ?? [], options.mask ?? []].flat();
	const opened = { ...options, stdoutTaken, inputs };
	return withSession(opened, runtime, (session) =>
		withListening(options, session, async (listening) => {
			const { callbackUrl } = listening;
			const read = await readOrder(prompts, options, callbackUrl, session);
			try {
				return await fillOrder(read.order, listening, options, session);
			} finally {
				await read.forget();
			}
		}),
	);
}

/** Plans the images of an order, takes them up, and works until they are there. */
export async function fillOrder(
	order: Order,
	{ poller }: Pick<Listening, "poller">,
	options: ImageOptions,
	session: Session,
): Promise<number> {
	const { runtime, reporter } = session;
	const planned = await planJobs(order, {
		cwd: runtime.cwd,
		nowMs: runtime.clock.now(),
		random: runtime.random,
	});
	const images = planned.length * imagesOf(order.input);
	reporter.begin({ images });
	tellBareName(planned[0]?.job.output.path ?? null, session);
	const choice = choiceIn(order.prompts[0]?.prompt ?? "");
	if (!options.each && choice) reporter.note(choiceAsText(choice));
	const { journal, ledger, view } = session;
	const { showPath } = showOf(session);
	const books = { journal, ledger, view, showPath };
	const check = async (decisions: readonly Decision[]) => {
		const purchase = purchaseOf(decisions, imagesOf(order.input), options);
		if (options.each && !options.dryRun)
			tellCombinations(order.prompts, { images, toBuy: purchase }, session);
		const bought = decisions.filter(({ action }) => action === "buy");
		await checkPlaces(bought.map(({ job }) => job));
		if (options.dryRun) await tellPlan(planned, decisions, session);
		await checkMoney(purchase, options, session);
	};
	if (options.dryRun) {
		await check(await previewAll(planned, books));
		return 0;
	}
	await session.connection();
	const taken = await acquireAll(planned, books, check);
	const saved: string[] = [];
	const previews = openPreviews(options, images > 1, session);
	const code = await workThrough(
		taken.map((one, at) => ({
			job: jobOf(one),
			index: planned[at]?.job.index ?? 1,
			acquire: async () => one,
		})),
		{
			goal: options.wait === false ? "submitted" : "image",
			poller,
			onRecord(record) {
				if (record.status !== "saved" && record.status !== "skipped") return;
				saved.push(record.file);
				previews.add(record.file);
			},
		},
		session,
	);
	await previews.shown();
	offerSheet(saved, session);
	return code;
}

function offerSheet(
	files: readonly string[],
	{ runtime, reporter }: Session,
): void {
	const [first] = files;
	if (files.length < 2 || first === undefined || !runtime.stderr.isTTY) return;
	const folder = path.dirname(first);
	reporter.note(
		`side by side: ${retype(["gallery", folder, "--open"])}; on one sheet: ${retype(["gallery", folder, "--sheet", "sheet.jpg"])}`,
	);
}

/** A name is kept as it was asked for; of one without an extension few programs know what to make. */
function tellBareName(file: string | null, { reporter, runtime }: Session) {
	if (file === null || path.extname(file) !== "") return;
	const name = showPath(file, runtime.cwd);
	reporter.note(
		`${name} is without an extension; a folder ends in a slash: ${name}/`,
	);
}

/** @throws {Failure} `over_budget` */
async function checkMoney(
	purchase: ReturnType<typeof purchaseOf>,
	{ dryRun }: ImageOptions,
	session: Session,
): Promise<void> {
	await session.day?.check(purchase.micros ?? 0, purchase.howManyFit);
	if (dryRun) await checkLimits(purchase, session);
	else await approve(purchase, session);
}

function checkImageStdout(options: ImageOptions, runtime: Runtime): void {
	checkStdout(options, runtime);
	if (options.wait === false)
		throw new Failure(
			"usage",
			"-o - needs the image, and --no-wait leaves before it is made",
		);
}

const seedIsFresh = { seed_is_fresh: true } as const;

async function tellPlan(
	planned: readonly PlannedJob[],
	decisions: readonly Decision[],
	session: Session,
): Promise<void> {
	const show = showOf(session);
	for (const [at, decision] of decisions.entries()) {
		const { action, job, saved } = decision;
		const wanted = action === "done" ? [] : wantedOf(job);
		const records = [
			...(await recordsOf(saved, show.showPath)),
			...wanted.map((nth) => ({
				...plannedRecord(
					job,
					{ at: nth, path: plannedPath(job, nth, runOf(job)?.id) },
					mayBuy(decision),
					show,
				),
				// One that was made before and not sent keeps its seed.
				...(action === "buy" && job.hasFreshSeed && seedIsFresh),
			})),
		];
		const index = planned[at]?.job.index ?? 1;
		for (const record of records)
			session.reporter.record({
				...record,
				index: index + (record.output ?? 1) - 1,
			});
	}
}
