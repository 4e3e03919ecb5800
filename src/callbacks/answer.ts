import type { IncomingMessage } from "node:http";
import { service } from "../runflow/service.ts";
import type { Complaints } from "./complaints.ts";
import { readBody } from "./read-body.ts";
import { readCallback } from "./read-callback.ts";
import { isSigned } from "./signature.ts";

/** What a request is answered. */
export interface Answer {
	readonly status: number;
	readonly text?: string;
	/** The run that it was about. */
	readonly runId?: string;
}

interface Needs {
	readonly secret: string;
	/** The command that makes another secret. */
	readonly secretCommand: string;
	readonly complaints: Complaints;
}

/** Judges a request to the listener. What is refused is complained of, and nothing else comes of it. */
export async function answerTo(
	request: IncomingMessage,
	needs: Needs,
): Promise<Answer> {
	switch (request.method) {
		case "POST":
			return answerCallback(request, needs);
		case "GET":
		case "HEAD":
			return { status: 200, text: "flux-ultra is listening for callbacks" };
		default:
			return { status: 405, text: "callbacks come by POST" };
	}
}

async function answerCallback(
	request: IncomingMessage,
	{ secret, secretCommand, complaints }: Needs,
): Promise<Answer> {
	const signature = request.headers[service.headers.callbackSignature];
	// Before the body is read: most of those who find an open port stop here.
	if (signature === undefined) {
		complaints.about(
			"a callback without a signature was refused",
			`the service signs once the account has a secret, which ${secretCommand} --new makes`,
		);
		return { status: 401, text: "the signature is missing" };
	}
	const body = await readBody(request, service.callbacks.maxBytes);
	if (body === undefined) return { status: 413, text: "too large" };
	if (!isSigned(body, String(signature), secret)) {
		complaints.about(
			"a callback with a wrong signature was refused",
			`somebody else sent it, or the secret used here is not the account's newest, which ${secretCommand} --new mends`,
		);
		return { status: 401, text: "the signature is wrong" };
	}
	const callback = readCallback(body);
	switch (callback.kind) {
		case "run":
			return { status: 204, runId: callback.runId };
		case "other":
			return { status: 204 };
		case "unreadable":
			complaints.about(`a signed callback was refused: ${callback.why}`);
			return { status: 400, text: callback.why };
		default:
			return callback satisfies never;
	}
}
