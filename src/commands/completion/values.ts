import path from "node:path";
import type { Runtime } from "../../runtime.ts";
import { locateFolders } from "../../settings/folders.ts";
import { pathValue } from "../grammar/command-line.ts";
import type { OptionDescription } from "../grammar/describe-commands.ts";

export interface Candidate {
	readonly value: string;
	readonly about?: string;
}

/** Has the shell complete the name of a file or folder. */
export const files: Candidate = { value: ":files" };

interface Place {
	/** The value, as far as it is typed. */
	readonly typed: string;
	readonly line: readonly string[];
	readonly runtime: Runtime;
}

export async function valuesNamed(
	{ value = "", choices }: Pick<OptionDescription, "value" | "choices">,
	place: Place,
): Promise<readonly Candidate[]> {
	if (choices) return choices.map((choice) => ({ value: choice }));
	if (pathValue.test(value)) return [files];
	return (await kinds[value]?.(place)) ?? [];
}

const kinds: Readonly<
	Record<string, (place: Place) => Promise<readonly Candidate[]>>
> = {
	id: models,
	model: models,
	run: runs,
	async setting() {
		const { settingNames } = await import("../../settings/settings.ts");
		return settingNames.map((value) => ({ value }));
	},
	/** Of `config set`, behind the setting's name. */
	async value(place) {
		const { isSettingName, settingTraits } = await import(
			"../../settings/settings.ts"
		);
		const name = place.line.at(-1) ?? "";
		if (name === "model") return models(place);
		const { words = [] } = isSettingName(name) ? settingTraits(name) : {};
		return words.map((value) => ({ value }));
	},
	async size() {
		const { shapeNames } = await import("../../copies/shape.ts");
		return [...shapeNames, "1:1", "4:5"].map((value) => ({ value }));
	},
	async place() {
		const { crops } = await import("../../copies/render.ts");
		return crops.map((value) => ({ value }));
	},
	async fault({ typed }) {
		const { faultTable } = await import("../../sandbox/faults/table.ts");
		return faultTable.flatMap(({ name, points, does }) =>
			typed.includes(":")
				? points.map((point) => ({ value: `${point}:${name}`, about: does }))
				: [{ value: name, about: does }],
		);
	},
	async reading() {
		const { readingTable } = await import("../../sandbox/faults/readings.ts");
		return readingTable.map(({ name, does }) => ({ value: name, about: does }));
	},
};

async function models({ runtime }: Place): Promise<readonly Candidate[]> {
	const { readCatalogue } = await import("../../models/catalogue-store.ts");
	const { loadSettings } = await import("../../settings/resolve.ts");
	const { state } = locateFolders(runtime);
	const { apiUrl } = await loadSettings(runtime);
	const now = () => runtime.clock.now();
	const { models } = await readCatalogue(state, apiUrl.value, now);
	return models.map(({ id, aliases, name }) => ({
		value: aliases[0] ?? id,
		about: name,
	}));
}

/** As many as one looks through; older ones are in `runs list`. */
const newest = 30;

/** What was run from here, what is unfinished first, then what came last. */
async function runs({ runtime, line }: Place): Promise<readonly Candidate[]> {
	const { openLedger } = await import("../../ledger/ledger.ts");
	const { openJournal } = await import("../../purchase/store/journal.ts");
	const { runOf } = await import("../../purchase/job.ts");
	const { wantsSandbox } = await import("../../settings/sandbox.ts");
	const { state } = locateFolders(runtime);
	const sandbox = line.includes("--sandbox") ? { sandbox: true } : {};
	const isPlay = wantsSandbox(sandbox, runtime.env);
	const found = new Map<string, string>();
	for (const { job } of await openJournal(path.join(state, "jobs")).list()) {
		const id = job && runOf(job)?.id;
		if (id && (job.service === "sandbox") === isPlay) found.set(id, job.prompt);
	}
	const ledger = openLedger(path.join(state, "ledger"));
	for await (const { record, service } of ledger.newestFirst()) {
		if (found.size >= newest) break;
		const { run_id: id, prompt } = record;
		if (id && (service === "sandbox") === isPlay) found.set(id, prompt);
	}
	return [...found].map(([value, prompt]) => ({ value, about: prompt }));
}
