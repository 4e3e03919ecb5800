import path from "node:path";
import { Failure } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { lookAt } from "../../system/folder.ts";
import { alignRows } from "../../terminal/align-rows.ts";
import { commandAt } from "../retype.ts";
import { namesOf, showPath } from "../session/job-context.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";
import {
	type Checked,
	checkImages,
	madeOfOthers,
	type State,
} from "./check.ts";
import {
	type Delivered,
	isBelow,
	placedByLedger,
	readDelivered,
} from "./delivered.ts";
import { findImages } from "./find-images.ts";
import { canBeFetched, isLost, repair } from "./repair.ts";
import { type ReportRow, readReport } from "./report-rows.ts";

export interface VerifyOptions extends SessionOptions {
	readonly report?: string;
	readonly repair?: boolean;
}

/**
 * Says of images whether they are whole, those that were delivered, and all there.
 * @param names files and folders
 * @returns 0 where all of it is so, else 1
 * @throws {Failure} `usage` where there is nothing to look at
 */
export async function verify(
	names: readonly string[],
	options: VerifyOptions,
	runtime: Runtime,
): Promise<number> {
	if (names.length === 0 && options.report === undefined)
		throw new Failure("usage", "no image and no folder is named", {
			hint: "flux-ultra verify images/, or --report <file> of a batch",
		});
	return withSession(options, runtime, async (session) => {
		const roots = names.map((name) => path.resolve(runtime.cwd, name));
		const reported = await readReport(options.report, runtime.cwd);
		const rows = await placedByLedger(reported, session.ledger);
		const unreadable: Checked[] = [];
		const files = await findImages(roots, (folder, { message }) =>
			unreadable.push({ state: "unreadable", path: folder, why: message }),
		);
		const places = await readDelivered(
			roots,
			rows,
			files.sidecars,
			session.ledger,
		);
		for (const [at, root] of roots.entries())
			await checkThere(root, names[at] ?? "", places);
		const images = await checkImages(files.images, places, session);
		const found = [...unreadable, ...images];
		const interrupted = session.interrupt.code();
		if (interrupted !== undefined) return interrupted;
		if (found.length + rows.length === 0)
			throw new Failure(
				"usage",
				`there is no image in ${escaped(names.join(", "))}`,
				{ hint: "and none was ever saved there from here" },
			);
		const checked = options.repair ? await repair(found, session) : found;
		const code = tell(checked, rows, options.json === true, session);
		const fetchable = options.repair ? [] : found.filter(canBeFetched);
		if (fetchable.length > 0) {
			const { argv } = runtime;
			const again = argv.toSpliced(argv.indexOf("verify") + 1, 0, "--repair");
			const services = new Set(
				fetchable.flatMap(({ delivered }) => delivered?.line?.service ?? []),
			);
			const [service = session.service] = services.size === 1 ? services : [];
			const command = commandAt(again, service, session.settings.apiUrl.value);
			session.reporter.note(
				`to fetch again what is damaged or missing, free of charge: ${command}`,
			);
		}
		if (checked.some(({ state }) => state === "changed"))
			session.reporter.note(
				"what is changed stays as it is: rename it, or move it away; --repair then brings what is missing, free of charge",
			);
		return code;
	});
}

/** @throws {Failure} `usage` */
async function checkThere(
	root: string,
	name: string,
	places: ReadonlyMap<string, Delivered>,
): Promise<void> {
	if (await lookAt(root)) return;
	if ([...places.keys()].some((place) => isBelow(place, [root]))) return;
	throw new Failure("usage", `there is no ${escaped(name)}`, {
		hint: "and no image was ever saved there from here",
	});
}

/** What is wrong, a line each; with `--json` every image. @returns the exit code */
function tell(
	checked: readonly Checked[],
	rows: readonly ReportRow[],
	json: boolean,
	{ runtime: { stdout, cwd }, reporter }: Session,
): number {
	const absent = rows.filter(({ path: place }) => place === undefined);
	const wrong = checked.filter(
		({ state }) => state !== "whole" && state !== "foreign",
	);
	const lines = json
		? [
				...checked.map((one) => recordOf(one, cwd)),
				...absent.map(({ line, ended }) => ({
					version: 1,
					status: "missing",
					file: null,
					line: Number(line),
					message: ended,
				})),
			].map((record) => `${escapedJson(record)}\n`)
		: [
				alignRows([
					...wrong.map((one) => [
						one.state.replace("-", " "),
						escaped(showPath(one.path, cwd)),
						reasonOf(one),
					]),
					...absent.map(({ line, ended }) => [
						"missing",
						`line ${line}`,
						escaped(ended),
					]),
				]),
			];
	stdout.write(lines.join(""));
	reporter.info(summaryOf(checked, absent.length));
	return wrong.length + absent.length > 0 ? 1 : 0;
}

/** With the run that brings the image again, where `--repair` cannot. */
function reasonOf({ state, why = "", delivered }: Checked): string {
	const isUnknownHere = delivered && !delivered.line;
	return isUnknownHere && delivered.runId && isLost(state)
		? `${why}: run ${escaped(delivered.runId)}`
		: why;
}

function recordOf(
	{ state, path: file, sha256, why, delivered }: Checked,
	cwd: string,
) {
	const { line, runId } = delivered ?? {};
	return {
		version: 1,
		status: state,
		...namesOf(file, cwd),
		...(sha256 !== undefined && { sha256 }),
		...(why !== undefined && { message: why }),
		...(runId !== undefined && { run_id: runId }),
		...(line && { client_ref: line.record.client_ref }),
	};
}

function summaryOf(checked: readonly Checked[], absent: number): string {
	const count = (state: State) =>
		checked.filter((one) => one.state === state).length;
	const derived = checked.filter(({ why }) => why === madeOfOthers).length;
	const parts = [
		[count("whole"), "whole and as delivered"],
		[derived, madeOfOthers],
		[count("foreign") - derived, "whole, and not from here"],
		[count("changed"), "changed"],
		[count("damaged"), "damaged"],
		[count("no-image"), "no image"],
		[count("unreadable"), "unreadable"],
		[count("missing") + absent, "missing"],
	] as const;
	return parts
		.filter(([number], at) => number > 0 || at === 0)
		.map(([number, words]) => `${number} ${words}`)
		.join(", ");
}
