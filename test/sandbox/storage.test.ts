import { expect, test } from "vitest";
import { buy, buyLink, call, fakeNow, start } from "./start.ts";

test("a link brings the picture, without a key, from another port than the API's", async () => {
	const sandbox = await start();
	const link = await buyLink(sandbox);
	const response = await fetch(link);
	const bytes = Buffer.from(await response.arrayBuffer());

	expect(new URL(link).origin).toBe(sandbox.storageUrl);
	expect(new URL(link).origin).not.toBe(sandbox.apiUrl);
	expect(response.status).toBe(200);
	expect(Object.fromEntries(response.headers)).toMatchObject({
		"content-type": "image/jpeg",
		"content-length": String(bytes.length),
		"accept-ranges": "bytes",
		etag: expect.stringMatching(/^"[\da-f]{32}"$/),
		"last-modified": expect.any(String),
		"x-flux-ultra-sandbox": "1",
	});
	expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
	expect(bytes.toString()).toContain('"prompt":"a garden","seed":42');
});

test("the same prompt and seed is the same picture, another seed another one", async () => {
	const sandbox = await start();
	const etagOf = async (seed: number) => {
		const { json } = await buy(sandbox, { input: { prompt: "x", seed } });
		const run = await call(sandbox, `/v1/runs/${json.id}`);
		const url = String(run.json.output?.outputs?.[0]?.url);
		return (await fetch(url)).headers.get("etag");
	};
	const etags = [await etagOf(1), await etagOf(1), await etagOf(2)];

	expect(etags[1]).toBe(etags[0]);
	expect(etags[2]).not.toBe(etags[0]);
});

test("a key that is sent to the storage is refused", async () => {
	const sandbox = await start();
	const link = await buyLink(sandbox);
	const response = await fetch(link, {
		headers: { authorization: `Bearer ${sandbox.apiKey}` },
	});

	expect(response.status).toBe(400);
	expect(await response.text()).toContain("<Code>InvalidArgument</Code>");
});

test("a link expires, and reading the run again gives a fresh one", async () => {
	const time = fakeNow();
	const sandbox = await start({ now: time.now, linkTtlMs: 60_000 });
	const { json } = await buy(sandbox);
	const link = async () => {
		const run = await call(sandbox, `/v1/runs/${json.id}?add_signature=true`);
		return String(run.json.output?.outputs?.[0]?.url);
	};
	const first = await link();
	time.advance(60_001);
	const expired = await fetch(first);
	const fresh = await fetch(await link());

	expect(expired.status).toBe(403);
	expect(expired.headers.get("content-type")).toBe("application/xml");
	expect(await expired.text()).toContain("Request has expired");
	expect(fresh.status).toBe(200);
});

test.each([
	[
		"another path",
		(url: URL) => url.href.replace("/0.", "/1."),
		"SignatureDoesNotMatch",
	],
	["no query", (url: URL) => url.pathname, "AccessDenied"],
	[
		"a later end",
		(url: URL) => `${url.pathname}${url.search.replace(/(Until=)\d/, "$19")}`,
		"SignatureDoesNotMatch",
	],
])("a link with %s opens nothing", async (_name, change, code) => {
	const sandbox = await start();
	const link = new URL(await buyLink(sandbox));
	const response = await fetch(new URL(change(link), sandbox.storageUrl));

	expect(response.status).toBe(403);
	expect(await response.text()).toContain(`<Code>${code}</Code>`);
});

test.each([
	[{ range: "bytes=10-19" }, 206, 10, 20],
	[{ range: "bytes=10-" }, 206, 10, undefined],
	[{ range: "bytes=0-999999" }, 206, 0, undefined],
	[{ range: "bytes=0-1,5-6" }, 200, 0, undefined],
	[{ range: "lines=0-1" }, 200, 0, undefined],
	[{ range: "bytes=10-19", "if-range": "ETAG" }, 206, 10, 20],
	[{ range: "bytes=10-19", "if-range": '"other"' }, 200, 0, undefined],
	[{ range: "bytes=10-19", "if-range": 'W/"other"' }, 200, 0, undefined],
])(
	"%j is answered with %i and the right bytes",
	async (wanted, status, from, to) => {
		const sandbox = await start();
		const link = await buyLink(sandbox);
		const whole = await fetch(link);
		const bytes = Buffer.from(await whole.arrayBuffer());
		const headers = Object.entries(wanted).map(([name, value]) => [
			name,
			value.replace("ETAG", whole.headers.get("etag") ?? ""),
		]);
		const part = await fetch(link, { headers: Object.fromEntries(headers) });
		const expected = bytes.subarray(from, to);

		expect(part.status).toBe(status);
		expect(Buffer.from(await part.arrayBuffer())).toEqual(expected);
		if (status === 206)
			expect(part.headers.get("content-range")).toMatch(
				new RegExp(`^bytes \\d+-\\d+/${bytes.length}$`),
			);
	},
);

test("a range past the end is 416", async () => {
	const sandbox = await start();
	const link = await buyLink(sandbox);
	const past = await fetch(link, { headers: { range: "bytes=999999-" } });

	expect(past.status).toBe(416);
	expect(past.headers.get("content-range")).toMatch(/^bytes \*\/\d+$/);
});

test("no other method than GET opens a link", async () => {
	const sandbox = await start();
	const link = await buyLink(sandbox);
	const head = await fetch(link, { method: "HEAD" });
	const post = await fetch(link, { method: "POST", body: "x" });

	expect([head.status, post.status]).toEqual([405, 405]);
});

test("a painter that fails is an error of the storage, and is asked again the next time", async () => {
	let turn = 0;
	const sandbox = await start({
		paint: async () => {
			if (turn++ === 0) throw new Error("no <paint>");
			return Buffer.from("picture");
		},
	});
	const link = await buyLink(sandbox);
	const first = await fetch(link);
	const second = await fetch(link);

	expect(first.status).toBe(500);
	expect(await first.text()).toContain("no &#60;paint&#62;");
	expect(await second.text()).toBe("picture");
});

test("a picture is painted once for several requests", async () => {
	let painted = 0;
	const sandbox = await start({
		paint: async () => {
			painted++;
			return Buffer.from("picture");
		},
	});
	const link = await buyLink(sandbox);
	await Promise.all([1, 2, 3].map(async () => (await fetch(link)).text()));

	expect(painted).toBe(1);
});
