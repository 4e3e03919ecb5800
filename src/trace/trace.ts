import path from "node:path";
import { Failure, toFailure } from "../errors.ts";
import { readVersion } from "../package-files.ts";
import type {
	AnswerHead,
	ExchangeRecorder,
	RecordExchange,
	SentRequest,
} from "../runflow/recorder.ts";
import type { Clock } from "../runtime.ts";
import { checkWritable } from "../system/folder.ts";
import {
	checkSideOutput,
	openSideOutput,
	type SideOutputRules,
} from "../system/side-output.ts";
import {
	entryOf,
	HeardBody,
	type HeardExchange,
	headerOf,
	isShown,
} from "./entry.ts";
import { keyIn } from "./redact.ts";

export type Trace = Awaited<ReturnType<typeof openTrace>>;

interface TraceOptions extends Omit<SideOutputRules, "kind" | "ownStart"> {
	readonly clock: Pick<Clock, "now" | "elapsed">;
	/** As for a side output. */
	readonly failed: (failure: Failure) => void;
}

/**
 * Begins a file of what a command and the service said to one another (HAR 1.2). Nothing is kept in memory but what is under way.
 * @throws {Failure} `usage`, `exists`, `disk`
 */
export async function openTrace(name: string, options: TraceOptions) {
	if (path.extname(name).toLowerCase() !== ".har")
		throw new Failure("usage", `--trace ${name} does not end in .har`);
	const ownStart = /^\{"log":\{"version":"1.2","creator":\{"name":"flux-ultra"/;
	const rules = { ...options, kind: "trace of flux-ultra", ownStart };
	const { cwd, clock, failed } = options;
	const file = path.resolve(cwd, name);
	await checkWritable(path.dirname(file), "name another place with --trace");
	checkSideOutput("--trace", name, rules);
	const output = await openSideOutput(file, failed);
	output.write(`${JSON.stringify(emptyLog()).slice(0, -3)}\n`);
	let count = 0;
	const keys = new Set<string>();
	const underWay = new Set<ExchangeRecorder>();

	const write = (heard: HeardExchange) => {
		try {
			const text = JSON.stringify(entryOf(heard, keys));
			output.write(count === 0 ? text : `,\n${text}`);
			count += 1;
		} catch (error) {
			// Whatever an answer holds, it is the trace that suffers, and not the purchase.
			failed(toFailure(error));
		}
	};
	const record: RecordExchange = (request) => {
		const key = keyIn(request.headers);
		if (key !== undefined) keys.add(key);
		const recorder = hear(request, clock, (heard) => {
			if (underWay.delete(recorder)) write(heard);
		});
		underWay.add(recorder);
		return recorder;
	};

	return {
		record,
		/**
		 * Gives the file its name, or leaves no file where nothing was sent; what is still under way is told as far as it came. Without
		 * waiting, as for a side output.
		 */
		close() {
			for (const { left } of underWay) left();
			output.write("\n]}}\n");
			if (count > 0) output.close();
			else output.discard();
		},
		/** How many exchanges are in it. */
		count: () => count,
		hasFailed: output.hasFailed,
	};
}

/** @param tell takes what was heard, at its end */
function hear(
	request: SentRequest,
	clock: TraceOptions["clock"],
	tell: (heard: HeardExchange) => void,
): ExchangeRecorder {
	const startedAt = clock.now();
	const beganMs = clock.elapsed();
	const elapsed = () => clock.elapsed() - beganMs;
	let head: AnswerHead | undefined;
	let headMs: number | undefined;
	let body = new HeardBody(false);
	const end = (how: Pick<HeardExchange, "failure" | "isLeft">) => {
		const totalMs = elapsed();
		tell({ request, startedAt, headMs, totalMs, head, body, ...how });
	};
	return {
		answered(answer) {
			head = answer;
			headMs = elapsed();
			const contentType = headerOf(answer, "content-type");
			body = new HeardBody(isShown(request.isLink, contentType));
		},
		received: (chunk) => body.push(chunk),
		ended: (failure) => end(failure === undefined ? {} : { failure }),
		left: () => end({ isLeft: true }),
	};
}

function emptyLog() {
	return {
		log: {
			version: "1.2",
			creator: { name: "flux-ultra", version: readVersion() },
			comment:
				"Keys, signatures of links, secrets and addresses of callbacks, and cookies are redacted; files are left out. Prompts are not.",
			entries: [],
		},
	};
}
