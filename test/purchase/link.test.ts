import { describe, expect, test } from "vitest";
import { openLink } from "../../src/purchase/deliver/link.ts";
import type { Transport, WireAnswer } from "../../src/runflow/transport.ts";
import { failureOf, jobWorld } from "./job-world.ts";
import { realTransport, redirect, startStorage, whole } from "./storage.ts";

const image = Buffer.from("image");

/** A transport in memory: each address has one answer, and the addresses asked for are remembered. */
class FakeTransport implements Transport {
	isLocal = true;
	readonly asked: { readonly url: string; readonly headers: unknown }[] = [];
	readonly #answers: Readonly<Record<string, WireAnswer>>;

	constructor(answers: Readonly<Record<string, WireAnswer>>) {
		this.#answers = answers;
	}

	async openStream({ url, headers }: { url: string; headers?: object }) {
		this.asked.push({ url, headers });
		const answer = this.#answers[url] ?? expect.fail(`${url} has no answer`);
		return { ...answer, body: (async function* () {})() };
	}

	async fetchText() {
		return expect.fail("a link is never read as text");
	}

	async putFile() {
		return expect.fail("a link to an image takes no file");
	}

	async close() {}
}

const to = (location: string, status = 302): WireAnswer => ({
	status,
	headers: { location },
});
const found: WireAnswer = { status: 200, headers: {} };

/** Opens `https://a.test/start` where the addresses answer like this. */
async function open(answers: Readonly<Record<string, WireAnswer>>) {
	const transport = new FakeTransport(answers);
	const { context } = await jobWorld({}, { transport });
	const answer = openLink("https://a.test/start", {}, context);
	return { answer, urls: () => transport.asked.map(({ url }) => url) };
}

describe("a redirect", () => {
	test.each([301, 302, 303, 307, 308])(
		"%i is followed, to another host as well",
		async (status) => {
			const { answer, urls } = await open({
				"https://a.test/start": to("https://b.test/image.jpg?s=1", status),
				"https://b.test/image.jpg?s=1": found,
			});
			expect((await answer).status).toBe(200);
			expect(urls()).toEqual([
				"https://a.test/start",
				"https://b.test/image.jpg?s=1",
			]);
		},
	);

	test("may be relative", async () => {
		const { answer, urls } = await open({
			"https://a.test/start": to("../image.jpg"),
			"https://a.test/image.jpg": found,
		});
		await answer;
		expect(urls()[1]).toBe("https://a.test/image.jpg");
	});

	test("without a place to go is an answer like any other", async () => {
		const { answer } = await open({
			"https://a.test/start": { status: 302, headers: {} },
		});
		expect((await answer).status).toBe(302);
	});

	test("is followed five times", async () => {
		const hops = Object.fromEntries(
			[1, 2, 3, 4].map((hop) => [
				`https://h${hop}.test/`,
				to(`https://h${hop + 1}.test/`),
			]),
		);
		const { answer, urls } = await open({
			"https://a.test/start": to("https://h1.test/"),
			...hops,
			"https://h5.test/": found,
		});
		expect((await answer).status).toBe(200);
		expect(urls()).toHaveLength(6);
	});

	test("is not followed a sixth time", async () => {
		const { answer, urls } = await open({
			"https://a.test/start": to("https://a.test/start"),
		});
		const failure = await failureOf(answer);
		expect([failure.code, failure.message]).toEqual([
			"bad_response",
			"the image's link was redirected more than 5 times",
		]);
		expect(urls()).toHaveLength(6);
	});

	test.each([
		"http://b.test/image.jpg",
		"http://127.0.0.1.b.test/",
		"ftp://b.test/image.jpg",
		"file:///etc/passwd",
		"data:image/jpeg;base64,AAAA",
		"http://",
	])("to %s is refused", async (location) => {
		const { answer, urls } = await open({
			"https://a.test/start": to(location),
		});
		expect((await failureOf(answer)).code).toBe("bad_response");
		expect(urls()).toHaveLength(1);
	});

	test.each([
		"http://127.0.0.1:9000/",
		"https://127.0.0.1/",
		"http://localhost/",
		"http://api.localhost/",
		"https://[::1]/",
	])(
		"to this machine (%s) is refused where the API is elsewhere",
		async (location) => {
			const transport = new FakeTransport({
				"https://a.test/start": to(location),
				[location]: found,
			});
			const { context } = await jobWorld({}, { transport });
			await openLink("https://a.test/start", {}, context);
			transport.isLocal = false;
			for (const link of ["https://a.test/start", location])
				expect(
					(await failureOf(openLink(link, {}, context))).message,
				).toContain("the image's link leads to this machine");
		},
	);

	test("keeps the part that was asked for", async () => {
		const transport = new FakeTransport({
			"https://a.test/start": to("https://b.test/"),
			"https://b.test/": found,
		});
		const { context } = await jobWorld({}, { transport });
		const range = { range: "bytes=5-", "if-range": '"one"' };
		await openLink("https://a.test/start", range, context);
		const headers = { accept: "image/*,*/*;q=0.5", ...range };
		expect(transport.asked).toEqual([
			{ url: "https://a.test/start", headers },
			{ url: "https://b.test/", headers },
		]);
	});

	test("is followed on real sockets", async () => {
		const storage = await startStorage(
			redirect("/second"),
			redirect("/third"),
			whole(image),
		);
		const { context } = await jobWorld(
			{},
			{ transport: await realTransport() },
		);
		const { status, body } = await openLink(storage.url, {}, context);
		for await (const chunk of body) expect(chunk).toEqual(image);
		expect(status).toBe(200);
		expect(storage.asked().map(({ path }) => path)).toEqual([
			"/",
			"/second",
			"/third",
		]);
	});
});

describe("a link", () => {
	const openOnly = async (link: string) => {
		const transport = new FakeTransport({ [new URL(link).href]: found });
		const { context } = await jobWorld({}, { transport });
		return openLink(link, {}, context);
	};

	test.each([
		"https://storage.test/image.jpg",
		"http://localhost:4011/image.jpg",
		"http://127.0.0.1:4011/image.jpg",
		"http://127.8.9.1/image.jpg",
		"http://[::1]:4011/image.jpg",
	])("may be %s", async (link) => {
		expect((await openOnly(link)).status).toBe(200);
	});

	test.each([
		["http://storage.test/a?signature=secret", "http://storage.test"],
		["http://localhost.test/a", "http://localhost.test"],
		["http://10.0.0.1/a", "http://10.0.0.1"],
		["http://169.254.169.254/latest", "http://169.254.169.254"],
		["http://user:secret@storage.test/a", "http://storage.test"],
		["ftp://storage.test/a", "ftp://storage.test"],
	])("may not be %s, and its secret is not told", async (link, shown) => {
		const failure = await failureOf(openOnly(link));
		expect([failure.code, failure.message]).toEqual([
			"bad_response",
			`the image's link is not https: ${shown}`,
		]);
	});

	test("may not be something else than an address", async () => {
		const { context } = await jobWorld();
		const failure = await failureOf(openLink("image.jpg", {}, context));
		expect([failure.code, failure.message]).toEqual([
			"bad_response",
			"the image's link is not https: unreadable",
		]);
	});
});
