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
	["client_ref:b", "23"],
	["client_ref:'7'", ""],
	["status_code:succeeded", "1"],
	["status_code.EQ:'running'", "23"],
	["model_id='nothing'", ""],
])("q %s finds %s", async (q, found) => {
	const { sandbox } = await startWithRuns();

	expect(await jobs(sandbox, `q=${encodeURIComponent(q)}`)).toBe(found);
});

test.each([
	["q=client_ref.constructor:x", ["query", "q"]],
	["q=client_ref.EQ", ["query", "q"]],
	["q=client_ref.NE:'x'", ["query", "q"]],
	["q=client_ref>x", ["query", "q"]],
	["q=prompt:x", ["query", "q"]],
	["q=constructor:x", ["query", "q"]],
	["q=client_ref:a b", ["query", "q"]],
	["q=client_ref='a' OR client_ref='b'", ["query", "q"]],
	["q=NOT client_ref='a'", ["query", "q"]],
	["q=(client_ref:a)", ["query", "q"]],
	["q=metadata.job:1", ["query", "q"]],
	["q='", ["query", "q"]],
	["q=", ["query", "q"]],
	["limit=0", ["query", "limit"]],
	["limit=501", ["query", "limit"]],
	["sort_by=prompt:asc", ["query", "sort_by"]],
	["sort_by=created_at", ["query", "sort_by"]],
	["sort_by=created_at:asc,", ["query", "sort_by"]],
	["sort_by=constructor:asc", ["query", "sort_by"]],
	["fields=id,nothing", ["query", "fields"]],
	["pq=nonsense", ["query", "pq"]],
	["pq=bnVsbA", ["query", "pq"]],
	["pq=e30", ["query", "pq"]],
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

test.each([
	["client_ref:asc,created_at:desc", "132"],
	["client_ref:desc,created_at:asc", "231"],
	["status_code:desc,client_ref:asc", "132"],
	["completed_at:desc", "132"],
])("runs are sorted by %s", async (sort, found) => {
	const { sandbox } = await startWithRuns();
	const { json } = await call(sandbox, `/v1/runs?sort_by=${sort}`);
	const shown = list(json.items).map(({ metadata }) => metadata?.job);

	expect(shown.join("")).toBe(found);
});

test("cursors lead through all pages, whatever is created meanwhile", async () => {
	const { sandbox } = await startWithRuns();
	const seen: unknown[] = [];
	for (let next = "sort_by=created_at:desc"; next !== "pq=null"; ) {
		const { json } = await call(sandbox, `/v1/runs?limit=1&${next}`);
		seen.push(json.items?.[0]?.metadata?.job);
		next = `pq=${json.next}`;
		await buy(sandbox, { metadata: { job: "new" } });
	}

	expect(seen).toEqual(["3", "2", "1"]);
});

test("a run that the filter no longer means is still a place to go on from", async () => {
	const { sandbox, time } = await startWithRuns();
	const path = "/v1/runs?limit=1&q=status_code:running&sort_by=created_at:asc";
	const { json } = await call(sandbox, path);
	time.advance(600);
	const { json: rest } = await call(sandbox, `${path}&pq=${json.next}`);

	expect(json.items?.[0]?.metadata?.job).toBe("2");
	expect(list(rest.items).map(({ metadata }) => metadata?.job)).toEqual(["3"]);
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

test("docs-cursors: the cursor has the name of the documentation", async () => {
	const { sandbox } = await startWithRuns({ faults: ["docs-cursors"] });
	const { json } = await call(sandbox, "/v1/runs?limit=1");

	expect(Object.keys(json)).toEqual(["items", "next_pq"]);
	expect(json.next_pq).not.toBeNull();
});

test("small-pages: at most two runs a page", async () => {
	const { sandbox } = await startWithRuns({ faults: ["small-pages"] });
	const { json } = await call(sandbox, "/v1/runs?limit=100");

	expect(list(json.items)).toHaveLength(2);
	expect(json.next).not.toBeNull();
});
