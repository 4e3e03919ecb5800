import { Failure } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import type { Reporter } from "../../terminal/reporter.ts";
import { type Shard, shardOfEngine } from "./engines.ts";

/**
 * `--shard 2/5`: every fifth run, the second one first; `auto`: as the engine numbers this task, which is told.
 * @returns whether the run of a number (from 1) is this shard's
 * @throws {Failure} `usage`
 */
export function readShard(
	text: string | undefined,
	{ env }: Pick<Runtime, "env">,
	{ info }: Pick<Reporter, "info">,
): (number: number) => boolean {
	if (text === undefined) return () => true;
	if (text.trim() !== "auto") return inShard(parseShard(text));
	const { engine, ...shard } = shardOfEngine(env);
	info(`shard ${shard.part} of ${shard.parts}, by ${engine}`);
	return inShard(shard);
}

function inShard({ part, parts }: Shard): (number: number) => boolean {
	return (number) => (number - 1) % parts === part - 1;
}

function parseShard(text: string): Shard {
	const [, first, second] = /^(\d{1,6})\/(\d{1,6})$/.exec(text.trim()) ?? [];
	const part = Number(first);
	const parts = Number(second);
	if (part >= 1 && part <= parts) return { part, parts };
	throw new Failure("usage", `--shard ${text} is not a part`, {
		hint: "for one: --shard 2/5, from 1/5 to 5/5, or --shard auto",
	});
}
