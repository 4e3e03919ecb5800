import { get } from "node:http";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { parseFault } from "../../src/sandbox/faults/parse.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { buy, buyAndRead, buyLink, call, start } from "./start.ts";

/** A download as it comes over the wire, redirects not followed; `end` says how it ended. */
interface Received {
	readonly status: number;
	readonly headers: Readonly<Record<string, unknown>>;
	readonly body: Buffer;
	readonly end: "whole" | "broken" | "silent" | "too much";
}

/** Silence that is to come: after so many bytes, of a request that has arrived. */
interface Silence {
	readonly afterBytes: number;
	readonly asked: Promise<unknown>;
}

function download(
	link: string,
	{
		headers = {},
		maxBytes = 10 ** 6,
		silence,
	}: {
		readonly headers?: Readonly<Record<string, string>>;
		readonly maxBytes?: number;
		readonly silence?: Silence | undefined;
	} = {},
): Promise<Received> {
	return new Promise((resolve) => {
		const chunks: Buffer[] = [];
		let head: Pick<Received, "status" | "headers"> = { status: 0, headers: {} };
		let length = 0;
		const finish = (end: Received["end"]) => {
			resolve({ ...head, body: Buffer.concat(chunks), end });
			request.destroy();
		};
		const listen = async () => {
			if (silence === undefined || length < silence.afterBytes) return;
			await silence.asked;
			setTimeout(finish, 40, "silent");
		};
		const request = get(link, { headers, agent: false }, (response) => {
			head = { status: response.statusCode ?? 0, headers: response.headers };
			response.on("data", (chunk: Buffer) => {
				chunks.push(chunk);
				length += chunk.length;
				void listen();
				if (length > maxBytes) finish("too much");
			});
			response.on("end", () => finish("whole"));
			response.on("error", () => finish("broken"));
		});
		request.on("error", () => finish("broken"));
		void listen();
	});
}

/** Resolves once a request more has come. */
async function asked({ summary }: Sandbox): Promise<void> {
	const { requests } = summary();
	while (summary().requests === requests) await setImmediate();
}

async function right(): Promise<Buffer> {
	const sandbox = await start();
	return (await download(await buyLink(sandbox))).body;
}

test.each([
	["image:cut", "broken", 200, "half"],
	["stall", "silent", 200, "half"],
	["expire", "whole", 403, "Request has expired"],
	["image:404", "whole", 404, "NoSuchKey"],
	["image:html", "whole", 200, "<!DOCTYPE html>"],
	["image:empty", "whole", 200, ""],
	["wrong", "whole", 200, "GIF89a"],
	["image:500", "whole", 500, "InternalError"],
	["image:502", "whole", 502, "InternalError"],
	["image:503", "whole", 503, "SlowDown"],
	["image:504", "whole", 504, "InternalError"],
	["image:5xx", "whole", 500, "InternalError"],
	["image:reset-before", "broken", 0, ""],
	["image:reset-after", "broken", 0, ""],
	["image:hang-before", "silent", 0, ""],
	["image:hang-after", "silent", 0, ""],
	["no-range", "whole", 200, "all"],
	["no-etag", "whole", 200, "all"],
	["no-length", "whole", 200, "all"],
	["octet-stream", "whole", 200, "all"],
	["image:slow=20ms", "whole", 200, "all"],
	["any:cut", "broken", 200, "half"],
])(
	"%s: the first download ends %s with %i and %j, the second is whole",
	async (fault, end, status, content) => {
		const bytes = await right();
		const sandbox = await start();
		const link = await buyLink(sandbox);
		sandbox.setFaults([parseFault(`${fault}@1`)]);
		const afterBytes = status === 0 ? 0 : bytes.length / 2;
		const silence = { afterBytes, asked: asked(sandbox) };
		const first = await download(link, {
			silence: end === "silent" ? silence : undefined,
		});
		const second = await download(link);

		if (fault !== "any:cut")
			expect([first.end, first.status]).toEqual([end, status]);
		else expect([first.end, first.status]).toEqual([end, 200]);
		if (content === "all") expect(first.body).toEqual(bytes);
		else if (content === "half")
			expect(first.body).toEqual(bytes.subarray(0, bytes.length / 2));
		else expect(first.body.toString()).toContain(content);
		expect(second.body).toEqual(bytes);
	},
);

test("image:cut: the length of the whole is announced, and a range goes on where it was cut", async () => {
	const sandbox = await start({ faults: ["image:cut@1"] });
	const link = await buyLink(sandbox);
	const first = await download(link);
	const rest = await download(link, {
		headers: {
			range: `bytes=${first.body.length}-`,
			"if-range": String(first.headers.etag),
		},
	});

	expect(Number(first.headers["content-length"])).toBe(
		first.body.length + rest.body.length,
	);
	expect(rest.status).toBe(206);
	expect(Buffer.concat([first.body, rest.body])).toEqual(await right());
});

test("truncated: a shorter picture without an end, of the length that it says", async () => {
	const sandbox = await start({ faults: ["truncated"] });
	const { body, headers, end } = await download(await buyLink(sandbox));

	expect(end).toBe("whole");
	expect(Number(headers["content-length"])).toBe(body.length);
	expect(body.length).toBeLessThan((await right()).length);
	expect(body.subarray(-2)).not.toEqual(Buffer.from([0xff, 0xd9]));
});

test.each(["damaged", "image:garbage"])(
	"%s: the right length of wrong bytes",
	async (fault) => {
		const sandbox = await start({ faults: [fault] });
		const { body } = await download(await buyLink(sandbox));
		const bytes = await right();

		expect(body.length).toBe(bytes.length);
		expect(body.equals(bytes)).toBe(false);
		expect(body.subarray(-2).equals(bytes.subarray(-2))).toBe(
			fault === "damaged",
		);
	},
);

test("smaller: a whole picture of half the size that the run promises", async () => {
	const sandbox = await start({ faults: ["smaller"] });
	const { body } = await download(await buyLink(sandbox));

	expect(body.toString()).toContain('"width":1376,"height":768');
});

test("changed: another picture under the same link, so that If-Range gives the whole of it", async () => {
	const sandbox = await start({ faults: ["changed@2"] });
	const link = await buyLink(sandbox);
	const first = await download(link);
	const second = await download(link, {
		headers: { range: "bytes=5-", "if-range": String(first.headers.etag) },
	});

	expect(second.status).toBe(200);
	expect(second.headers.etag).not.toBe(first.headers.etag);
	expect(second.body.equals(first.body)).toBe(false);
});

test("no-range: a range is answered with the whole, and none are offered", async () => {
	const sandbox = await start({ faults: ["no-range"] });
	const { status, headers } = await download(await buyLink(sandbox), {
		headers: { range: "bytes=5-" },
	});

	expect([status, headers["accept-ranges"]]).toEqual([200, undefined]);
});

test.each([
	["no-etag", "etag"],
	["no-etag", "last-modified"],
	["no-length", "content-length"],
	["endless", "content-length"],
])("%s: the header %s is missing", async (fault, header) => {
	const sandbox = await start({ faults: [fault] });
	const { headers } = await download(await buyLink(sandbox));

	expect(headers).not.toHaveProperty(header);
});

test("octet-stream: the type says nothing", async () => {
	const sandbox = await start({ faults: ["octet-stream"] });
	const { headers } = await download(await buyLink(sandbox));

	expect(headers["content-type"]).toBe("application/octet-stream");
});

test("endless: more than anybody wants, and then more", async () => {
	const sandbox = await start({ faults: ["endless"] });
	const { end } = await download(await buyLink(sandbox), {
		maxBytes: 5_000_000,
	});

	expect(end).toBe("too much");
});

test("redirect: once, to the picture", async () => {
	const sandbox = await start({ faults: ["redirect"] });
	const link = await buyLink(sandbox);
	const first = await fetch(link, { redirect: "manual" });
	const followed = await fetch(link);

	expect(first.status).toBe(302);
	expect([followed.status, followed.redirected]).toEqual([200, true]);
});

test("redirect-loop: never to the picture", async () => {
	const sandbox = await start({ faults: ["redirect-loop"] });
	const link = await buyLink(sandbox);

	await expect(fetch(link)).rejects.toMatchObject({
		cause: { message: "redirect count exceeded" },
	});
});

test("redirect-insecure: to plain http elsewhere", async () => {
	const sandbox = await start({ faults: ["redirect-insecure"] });
	const { status, headers } = await download(await buyLink(sandbox));

	expect(status).toBe(302);
	expect(headers.location).toMatch(/^http:\/\/storage\.invalid\/outputs/);
});

test("link:expire: too old when it was handed out, the next reading gives a good one", async () => {
	const sandbox = await start({ faults: ["link:expire@1"] });
	const { json } = await buy(sandbox);
	const statuses: number[] = [];
	for (let turn = 0; turn < 2; turn++) {
		const run = await call(sandbox, `/v1/runs/${json.id}`);
		const url = String(run.json.output?.outputs?.[0]?.url);
		statuses.push((await download(url)).status);
	}

	expect(statuses).toEqual([403, 200]);
});

test("unsigned: links are signed only where that is asked for", async () => {
	const sandbox = await start({ faults: ["unsigned"] });
	const { json } = await buy(sandbox);
	const statuses: number[] = [];
	for (const query of ["", "?add_signature=true"]) {
		const run = await call(sandbox, `/v1/runs/${json.id}${query}`);
		const url = String(run.json.output?.outputs?.[0]?.url);
		statuses.push((await download(url)).status);
	}

	expect(statuses).toEqual([403, 200]);
});

const link = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/outputs\//);

test.each([
	["shape-image-urls", { image_urls: [link] }],
	["shape-image", { image: { url: link } }],
	[
		"shape-images",
		{
			images: [
				{ url: link, width: 2752, height: 1536, content_type: "image/jpeg" },
			],
		},
	],
	["shape-url", { url: link }],
	["shape-output-url", { output_url: link }],
])("%s: the output in another shape", async (fault, shape) => {
	const sandbox = await start({ faults: [fault] });
	const run = await buyAndRead(sandbox);

	expect(run.output).toMatchObject(shape);
	expect(run.output).not.toHaveProperty("outputs");
});
