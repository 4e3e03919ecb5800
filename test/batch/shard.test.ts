import { expect, it } from "vitest";
import { readShard } from "../../src/commands/batch/shard.ts";

const usage = expect.objectContaining({ code: "usage" });

const shardOf = (
	text: string | undefined,
	env: Record<string, string> = {},
	info: (words: string) => void = () => {},
) => readShard(text, { env }, { info });

it.each([
	[undefined, [1, 2, 3, 4, 5, 6, 7]],
	["1/1", [1, 2, 3, 4, 5, 6, 7]],
	["1/3", [1, 4, 7]],
	["2/3", [2, 5]],
	["3/3", [3, 6]],
	[" 2/5 ", [2, 7]],
	["9/9", []],
])("--shard %s of seven images takes %j", (text, expected) => {
	const isMine = shardOf(text);
	expect([1, 2, 3, 4, 5, 6, 7].filter(isMine)).toEqual(expected);
});

it.each([
	"",
	"2",
	"0/5",
	"6/5",
	"2/0",
	"a/b",
	"1/2/3",
	"-1/2",
	"1.5/2",
	"2 of 5",
])("--shard %j is no part", (text) => {
	expect(() => shardOf(text)).toThrow(usage);
});

it("all shards together are all images, each once", () => {
	for (const of of [1, 2, 3, 7, 20]) {
		const shards = Array.from({ length: of }, (_, at) =>
			shardOf(`${at + 1}/${of}`),
		);
		for (let index = 1; index <= 50; index += 1)
			expect(shards.filter((isMine) => isMine(index))).toHaveLength(1);
	}
});

/** What an array of tasks tells each of them. */
const slurm = (
	id: number,
	min: number,
	max: number,
	count: number,
	step = 1,
) => ({
	SLURM_ARRAY_TASK_ID: `${id}`,
	SLURM_ARRAY_TASK_MIN: `${min}`,
	SLURM_ARRAY_TASK_MAX: `${max}`,
	SLURM_ARRAY_TASK_COUNT: `${count}`,
	SLURM_ARRAY_TASK_STEP: `${step}`,
});
const sge = (id: number, first: number, last: number, step = 1) => ({
	SGE_TASK_ID: `${id}`,
	SGE_TASK_FIRST: `${first}`,
	SGE_TASK_LAST: `${last}`,
	SGE_TASK_STEPSIZE: `${step}`,
});
const { SLURM_ARRAY_TASK_STEP: _, ...slurmWithoutStep } = slurm(6, 5, 8, 4);

it.each<[string, Record<string, string>, string]>([
	[
		"the first of an Indexed Job",
		{ JOB_COMPLETION_INDEX: "0", FLUX_ULTRA_SHARDS: "5" },
		"1/5 Kubernetes",
	],
	[
		"the last of an Indexed Job",
		{ JOB_COMPLETION_INDEX: "4", FLUX_ULTRA_SHARDS: "5" },
		"5/5 Kubernetes",
	],
	["a Slurm array from 0", slurm(0, 0, 31, 32), "1/32 Slurm"],
	["a Slurm array from 5, without a step", slurmWithoutStep, "2/4 Slurm"],
	["a Slurm array in steps (1-9:2)", slurm(7, 1, 9, 5, 2), "4/5 Slurm"],
	["a Slurm array of one", slurm(0, 0, 0, 1), "1/1 Slurm"],
	["an SGE array", sge(10, 1, 10), "10/10 SGE"],
	["an SGE array in steps (-t 1-10:2)", sge(9, 1, 10, 2), "5/5 SGE"],
	[
		"a GitHub matrix",
		{ STRATEGY_JOB_INDEX: "2", STRATEGY_JOB_TOTAL: "4" },
		"3/4 GitHub Actions",
	],
	[
		"GitLab's parallel",
		{ CI_NODE_INDEX: "3", CI_NODE_TOTAL: "4" },
		"3/4 GitLab",
	],
	[
		"CircleCI's parallelism",
		{ CIRCLE_NODE_INDEX: "3", CIRCLE_NODE_TOTAL: "4" },
		"4/4 CircleCI",
	],
	[
		"an AWS Batch array",
		{ AWS_BATCH_JOB_ARRAY_INDEX: "0", AWS_BATCH_JOB_ARRAY_SIZE: "10" },
		"1/10 AWS Batch",
	],
	[
		"a CircleCI job on a cluster that has Slurm and SGE without an array",
		{
			CIRCLE_NODE_INDEX: "0",
			CIRCLE_NODE_TOTAL: "1",
			SGE_TASK_ID: "undefined",
			SLURM_ARRAY_TASK_ID: "",
		},
		"1/1 CircleCI",
	],
	[
		"a Slurm array that says again how many it has",
		{ ...slurm(2, 1, 10, 10), FLUX_ULTRA_SHARDS: "10" },
		"2/10 Slurm",
	],
])("--shard auto, %s", (_, env, expected) => {
	const [shard = "", engine] = expected.split(/ (.*)/);
	const told: string[] = [];
	const isMine = shardOf("auto", env, (words) => told.push(words));
	const images = Array.from({ length: 100 }, (_, at) => at + 1);
	expect(images.filter(isMine)).toEqual(images.filter(shardOf(shard)));
	expect(told).toEqual([`shard ${shard.replace("/", " of ")}, by ${engine}`]);
});

it.each<[string, Record<string, string>, string]>([
	[
		"nothing",
		{},
		"nothing numbers this task: looked for JOB_COMPLETION_INDEX (Kubernetes), SLURM_ARRAY_TASK_ID (Slurm), SGE_TASK_ID (SGE), STRATEGY_JOB_INDEX (GitHub Actions), CI_NODE_INDEX (GitLab), CIRCLE_NODE_INDEX (CircleCI), AWS_BATCH_JOB_ARRAY_INDEX (AWS Batch)",
	],
	[
		"a job of GitLab that is not parallel",
		{ CI_NODE_TOTAL: "1" },
		"nothing numbers this task",
	],
	[
		"two engines",
		{
			CI_NODE_INDEX: "1",
			CI_NODE_TOTAL: "2",
			CIRCLE_NODE_INDEX: "0",
			CIRCLE_NODE_TOTAL: "3",
		},
		"several engines count this task: CI_NODE_INDEX=1 CI_NODE_TOTAL=2 (GitLab), CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=3 (CircleCI)",
	],
	[
		"an Indexed Job that does not say how many",
		{ JOB_COMPLETION_INDEX: "0" },
		"JOB_COMPLETION_INDEX=0 (Kubernetes), and FLUX_ULTRA_SHARDS is not set",
	],
	[
		"an Indexed Job of more than it says",
		{ JOB_COMPLETION_INDEX: "5", FLUX_ULTRA_SHARDS: "5" },
		"JOB_COMPLETION_INDEX=5 FLUX_ULTRA_SHARDS=5 (Kubernetes) is none of its 5 shards",
	],
	[
		"no shards",
		{ JOB_COMPLETION_INDEX: "0", FLUX_ULTRA_SHARDS: "0" },
		"are not numbered in even steps",
	],
	[
		"a word for a number",
		{ CI_NODE_INDEX: "one", CI_NODE_TOTAL: "2" },
		"CI_NODE_INDEX=one CI_NODE_TOTAL=2 (GitLab), and CI_NODE_INDEX is one, no whole number",
	],
	[
		"GitLab from 0",
		{ CI_NODE_INDEX: "0", CI_NODE_TOTAL: "2" },
		"is none of its 2 shards",
	],
	[
		"a list of Slurm (1,3,7)",
		slurm(3, 1, 7, 3),
		"SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=3 (Slurm) are not numbered in even steps",
	],
	[
		"an even list of Slurm, whose step it does not tell (1,3,5)",
		slurm(1, 1, 5, 3),
		"even steps",
	],
	["steps and more of Slurm (1-9:4,7)", slurm(9, 1, 9, 4, 4), "even steps"],
	[
		"a task of Slurm between the steps",
		slurm(2, 1, 9, 5, 2),
		"is none of its 5 shards",
	],
	["steps of nothing", slurm(1, 1, 9, 9, 0), "even steps"],
	[
		"an old Slurm that counts nothing",
		{ SLURM_ARRAY_TASK_ID: "1" },
		"SLURM_ARRAY_TASK_ID=1 (Slurm), and SLURM_ARRAY_TASK_MIN is not set",
	],
	[
		"one task of an array once more",
		{ ...slurm(3, 3, 3, 1), FLUX_ULTRA_SHARDS: "10" },
		"FLUX_ULTRA_SHARDS says 10 shards, and SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=1 (Slurm) 1",
	],
	["SGE backwards", sge(3, 5, 1), "even steps"],
])("--shard auto refuses %s", (_, env, said) => {
	expect(() => shardOf("auto", env)).toThrow(usage);
	expect(() => shardOf("auto", env)).toThrow(said);
});
