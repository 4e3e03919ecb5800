import { Failure } from "../../errors.ts";

/** Variables by which an engine tells a task its place among all of them. */
interface Engine {
	readonly name: string;
	/** The number of this task; where it is not set, the engine is not here. */
	readonly index: string;
	/** The number of the first task, or the variable that holds it. */
	readonly first: number | string;
	readonly count?: string;
	/** The number of the last task, and what lies between two. */
	readonly last?: string;
	readonly step?: string;
}

/** How many shards there are: for an engine that doesn't say, and a check of one that does. */
const shardsVariable = "FLUX_ULTRA_SHARDS";

/** Each by its own documentation. */
const engines: readonly Engine[] = [
	{
		// kubernetes.io/docs/concepts/workloads/controllers/job (Indexed): there is no variable for the completions.
		name: "Kubernetes",
		index: "JOB_COMPLETION_INDEX",
		first: 0,
		count: shardsVariable,
	},
	{
		// slurm.schedmd.com/job_array.html; of --array=1-9:2 the step is 2, of a list such as 1,3,7 it is 1.
		name: "Slurm",
		index: "SLURM_ARRAY_TASK_ID",
		first: "SLURM_ARRAY_TASK_MIN",
		count: "SLURM_ARRAY_TASK_COUNT",
		last: "SLURM_ARRAY_TASK_MAX",
		step: "SLURM_ARRAY_TASK_STEP",
	},
	{
		// gridengine.sourceforge.io, qsub(1): SGE_TASK_ID is "undefined" in a job that is no array.
		name: "SGE",
		index: "SGE_TASK_ID",
		first: "SGE_TASK_FIRST",
		last: "SGE_TASK_LAST",
		step: "SGE_TASK_STEPSIZE",
	},
	{
		// docs.github.com, the strategy context: a workflow passes it on in `env`.
		name: "GitHub Actions",
		index: "STRATEGY_JOB_INDEX",
		first: 0,
		count: "STRATEGY_JOB_TOTAL",
	},
	{
		// docs.gitlab.com/ci/variables/predefined_variables: the total is 1 in jobs that are not parallel, the index is not set.
		name: "GitLab",
		index: "CI_NODE_INDEX",
		first: 1,
		count: "CI_NODE_TOTAL",
	},
	{
		// circleci.com/docs/variables
		name: "CircleCI",
		index: "CIRCLE_NODE_INDEX",
		first: 0,
		count: "CIRCLE_NODE_TOTAL",
	},
	{
		// docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
		name: "AWS Batch",
		index: "AWS_BATCH_JOB_ARRAY_INDEX",
		first: 0,
		count: "AWS_BATCH_JOB_ARRAY_SIZE",
	},
];

type Environment = Readonly<Record<string, string | undefined>>;

export interface Shard {
	readonly part: number;
	readonly parts: number;
}

/**
 * The shard of this task by what its engine says. A wrong one would lose rows or buy them twice, so whatever does not fit together is refused.
 * @throws {Failure} `usage`
 */
export function shardOfEngine(
	env: Environment,
): Shard & { readonly engine: string } {
	const [engine, ...others] = engines.filter(({ index }) => has(env, index));
	if (engine === undefined) throw noEngine();
	if (others.length > 0)
		throw refused(
			`several engines count this task: ${[engine, ...others].map((one) => seen(one, env)).join(", ")}`,
		);
	const { parts, step, first } = layoutOf(engine, env);
	const part = (numberOf(engine.index, engine, env) - first) / step + 1;
	if (!Number.isInteger(part) || part < 1 || part > parts)
		throw refused(`${seen(engine, env)} is none of its ${parts} shards`);
	const said = has(env, shardsVariable)
		? numberOf(shardsVariable, engine, env)
		: parts;
	if (said !== parts)
		throw refused(
			`${shardsVariable} says ${said} shards, and ${seen(engine, env)} ${parts}`,
		);
	return { part, parts, engine: engine.name };
}

function layoutOf(engine: Engine, env: Environment) {
	const read = (variable: string) => numberOf(variable, engine, env);
	const first =
		typeof engine.first === "number" ? engine.first : read(engine.first);
	const step = engine.step && has(env, engine.step) ? read(engine.step) : 1;
	const last = engine.last === undefined ? undefined : read(engine.last);
	// The last number of SGE's -t 1-10:2 may be 10, though no task has it.
	const parts = engine.count
		? read(engine.count)
		: Math.floor(((last ?? first) - first) / step) + 1;
	const hasGaps =
		engine.count && last !== undefined && first + step * (parts - 1) !== last;
	if (hasGaps || !(step >= 1 && parts >= 1))
		throw refused(
			`the tasks of ${seen(engine, env)} are not numbered in even steps`,
		);
	return { first, step, parts };
}

/** @throws {Failure} `usage` where it is not set, or no whole number */
function numberOf(name: string, engine: Engine, env: Environment): number {
	const text = env[name] ?? "";
	if (/^\d{1,6}$/.test(text)) return Number(text);
	throw refused(
		`${seen(engine, env)}, and ${name} is ${text === "" ? "not set" : `${text}, no whole number`}`,
	);
}

function has(env: Environment, name: string): boolean {
	return !["", "undefined"].includes(env[name] ?? "");
}

/** What an engine says, as a shell shows it. */
function seen(engine: Engine, env: Environment): string {
	const { name, index, first, count, last, step } = engine;
	const said = [index, first, last, step, count].flatMap((variable) =>
		typeof variable === "string" && env[variable] !== undefined
			? [`${variable}=${env[variable]}`]
			: [],
	);
	return `${said.join(" ")} (${name})`;
}

function refused(why: string): Failure {
	return new Failure("usage", `--shard auto: ${why}`, {
		hint: "say it yourself: --shard 2/5; how each engine is set up: docs/scale.md",
	});
}

function noEngine(): Failure {
	const known = engines.map(({ name, index }) => `${index} (${name})`);
	return refused(`nothing numbers this task: looked for ${known.join(", ")}`);
}
