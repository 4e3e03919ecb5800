import type { ServerResponse } from "node:http";
import type { Answer } from "./answers.ts";
import type { Strikes } from "./dice.ts";
import { carryOut, pause, writeHalf, writeHead } from "./wire.ts";

/** Sends the bytes of a picture at the pace, and as far, as the faults allow. Returns the status. */
export async function sendBody(
	answer: Answer,
	response: ServerResponse,
	strikes: Strikes,
): Promise<number> {
	const withoutLength = strikes.has("no-length") || strikes.has("endless");
	const slowMs = strikes.timeOf("slow");
	if (strikes.has("cut")) {
		writeHead(answer, response, { withoutLength });
		writeHalf(answer.body, response, () => response.destroy());
	} else if (strikes.has("stall")) {
		writeHead(answer, response, { withoutLength });
		writeHalf(answer.body, response, () => {});
	} else if (strikes.has("endless")) {
		writeHead(answer, response, { withoutLength });
		response.write(answer.body);
		pourZeros(response);
	} else if (slowMs !== undefined) {
		writeHead(answer, response, { withoutLength });
		await drip(answer.body, response, slowMs);
	} else if (withoutLength) {
		writeHead(answer, response, { withoutLength });
		// In two writes: a body that is given to end() alone gets a length after all.
		writeHalf(answer.body, response, () =>
			response.end(answer.body.subarray(Math.ceil(answer.body.length / 2))),
		);
	} else carryOut({ kind: "answer", answer }, response);
	return answer.status;
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
