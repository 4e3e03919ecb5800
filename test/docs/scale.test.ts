import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { shardOfEngine } from "../../src/commands/batch/engines.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { codeOf } from "./page.ts";

type Env = Readonly<Record<string, string>>;

const blocksIn = (wanted: string) =>
	codeOf("scale.md").flatMap(({ language, code }) =>
		language === wanted ? [code] : [],
	);
const [kubernetes, actions, pipeline, config] = blocksIn("yaml").map((text) =>
	parse(text),
);
const [slurm, sge] = blocksIn("bash");
const [definition] = blocksIn("json").map((text) => JSON.parse(text));
const awsCommands = blocksIn("console").at(-1);

const container = kubernetes.spec.template.spec.containers[0];
const variables = (list: readonly { name: string; value?: string }[]): Env =>
	Object.fromEntries(
		list.flatMap(({ name, value }) => (value ? [[name, value]] : [])),
	);

/** The numbers that a directive such as `#SBATCH --array=1-10` gives. */
function arrayOf(script = "", option: RegExp) {
	const [, first, last] = option.exec(script)?.map(Number) ?? [];
	if (first === undefined || last === undefined) throw new Error("no array");
	return { first, last, count: last - first + 1 };
}
const array = arrayOf(slurm, /^#SBATCH --array=(\d+)-(\d+)$/m);
const tasks = arrayOf(sge, /^#\$ -t (\d+)-(\d+)$/m);

/** The step that runs the batch. */
const batchOf = (steps: readonly (string | { run?: string })[]): string =>
	steps
		.map((step) => (typeof step === "string" ? step : (step.run ?? "")))
		.find((run) => run.startsWith("flux-ultra batch")) ?? "";
const job = actions.jobs.images;

/** What each engine starts: how many tasks, and of each (from 0) its variables and what the shell runs. */
const engines: Readonly<
	Record<string, { count: number; script: string; env: (at: number) => Env }>
> = {
	Kubernetes: {
		count: kubernetes.spec.completions,
		script: container.args[0],
		env: (at) => ({
			...variables(container.env),
			JOB_COMPLETION_INDEX: `${at}`,
		}),
	},
	Slurm: {
		count: array.count,
		script: slurm ?? "",
		env: (at) => ({
			SLURM_ARRAY_TASK_ID: `${array.first + at}`,
			SLURM_ARRAY_TASK_MIN: `${array.first}`,
			SLURM_ARRAY_TASK_MAX: `${array.last}`,
			SLURM_ARRAY_TASK_COUNT: `${array.count}`,
			SLURM_ARRAY_TASK_STEP: "1",
		}),
	},
	SGE: {
		count: tasks.count,
		script: sge ?? "",
		env: (at) => ({
			SGE_TASK_ID: `${tasks.first + at}`,
			SGE_TASK_FIRST: `${tasks.first}`,
			SGE_TASK_LAST: `${tasks.last}`,
			SGE_TASK_STEPSIZE: "1",
		}),
	},
	"GitHub Actions": {
		count: job.strategy.matrix.part.length,
		script: batchOf(job.steps),
		env: (at) =>
			withValues(job.env, {
				"${{ strategy.job-index }}": `${at}`,
				"${{ strategy.job-total }}": `${job.strategy.matrix.part.length}`,
			}),
	},
	GitLab: {
		count: pipeline.images.parallel,
		script: batchOf(pipeline.images.script),
		env: (at) => ({
			...withValues(pipeline.images.variables, { $CI_PROJECT_DIR: "/builds" }),
			CI_NODE_INDEX: `${at + 1}`,
			CI_NODE_TOTAL: `${pipeline.images.parallel}`,
		}),
	},
	CircleCI: {
		count: config.jobs.images.parallelism,
		script: batchOf(config.jobs.images.steps),
		env: (at) => ({
			...config.jobs.images.environment,
			CIRCLE_NODE_INDEX: `${at}`,
			CIRCLE_NODE_TOTAL: `${config.jobs.images.parallelism}`,
		}),
	},
	"AWS Batch": {
		count: Number(/--array-properties size=(\d+)/.exec(awsCommands ?? "")?.[1]),
		script: definition.containerProperties.command[2],
		env: (at) => ({
			...variables(definition.containerProperties.environment),
			AWS_BATCH_JOB_ARRAY_INDEX: `${at}`,
			AWS_BATCH_JOB_ARRAY_SIZE: "10",
		}),
	},
};

function withValues(env: Env, values: Env): Env {
	const fill = (text: string) =>
		Object.entries(values).reduce(
			(filled, [name, value]) => filled.replaceAll(name, value),
			text,
		);
	return Object.fromEntries(
		Object.entries(env).map(([name, value]) => [name, fill(`${value}`)]),
	);
}

it.skipIf(process.platform === "win32").each(Object.entries(engines))(
	"the manifest for %s starts each shard once, with a state folder of its own",
	(engine, { count, script, env }) => {
		const folder = temporaryFolder();
		const stub = join(folder, "flux-ultra");
		writeFileSync(stub, '#!/bin/sh\nenv\necho "words=$*"\n');
		chmodSync(stub, 0o755);
		expect(count).toBeGreaterThan(1);
		const started = Array.from({ length: count }, (_, at) => {
			const given = { ...env(at), PATH: `${folder}:${process.env.PATH}` };
			const options = { env: given, cwd: folder, encoding: "utf8" } as const;
			const told = execFileSync("sh", ["-e", "-c", script], options);
			return Object.fromEntries(
				told.split("\n").map((line) => line.split(/=(.*)/s)),
			);
		});
		expect(started.map((seen) => shardOfEngine(seen))).toEqual(
			started.map((_, at) => ({ part: at + 1, parts: count, engine })),
		);
		for (const { words, FLUX_ULTRA_SHARDS } of started) {
			expect(words).toMatch(
				/^batch \S*rows\.csv -o \S*images\/ --shard auto --max-cost \d+$/,
			);
			expect(Number(FLUX_ULTRA_SHARDS)).toBe(count);
		}
		const states = new Set(started.map((seen) => seen.FLUX_ULTRA_STATE_DIR));
		// Runners share no disk: there the cache is a shard's own.
		expect(states.size).toBe(
			["GitHub Actions", "GitLab", "CircleCI"].includes(engine) ? 1 : count,
		);
	},
);

it("keeps the state folder of a shard where the runner forgets it", () => {
	const [restore, save] = job.steps.filter(({ uses = "" }: { uses?: string }) =>
		uses.startsWith("actions/cache"),
	);
	expect(save.if).toBe("always()");
	expect(save.with.key).toMatch(/^images-\$\{\{ strategy\.job-index \}\}-/);
	expect(restore.with).toMatchObject(save.with);
	expect(save.with.path.split("\n")).toContain(job.env.FLUX_ULTRA_STATE_DIR);
	expect(pipeline.images.cache).toMatchObject({
		key: "images-$CI_NODE_INDEX",
		when: "always",
		paths: ["state", "images"],
	});
	const circleSave = config.jobs.images.steps.find(
		(step: { save_cache?: object }) => step.save_cache,
	).save_cache;
	expect(circleSave).toMatchObject({
		key: "images-{{ .Environment.CIRCLE_NODE_INDEX }}-{{ epoch }}",
		when: "always",
		paths: ["state", "images"],
	});
});

it("mounts in a pod and a task what their commands name", () => {
	const { volumes } = kubernetes.spec.template.spec;
	const names = (list: readonly { name: string }[]) =>
		list.map(({ name }) => name);
	expect(names(container.volumeMounts)).toEqual(names(volumes));
	expect(container.env).toContainEqual({
		name: "RUNFLOW_API_KEY",
		valueFrom: { secretKeyRef: { name: "runflow", key: "key" } },
	});
	const { mountPoints, volumes: disks } = definition.containerProperties;
	expect(mountPoints[0].sourceVolume).toBe(disks[0].name);
});
