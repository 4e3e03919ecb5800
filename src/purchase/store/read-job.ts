import type { Job, Stage } from "../job.ts";

/** What a job file holds. Only a whole job of this version is one; anything else is kept as it is, and told. */
export type ReadJob =
	| { readonly state: "job"; readonly job: Job }
	/** Written by a later version of the program, whose promises it carries. */
	| { readonly state: "newer" }
	| { readonly state: "damaged" };

type Fields = Readonly<Record<string, unknown>>;

/** Judges the content of a job file by all that the program relies on. */
export function readJob(content: string): ReadJob {
	const job = parse(content);
	if (job === undefined) return { state: "damaged" };
	if (typeof job.version === "number" && job.version > 1)
		return { state: "newer" };
	const isWhole =
		job.version === 1 &&
		texts.every((name) => typeof job[name] === "string") &&
		(job.seed === null || typeof job.seed === "number") &&
		typeof job.index === "number" &&
		optionalNumbers.every(
			(name) => job[name] === undefined || typeof job[name] === "number",
		) &&
		isOutput(job.output) &&
		isStage(job.stage);
	return isWhole
		? { state: "job", job: job as unknown as Job }
		: { state: "damaged" };
}

const texts = [
	...["ref", "clientRef", "service", "model", "body", "prompt", "group"],
	...["createdAt", "command"],
];
const optionalNumbers = ["images", "priceMicros", "billMicros"];

/** What each stage cannot do without. A stage that nobody knows is none: it may stand for money. */
const stages: Readonly<Record<Stage["name"], readonly string[]>> = {
	planned: [],
	sending: ["sentAt"],
	bought: ["runId", "submittedAt"],
	placing: ["runId", "submittedAt", "path", "sha256"],
};

function isStage(value: unknown): boolean {
	const stage = fieldsOf(value);
	const name = String(stage?.name);
	if (stage === undefined || !Object.hasOwn(stages, name)) return false;
	return stages[name as Stage["name"]].every(
		(field) => typeof stage[field] === "string",
	);
}

function isOutput(value: unknown): boolean {
	const output = fieldsOf(value);
	return (
		output !== undefined &&
		(output.path === null || typeof output.path === "string") &&
		Array.isArray(output.formats) &&
		(output.replaces === undefined || fieldsOf(output.replaces) !== undefined)
	);
}

function parse(content: string): Fields | undefined {
	try {
		return fieldsOf(JSON.parse(content));
	} catch {
		return undefined;
	}
}

function fieldsOf(value: unknown): Fields | undefined {
	return typeof value === "object" && value !== null && !Array.isArray(value)
		? (value as Fields)
		: undefined;
}
