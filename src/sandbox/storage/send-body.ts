import type { ServerResponse } from "node:http";
import type { Strikes } from "../faults/dice.ts";
import {
	type Answer,
	carryOut,
	pause,
	writeHalf,
	writeHead,
} from "../server/answers.ts";

/** Sends the bytes of a picture at the pace, and as far, as the faults allow. Returns the status. */
export async function sendBody(
	answer: Answer,
	response: ServerResponse,
	strikes: Strikes,
): Promise<number> {
	const { status, body } = answer;
	const withoutLength = strikes.has("no-length") || strikes.has("endless");
	const slowMs = strikes.timeOf("slow");
	const endsEarly = strikes.has("cut") || strikes.has("stall");
	if (!withoutLength && !endsEarly && slowMs === undefined)
		return carryOut({ kind: "answer", answer }, response);

	writeHead(answer, response, { withoutLength });
	if (strikes.has("cut")) writeHalf(body, response, () => response.destroy());
	else if (strikes.has("stall")) writeHalf(body, response, () => {});
	else if (strikes.has("endless")) {
		response.write(body);
		pourZeros(response);
	} else if (slowMs !== undefined) await drip(body, response, slowMs);
	// In two writes: a body that is given to end() alone gets a length after all.
	else
		writeHalf(body, response, () =>
			response.end(body.subarray(Math.ceil(body.length / 2))),
		);
	return status;
}

async function drip(
	body: Buffer,
	response: ServerResponse,
	overMs: number,
): Promise<void> {
	const pieces = 20;
	const size = Math.max(1, Math.ceil(body.length / pieces));
	for (let at = 0; at < body.length && !response.destroyed; at += size) {
		await pause(overMs / pieces);
		response.write(body.subarray(at, at + size));
	}
	response.end();
}

function pourZeros(response: ServerResponse): void {
	const zeros = Buffer.alloc(64 * 1024);
	const pour = () => {
		// As fast as the client reads, until it leaves.
		while (!response.destroyed && response.write(zeros));
	};
	response.on("drain", pour);
	pour();
}
