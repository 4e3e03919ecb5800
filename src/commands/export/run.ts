import { availableParallelism } from "node:os";
import path from "node:path";
import { render } from "../../copies/render.ts";
import { thumbsOf } from "../../gallery/thumbs.ts";
import { loadSharp, type MakeSharp } from "../../images/load-sharp.ts";
import { imageBeside } from "../../names/places.ts";
import { findOrigins } from "../../origin/origin.ts";
import { isSidecarPath, readOwnSidecar } from "../../origin/sidecar.ts";
import type { Runtime } from "../../runtime.ts";
import { forEachAtOnce } from "../../system/at-once.ts";
import { writeWhole } from "../../system/write-whole.ts";
import { type Count, type Counter, startCounter } from "../gallery/counter.ts";
import { type Session, withSession } from "../session/session.ts";
import {
	derivedFailure,
	isDerived,
	type Looked,
	look,
	type Original,
	type Plan,
	planCopy,
} from "./plan.ts";
import { type ExportOptions, type ExportSpec, readSpec } from "./spec.ts";
import { openTargets } from "./targets.ts";
import { createTeller, type Teller } from "./tell.ts";

interface Work extends Teller {
	readonly spec: ExportSpec;
	readonly sharp: MakeSharp;
	readonly session: Session;
}

/** Files that are read at once: hashing has a thread each. */
const mostReading = 4;

/**
 * Makes a copy of each image, cut, sized and marked for a print or a screen. Each is judged alone.
 * @param names files
 * @throws {Failure} `usage`, `config` without sharp
 */
export async function exportImages(
	names: readonly string[],
	options: ExportOptions,
	runtime: Runtime,
): Promise<number> {
	const originals = originalsOf(names, runtime.cwd);
	const spec = await readSpec(options, originals.length, runtime.cwd);
	return withSession(options, runtime, async (session) => {
		const sharp = await loadSharp("no copy can be made");
		const teller = createTeller(options.json === true, session);
		const work = { ...teller, spec, sharp, session };
		const counter = await startCounter(runtime, options);
		try {
			const plans = await plan(originals, counter, work);
			say(plans, work);
			await make(plans, counter, work);
		} finally {
			counter.stop();
		}
		if (originals.length > 1) session.reporter.info(teller.summary());
		return session.interrupt.code() ?? teller.code();
	});
}

/** Each file once: patterns of a shell may overlap. */
function originalsOf(
	names: readonly string[],
	cwd: string,
): readonly Original[] {
	const byPath = new Map<string, string>();
	for (const name of names) {
		const file = path.resolve(cwd, name);
		if (!byPath.has(file)) byPath.set(file, name);
	}
	return [...byPath].map(([file, name], at) => ({
		index: at + 1,
		name,
		path: file,
	}));
}

async function plan(
	originals: readonly Original[],
	counter: Counter,
	work: Work,
): Promise<readonly Plan[]> {
	const { spec, session, attempt } = work;
	const looked = await lookAtAll(originals, counter, work);
	const ledger = path.join(session.folders.state, "ledger");
	const origins = await findOrigins(
		looked.map(({ path: file, facts: { sha256 } }) => ({ file, sha256 })),
		ledger,
		// Other people's JSON beside their images is no sidecar, and no mistake.
		readOwnSidecar,
	);
	const plans: Plan[] = [];
	for (const one of looked)
		await attempt(one, async () => {
			plans.push(planCopy(one, origins.get(one.path), originals.length, spec));
		});
	const { cwd } = session.runtime;
	const checkTarget = await openTargets(plans, ledger, spec.force, cwd);
	const free: Plan[] = [];
	for (const one of plans)
		await attempt(one, async () => {
			await checkTarget(one);
			free.push(one);
		});
	return free;
}

/** Images in their order, without those that were made here of others: a pattern of the shell takes them in, and nobody means them. */
async function lookAtAll(
	originals: readonly Original[],
	counter: Counter,
	{ sharp, session, attempt, skipped }: Work,
): Promise<readonly Looked[]> {
	const looked: Looked[] = [];
	const count = counter.of("images looked at");
	const named = withoutCompanions(originals);
	await forEachAtOnce(named, mostReading, async (original, at) => {
		await attempt(original, async () => {
			session.signal.throwIfAborted();
			looked.push(await look(original, sharp));
		});
		count(at + 1, named.length);
	});
	const isNamed = new Set(named);
	const companions = originals.filter((one) => !isNamed.has(one));
	companions.forEach(skipped);
	const no = "passed over, as pages, thumbnails and sidecars are no images";
	note(companions, no, session);
	looked.sort((a, b) => a.index - b.index);
	const images = looked.filter((one) => !isDerived(one));
	const derived = looked.filter(isDerived);
	const isMeant = images.length === 0;
	for (const one of derived)
		await attempt(one, async () => {
			if (isMeant) throw derivedFailure();
			skipped(one);
		});
	const why = "passed over, as made here of other images";
	if (!isMeant) note(derived, why, session);
	return images;
}

/** Without the pages of galleries, their thumbnails and sidecars among them, unless nothing else is named. */
function withoutCompanions(
	originals: readonly Original[],
): readonly Original[] {
	const paths = new Set(originals.map(({ path: file }) => file));
	const thumbs = new Set(originals.map(({ path: file }) => thumbsOf(file)));
	const others = originals.filter(
		({ path: file }) =>
			thumbsOf(file) === undefined &&
			!thumbs.has(file) &&
			!(isSidecarPath(file) && paths.has(imageBeside(file))),
	);
	return others.length > 0 ? others : originals;
}

/** What will happen, and what is worth knowing of it, before anything is made. */
function say(plans: readonly Plan[], { spec, session }: Work): void {
	for (const words of new Set(plans.map(({ fit }) => fit.words))) {
		const alike = plans.filter(({ fit }) => fit.words === words);
		session.reporter.info(`${namesOf(alike)}: ${words}`);
	}
	const about = (words: string, isSo: (one: Plan) => boolean) =>
		note(plans.filter(isSo), words, session);
	about(
		"content credentials (C2PA) hold for the original's bytes alone, and are not in the copy",
		({ facts }) => facts.metadata.includes("c2pa"),
	);
	about(
		"its bytes are not those that were delivered: changed on purpose or damaged, see flux-ultra verify",
		({ origin }) => origin?.isUnchanged === false,
	);
	about(
		"nothing is known here of how it was made; its copy is marked as AI-made all the same",
		({ origin }) => origin === undefined,
	);
	about(
		"no prompt is known here of its bytes, and its copy has none",
		({ prompt }) => spec.withPrompt && prompt === undefined,
	);
}

function note(
	found: readonly Original[],
	words: string,
	{ reporter }: Session,
): void {
	if (found.length > 0) reporter.note(`${namesOf(found)}: ${words}`);
}

function namesOf([first, ...others]: readonly Original[]): string {
	const more = others.length > 0 ? ` and ${others.length} more` : "";
	return `${first?.name}${more}`;
}

async function make(
	plans: readonly Plan[],
	counter: Counter,
	{ spec, sharp, session, attempt, saved }: Work,
): Promise<void> {
	// There the paths are what moves.
	if (session.runtime.stdout.isTTY) counter.stop();
	const count: Count = counter.of("copies");
	let done = 0;
	await forEachAtOnce(plans, availableParallelism(), async (one) => {
		await attempt(one, async () => {
			session.signal.throwIfAborted();
			const copy = await render(one, spec, sharp);
			session.signal.throwIfAborted();
			await writeWhole(one.target, copy, spec.force ? undefined : true);
			saved(one, copy);
		});
		count(++done, plans.length);
	});
}
