import path from "node:path";
import { Failure } from "../errors.ts";
import { checkLimit, estimateMicros } from "../jobs/budget.ts";
import type { Job } from "../jobs/job.ts";
import { checkPlaces, plannedPath } from "../jobs/places.ts";
import { type Order, type PlannedJob, planJobs } from "../jobs/plan.ts";
import { maxImages, parseSeed, parseSeeds } from "../jobs/seeds.ts";
import { dropNew, type TakenUp, takeUp } from "../jobs/take-up.ts";
import { microsToUsd } from "../money.ts";
import type { ImageRecord } from "../record.ts";
import { findModel } from "../runflow/catalogue.ts";
import type { Runtime } from "../runtime.ts";
import { mistypedName } from "../settings/nearest-name.ts";
import { parseCount } from "../settings/parse.ts";
import { findPreview } from "../terminal/preview.ts";
import { approve, dayLimitOf } from "./approval.ts";
import { checkCallbackUrl } from "./callback-url.ts";
import { exitCodeOf } from "./exit-code.ts";
import { parseParams } from "./params.ts";
import { readPrompt } from "./prompt.ts";
import { retype } from "./retype.ts";
import {
	type Session,
	type SessionOptions,
	showPath,
	withSession,
} from "./session.ts";
import { workOn } from "./work.ts";

/** The options of an image as commander reads them. */
export interface ImageOptions extends SessionOptions {
	readonly seed?: string;
	readonly seeds?: string;
	readonly count?: string;
	readonly param?: readonly string[];
	readonly wait?: boolean;
	readonly callbackUrl?: string;
	readonly force?: boolean;
	readonly dryRun?: boolean;
	readonly yes?: boolean;
}

/**
 * Makes the images of one prompt.
 * @param argument the prompt; `-` or undefined: from stdin
 * @param grammar names of the commands, and what to do where nobody gave a prompt
 */
export async function makeImages(
	argument: string | undefined,
	options: ImageOptions,
	runtime: Runtime,
	grammar: {
		readonly names: readonly string[];
		readonly showHelp: () => number;
	},
): Promise<number> {
	if (argument !== undefined) checkNotCommand(argument, grammar.names, runtime);
	const prompt = await readPrompt(argument, runtime);
	if (prompt === undefined) return grammar.showHelp();
	const stdoutTaken = options.output === "-";
	if (stdoutTaken) checkStdout(options, runtime);
	return withSession({ ...options, stdoutTaken }, runtime, async (session) => {
		const order = readOrder(prompt, options, session);
		const planned = await planJobs(order, {
			cwd: runtime.cwd,
			nowMs: runtime.clock.now(),
			random: runtime.random,
		});
		session.reporter.begin({ images: planned.length });
		const jobs = planned.map(({ job }) => job);
		if (options.dryRun) return tellPlan(jobs, session);
		await session.connection();
		const taken = await reserve(planned, session);
		try {
			const toBuy = unbought(taken);
			await approve(
				{
					images: toBuy.length,
					micros: estimateMicros(toBuy),
					yes: options.yes === true,
				},
				session,
			);
		} catch (error) {
			await dropNew(taken);
			throw error;
		}
		const goal = options.wait === false ? "submitted" : "image";
		const records = await workOn(taken, goal, session);
		if (session.settings.preview.value) await preview(records, session);
		return session.interruptCode() ?? exitCodeOf(records);
	});
}

/** A picture in the terminal is a kindness: where it can't be shown, that is said, and nothing fails. */
async function preview(
	records: readonly (ImageRecord | undefined)[],
	{ runtime, reporter }: Session,
): Promise<void> {
	const show = findPreview(runtime);
	for (const record of records) {
		if (record?.status !== "saved" && record?.status !== "skipped") continue;
		if (show === undefined || record.file === "-") return;
		const file = path.resolve(runtime.cwd, record.file);
		await show(file).catch((error: Error) =>
			reporter.note(`no preview: ${error.message}`),
		);
	}
}

/** Puts the jobs on disk, where they find their place and the day's budget has room for them. */
async function reserve(
	planned: readonly PlannedJob[],
	session: Session,
): Promise<readonly TakenUp[]> {
	const { journal, ledger, startedAtMs } = session;
	const dayLimit = dayLimitOf(session);
	return dayLimit.alone(async () => {
		const taken = await takeUp(planned, journal, ledger, startedAtMs);
		try {
			await checkPlaces(
				taken.flatMap((one) => (one.state === "new" ? [one.held.job] : [])),
			);
			const toBuy = unbought(taken);
			await dayLimit.check(toBuy, estimateMicros(toBuy));
			return taken;
		} catch (error) {
			await dropNew(taken);
			throw error;
		}
	});
}

function unbought(taken: readonly TakenUp[]): readonly Job[] {
	return taken.flatMap((one) =>
		"held" in one && one.held.job.stage.name === "planned"
			? [one.held.job]
			: [],
	);
}

/** A slip such as `flux-ultra resme` must not buy a picture of the word. */
function checkNotCommand(
	prompt: string,
	names: readonly string[],
	runtime: Runtime,
): void {
	if (runtime.argv.includes("--")) return;
	const meant = mistypedName(prompt, names);
	if (meant === undefined) return;
	throw new Failure("usage", `"${prompt}" looks like the command ${meant}`, {
		hint: `the command: flux-ultra ${meant}; the picture: flux-ultra -- ${prompt}`,
	});
}

function checkStdout(options: ImageOptions, { stdout }: Runtime): void {
	if (stdout.isTTY)
		throw new Failure("usage", "-o - would write the image to the terminal", {
			hint: "send it somewhere: flux-ultra … -o - > image.jpg",
		});
	if (options.json)
		throw new Failure("usage", "-o - and --json both want stdout", {
			hint: "save the image in a file: -o image.jpg --json",
		});
	if (options.wait === false)
		throw new Failure(
			"usage",
			"-o - needs the image, and --no-wait leaves before it is made",
		);
}

function readOrder(
	prompt: string,
	options: ImageOptions,
	{ settings, service, runtime }: Session,
): Order {
	const model = findModel(settings.model.value);
	return {
		service,
		model,
		prompt,
		params: parseParams(options.param ?? []),
		seeds: readSeeds(options),
		output: settings.output.value,
		force: options.force === true,
		sidecar: settings.sidecar.value,
		callbackUrl:
			options.callbackUrl === undefined
				? undefined
				: checkCallbackUrl(options.callbackUrl),
		project: settings.project.value,
		command: retype(runtime.argv),
	};
}

/** One seed for each image; undefined where one is to be made. */
function readSeeds({
	seed,
	seeds,
	count,
}: ImageOptions): readonly (number | undefined)[] {
	const given = Object.entries({
		"--seed": seed,
		"--seeds": seeds,
		"--count": count,
	})
		.filter(([, value]) => value !== undefined)
		.map(([name]) => name);
	if (given.length > 1)
		throw new Failure("usage", `${given.join(" and ")} exclude one another`, {
			hint: "several images of known seeds: --seeds 5-8; of fresh ones: --count 4",
		});
	if (seeds !== undefined) return parseSeeds(seeds);
	if (seed !== undefined) return [parseSeed(seed)];
	const images =
		count === undefined ? 1 : parseCount(count, { max: maxImages });
	return Array.from({ length: images }, () => undefined);
}

async function tellPlan(
	jobs: readonly Job[],
	session: Session,
): Promise<number> {
	await checkPlaces(jobs);
	checkLimit(estimateMicros(jobs), session.settings.maxCostMicros);
	for (const job of jobs) {
		const path = plannedPath(job);
		session.reporter.record({
			version: 1,
			status: "planned",
			file: path === null ? "-" : showPath(path, session.runtime.cwd),
			charged: "no",
			cost_usd:
				job.priceMicros === undefined ? null : microsToUsd(job.priceMicros),
			prompt: job.prompt,
			seed: job.seed,
			model: job.model,
			index: job.index,
			sandbox: session.service === "sandbox",
		});
	}
	return 0;
}
