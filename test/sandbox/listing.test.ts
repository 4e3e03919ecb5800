import { expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { buy, call, fakeNow, list, type StartOptions, start } from "./start.ts";

/** Three runs, a second apart: refs a, b, b; jobs 1, 2, 3; the first has ended, the others have not. */
async function startWithRuns(options: StartOptions = {}) {
	const time = fakeNow();
	const sandbox = await start({ now: time.now, latencyMs: 2_500, ...options });
	for (const [index, ref] of ["a", "b", "b"].entries()) {
		await buy(sandbox, {
			client_ref: ref,
			metadata: { job: String(index + 1) },
		});
		time.advance(1_000);
	}
	return { sandbox, time };
}

async function jobs(sandbox: Sandbox, query: string): Promise<string> {
	const { json } = await call(
		sandbox,
		`/v1/runs?sort_by=created_at:asc&${query}`,
	);
	return list(json.items)
		.map(({ metadata }) => metadata?.job)
		.join("");
}

test.each([
	["client_ref.EQ:'b'", "23"],
	["client_ref.EQ:'nobody'", ""],
	["client_ref='b'", "23"],
	['client_ref:"b"', "23"],
	["client_ref:b", "23"],
	["metadata.job.EQ:'3'", "3"],
	["status_code:succeeded", "1"],
	["NOT status_code:succeeded", "23"],
	["status_code:running AND client_ref:b", "23"],
	["client_ref:a OR metadata.job:3", "13"],
	["NOT (client_ref:a OR metadata.job:3)", "2"],
	["created_at>2026-04-01", "123"],
	["created_at > 2026-11-03T12:00:00.500Z", "23"],
	["created_at<=2026-11-03T12:00:01Z", "12"],
	["created_at.GTE:'2026-11-03T12:00:02.000Z'", "3"],
	["cost>=0.06", "1"],
	["cost:null", "23"],
	["client_ref.NE:'a' and cost:null", "23"],
])("q %s finds %s", async (q, found) => {
	const { sandbox } = await startWithRuns();

	expect(await jobs(sandbox, `q=${encodeURIComponent(q)}`)).toBe(found);
});

test("quotes inside a reference can be doubled or escaped", async () => {
	const sandbox = await start();
	await buy(sandbox, { client_ref: "it's", metadata: { job: "1" } });

	expect(await jobs(sandbox, "q=client_ref.EQ:'it''s'")).toBe("1");
	expect(await jobs(sandbox, "q=client_ref.EQ:'it\\'s'")).toBe("1");
});

test("references are compared letter by letter, even where they look like numbers or days", async () => {
	const sandbox = await start();
	for (const [job, ref] of ["job-1", "7", "2026-04-01"].entries())
		await buy(sandbox, { client_ref: ref, metadata: { job: String(job) } });

	expect(await jobs(sandbox, "q=client_ref.EQ:'job-01'")).toBe("");
	expect(await jobs(sandbox, "q=client_ref.EQ:'07'")).toBe("");
	expect(await jobs(sandbox, "q=client_ref:'2026-4-1'")).toBe("");
	expect(await jobs(sandbox, "q=client_ref:'7'")).toBe("1");
});

test.each([
	["q=client_ref.constructor:x", ["query", "q"]],
	["q=client_ref.EQ", ["query", "q"]],
	["q=client_ref.EQ>'x'", ["query", "q"]],
	["q=prompt:x", ["query", "q"]],
	["q=client_ref.job:x", ["query", "q"]],
	["q=(client_ref:a", ["query", "q"]],
	["q=client_ref:a b", ["query", "q"]],
	["q='", ["query", "q"]],
	["limit=0", ["query", "limit"]],
	["limit=501", ["query", "limit"]],
	["sort_by=prompt:asc", ["query", "sort_by"]],
	["fields=id,nothing", ["query", "fields"]],
	["pq=nonsense", ["query", "pq"]],
])("%s is refused", async (query, loc) => {
	const sandbox = await start();
	const { status, json } = await call(sandbox, `/v1/runs?${query}`);

	expect(status).toBe(422);
	expect(json.errors).toMatchObject([{ loc }]);
});

test("fields: only what was asked for", async () => {
	const { sandbox } = await startWithRuns();
	const { json } = await call(
		sandbox,
		"/v1/runs?q=client_ref:a&fields=id,status_code,output",
	);

	expect(list(json.items)).toEqual([
		{
			id: expect.any(String),
			status_code: "succeeded",
			output: expect.objectContaining({ seed: 42 }),
		},
	]);
	const url = json.items?.[0]?.output?.outputs?.[0]?.url;
	expect((await fetch(String(url))).status).toBe(200);
});

test("runs come newest first where no order is asked for", async () => {
	const { sandbox } = await startWithRuns();
	const { json } = await call(sandbox, "/v1/runs");

	expect(list(json.items).map(({ metadata }) => metadata?.job)).toEqual([
		"3",
		"2",
		"1",
	]);
	expect(json.next).toBeNull();
});

test("cursors lead through all pages and back, whatever is created meanwhile", async () => {
	const { sandbox } = await startWithRuns();
	const page = (query: string) => call(sandbox, `/v1/runs?limit=1&${query}`);
	const seen: unknown[] = [];
	let next = "sort_by=created_at:desc";
	for (let turn = 0; turn < 3; turn++) {
		const { json } = await page(next);
		seen.push(json.items?.[0]?.metadata?.job);
		next = `pq=${json.next}`;
		await buy(sandbox, { metadata: { job: "new" } });
		if (turn === 2) {
			expect(json.next).toBeNull();
			const back = await page(`pq=${json.previous}`);
			expect(back.json.items?.[0]?.metadata?.job).toBe("2");
			const first = await page(`pq=${json.first}`);
			expect(first.json.items?.[0]?.metadata?.job).toBe("new");
		}
	}

	expect(seen).toEqual(["3", "2", "1"]);
});

test("a cursor carries the question along", async () => {
	const { sandbox } = await startWithRuns();
	const { json } = await call(
		sandbox,
		"/v1/runs?limit=1&q=client_ref:b&sort_by=created_at:asc",
	);
	const { json: rest } = await call(sandbox, `/v1/runs?pq=${json.next}`);

	expect(list(rest.items).map(({ metadata }) => metadata?.job)).toEqual(["3"]);
});

test("no-lookup: 403", async () => {
	const { sandbox } = await startWithRuns({ faults: ["no-lookup"] });
	const { status, json } = await call(sandbox, "/v1/runs");

	expect([status, json.code]).toEqual([403, "PERMISSION_DENIED"]);
});

test("lookup-lag: runs are listed some time after their creation", async () => {
	const { sandbox, time } = await startWithRuns({ faults: ["lookup-lag"] });
	const first = await jobs(sandbox, "");
	time.advance(1_000);

	expect([first, await jobs(sandbox, "")]).toEqual(["12", "123"]);
});

test("lookup-ignored: the filter changes nothing", async () => {
	const { sandbox } = await startWithRuns({ faults: ["lookup-ignored"] });

	expect(await jobs(sandbox, "q=client_ref.EQ:'a'")).toBe("123");
});

test("no-client-ref: listed runs lack client_ref and metadata", async () => {
	const { sandbox } = await startWithRuns({ faults: ["no-client-ref"] });
	const { json } = await call(sandbox, "/v1/runs?q=client_ref:a");

	expect(list(json.items)).toHaveLength(1);
	expect(json.items?.[0]).not.toHaveProperty("client_ref");
	expect(json.items?.[0]).not.toHaveProperty("metadata");
});

test.each([
	["docs-query", "client_ref.EQ:'a'", "client_ref:a"],
	["eq-query", "client_ref:a", "client_ref.EQ:'a'"],
])("%s: only one form of q is known", async (fault, refused, known) => {
	const { sandbox } = await startWithRuns({ faults: [fault] });

	expect((await call(sandbox, `/v1/runs?q=${refused}`)).status).toBe(422);
	expect(await jobs(sandbox, `q=${known}`)).toBe("1");
});

test("docs-cursors: the cursors have the names of the documentation", async () => {
	const { sandbox } = await startWithRuns({ faults: ["docs-cursors"] });
	const { json } = await call(sandbox, "/v1/runs?limit=1");

	expect(Object.keys(json)).toEqual(["items", "next_pq", "prev_pq"]);
	expect(json.next_pq).not.toBeNull();
});

test("small-pages: at most two runs a page", async () => {
	const { sandbox } = await startWithRuns({ faults: ["small-pages"] });
	const { json } = await call(sandbox, "/v1/runs?limit=100");

	expect(list(json.items)).toHaveLength(2);
	expect(json.next).not.toBeNull();
});
