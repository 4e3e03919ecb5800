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
const slurm = (id: number, min: number, max: number, count: number, step = 1) =>
	`SLURM_ARRAY_TASK_ID=${id} SLURM_ARRAY_TASK_MIN=${min} SLURM_ARRAY_TASK_MAX=${max} SLURM_ARRAY_TASK_STEP=${step} SLURM_ARRAY_TASK_COUNT=${count}`;
const sge = (id: number, first: number, last: number, step = 1) =>
	`SGE_TASK_ID=${id} SGE_TASK_FIRST=${first} SGE_TASK_LAST=${last} SGE_TASK_STEPSIZE=${step}`;

/** Variables as a shell shows them. */
function envOf(text: string): Record<string, string> {
	const words = text.match(/\S+/g) ?? [];
	return Object.fromEntries(words.map((word) => word.split("=")));
}

it.each(
	Object.entries({
		"JOB_COMPLETION_INDEX=0 FLUX_ULTRA_SHARDS=5": "1/5 Kubernetes",
		"JOB_COMPLETION_INDEX=4 FLUX_ULTRA_SHARDS=5": "5/5 Kubernetes",
		[slurm(0, 0, 31, 32)]: "1/32 Slurm",
		"SLURM_ARRAY_TASK_ID=6 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_MAX=8 SLURM_ARRAY_TASK_COUNT=4":
			"2/4 Slurm",
		[slurm(7, 1, 9, 5, 2)]: "4/5 Slurm",
		[slurm(0, 0, 0, 1)]: "1/1 Slurm",
		[sge(10, 1, 10)]: "10/10 SGE",
		// -t 1-10:2
		[sge(9, 1, 10, 2)]: "5/5 SGE",
		"STRATEGY_JOB_INDEX=2 STRATEGY_JOB_TOTAL=4": "3/4 GitHub Actions",
		"CI_NODE_INDEX=3 CI_NODE_TOTAL=4": "3/4 GitLab",
		"CIRCLE_NODE_INDEX=3 CIRCLE_NODE_TOTAL=4": "4/4 CircleCI",
		"AWS_BATCH_JOB_ARRAY_INDEX=0 AWS_BATCH_JOB_ARRAY_SIZE=10": "1/10 AWS Batch",
		// On a cluster that has Slurm and SGE, without an array.
		"CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=1 SGE_TASK_ID=undefined SLURM_ARRAY_TASK_ID=":
			"1/1 CircleCI",
		[`${slurm(2, 1, 10, 10)} FLUX_ULTRA_SHARDS=10`]: "2/10 Slurm",
	}),
)("--shard auto, %s", (env, expected) => {
	const [shard = "", engine] = expected.split(/ (.*)/);
	const told: string[] = [];
	const isMine = shardOf("auto", envOf(env), (words) => told.push(words));
	const images = Array.from({ length: 100 }, (_, at) => at + 1);
	expect(images.filter(isMine)).toEqual(images.filter(shardOf(shard)));
	expect(told).toEqual([`shard ${shard.replace("/", " of ")}, by ${engine}`]);
});

it.each(
	Object.entries({
		"": "nothing numbers this task: looked for JOB_COMPLETION_INDEX (Kubernetes), SLURM_ARRAY_TASK_ID (Slurm), SGE_TASK_ID (SGE), STRATEGY_JOB_INDEX (GitHub Actions), CI_NODE_INDEX (GitLab), CIRCLE_NODE_INDEX (CircleCI), AWS_BATCH_JOB_ARRAY_INDEX (AWS Batch)",
		"CI_NODE_TOTAL=1": "nothing numbers this task",
		"CI_NODE_INDEX=1 CI_NODE_TOTAL=2 CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=3":
			"several engines count this task: CI_NODE_INDEX=1 CI_NODE_TOTAL=2 (GitLab), CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=3 (CircleCI)",
		"JOB_COMPLETION_INDEX=0":
			"JOB_COMPLETION_INDEX=0 (Kubernetes), and FLUX_ULTRA_SHARDS is not set",
		"JOB_COMPLETION_INDEX=5 FLUX_ULTRA_SHARDS=5":
			"JOB_COMPLETION_INDEX=5 FLUX_ULTRA_SHARDS=5 (Kubernetes) is none of its 5 shards",
		"JOB_COMPLETION_INDEX=0 FLUX_ULTRA_SHARDS=0":
			"are not numbered in even steps",
		"CI_NODE_INDEX=one CI_NODE_TOTAL=2":
			"CI_NODE_INDEX=one CI_NODE_TOTAL=2 (GitLab), and CI_NODE_INDEX is one, no whole number",
		"CI_NODE_INDEX=0 CI_NODE_TOTAL=2": "is none of its 2 shards",
		// A list, 1,3,7; an even one, whose step Slurm does not tell; steps and more, 1-9:4,7.
		[slurm(3, 1, 7, 3)]:
			`${slurm(3, 1, 7, 3)} (Slurm) are not numbered in even steps`,
		[slurm(1, 1, 5, 3)]: "even steps",
		[slurm(9, 1, 9, 4, 4)]: "even steps",
		[slurm(2, 1, 9, 5, 2)]: "is none of its 5 shards",
		[slurm(1, 1, 9, 9, 0)]: "even steps",
		"SLURM_ARRAY_TASK_ID=1":
			"SLURM_ARRAY_TASK_ID=1 (Slurm), and SLURM_ARRAY_TASK_MIN is not set",
		[`${slurm(3, 3, 3, 1)} FLUX_ULTRA_SHARDS=10`]: `FLUX_ULTRA_SHARDS says 10 shards, and ${slurm(3, 3, 3, 1)} (Slurm) 1`,
		[sge(3, 5, 1)]: "even steps",
	}),
)("--shard auto refuses %j", (env, said) => {
	expect(() => shardOf("auto", envOf(env))).toThrow(usage);
	expect(() => shardOf("auto", envOf(env))).toThrow(said);
});
