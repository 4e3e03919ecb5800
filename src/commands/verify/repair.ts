import { Failure } from "../../errors.ts";
import type { ImageFormat } from "../../images/scanner.ts";
import { checkPlaces } from "../../names/places.ts";
import { escapeBraces } from "../../names/template.ts";
import { acquireRow } from "../../purchase/acquire.ts";
import { fetchOnly } from "../../purchase/fetch-only.ts";
import { countImages, type QueuedRun } from "../queued-run.ts";
import type { Session } from "../session/session.ts";
import { workThrough } from "../work.ts";
import { type Checked, checkFile, type State } from "./check.ts";
import type { SavedLine } from "./delivered.ts";

/**
 * Fetches what is damaged or missing once more, and buys nothing. Nothing is replaced but a damaged file at a place that an
 * image was delivered to from here; what somebody changed stays.
 * @returns how it is now with what was fetched, and how it was with all others
 */
export async function repair(
	checked: readonly Checked[],
	session: Session,
): Promise<readonly Checked[]> {
	const { reporter, service } = session;
	const elsewhere = new Set<string>();
	let unknown = 0;
	const queue = new Map<string, QueuedRun>();
	for (const one of checked) {
		const line = one.delivered?.line;
		if (!isLost(one.state)) continue;
		if (line === undefined) unknown += 1;
		else if (line.service === service)
			queue.set(one.path, refetchOf(line, one, session));
		else elsewhere.add(line.service);
	}
	if (unknown > 0)
		reporter.note(
			`left alone: ${unknown} that the ledger here does not know; with its run: ${session.command("runs fetch <run> -o <file>")}`,
		);
	for (const other of elsewhere)
		reporter.note(
			other === "sandbox"
				? "left alone: what was bought in the sandbox; --sandbox fetches it"
				: `left alone: what was bought at ${other}; FLUX_ULTRA_API_URL=${other} fetches it`,
		);
	if (queue.size === 0) return checked;
	await session.connection();
	const all = [...queue.values()].map((queued, at) => ({
		...queued,
		index: at + 1,
	}));
	reporter.begin({ images: countImages(all) });
	await workThrough(all, { goal: "paid" }, session);
	const now: Checked[] = [];
	for (const one of checked)
		now.push(
			queue.has(one.path) ? await checkFile(one.path, one.delivered) : one,
		);
	return now;
}

/** Whether an image is to be fetched and known here, at whichever service. */
export function canBeFetched({ state, delivered }: Checked): boolean {
	return delivered?.line !== undefined && isLost(state);
}

/** Whether a whole image is to be fetched to its place: nobody's work is there. */
export function isLost(state: State): boolean {
	return state === "damaged" || state === "missing";
}

function refetchOf(
	{ record, service, project, path, finishedAt }: SavedLine,
	one: Checked,
	{ journal, runtime, command }: Session,
): QueuedRun {
	const { output: at, client_ref: ref } = record;
	const { key, job } = fetchOnly(
		{ id: record.run_id, submittedAt: record.submitted_at ?? finishedAt },
		{
			...{ ref, clientRef: ref, service, project },
			model: record.model,
			prompt: record.prompt,
			seed: record.seed,
			images: at && Math.max(at, 2),
			wanted: [at ?? 1],
			isRefetch: true,
			output: {
				path: escapeBraces(path),
				force: false,
				sidecar: false,
				formats: [record.format as ImageFormat],
			},
			createdAt: new Date(runtime.clock.now()).toISOString(),
			command: command(`runs fetch ${record.run_id}`),
		},
	);
	return {
		job,
		index: 1,
		wanted: [at ?? 1],
		async acquire() {
			// The turn of an image may come long after it was looked at.
			const { state } = await checkFile(one.path, one.delivered);
			const output = { ...job.output, force: state === "damaged" };
			const asked = { ...job, output };
			await checkPlaces([asked]).catch(({ code, message }: Failure) => {
				throw new Failure(code, message, {
					hint: `to save it elsewhere: ${command(`runs fetch ${record.run_id} -o <file>`)}`,
				});
			});
			return acquireRow({ key, job: asked }, [], journal);
		},
	};
}
