import { appendFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../temporary-folder.ts";
import { buy, call, fakeNow, list, start } from "./start.ts";

function statePath(): string {
	return join(temporaryFolder(), "deep", "runs.jsonl");
}

test("a run that was bought in a process that is gone has gone on when the next one asks", async () => {
	const time = fakeNow();
	const path = statePath();
	const options = { statePath: path, now: time.now, latencyMs: 8_000 };
	const first = await start(options);
	const { json } = await buy(first, { client_ref: "ref" });
	await first.stop();
	time.advance(8_000);
	const second = await start(options);
	const run = await call(second, `/v1/runs/${json.id}`);
	const found = await call(second, "/v1/runs?q=client_ref.EQ:'ref'");

	expect(run.json).toMatchObject({ status_code: "succeeded", cost: "0.060" });
	expect(list(found.json.items).map(({ id }) => id)).toEqual([json.id]);
	expect((await fetch(String(run.json.output?.outputs?.[0]?.url))).status).toBe(
		200,
	);
	expect(second.summary()).toMatchObject({ runs: 1, spentUsd: 0.06 });
});

test("sandboxes that run at the same time know each other's runs, credit and keys", async () => {
	const options = { statePath: statePath(), balanceUsd: 0.1 };
	const one = await start(options);
	const other = await start(options);
	const key = { "idempotency-key": "k" };
	const bought = await buy(one, {}, key);
	const replayed = await buy(other, {}, key);
	const refused = await buy(other);

	expect(replayed.json).toEqual(bought.json);
	expect(refused.status).toBe(402);
	expect(other.summary()).toMatchObject({ runs: 1, bought: 1 });
});

test("the run is in the file before its creation is answered, whatever becomes of the answer", async () => {
	const path = statePath();
	const sandbox = await start({ statePath: path, faults: ["reset-after"] });
	await expect(buy(sandbox)).rejects.toThrow();

	const lines = readFileSync(path, "utf8").trimEnd().split("\n");
	expect(lines).toHaveLength(1);
	expect(JSON.parse(lines[0] ?? "")).toMatchObject({
		kind: "run",
		run: { input: { prompt: "a garden" } },
	});
});

test("where two processes write the same key, the first line counts", async () => {
	const path = statePath();
	const sandbox = await start({ statePath: path });
	const key = { "idempotency-key": "k" };
	const { json } = await buy(sandbox, {}, key);
	const line = JSON.parse(readFileSync(path, "utf8"));
	const late = { ...line, run: { ...line.run, id: "late" } };
	appendFileSync(path, `${JSON.stringify(late)}\n`);

	expect((await call(sandbox, "/v1/runs/late")).status).toBe(404);
	expect((await buy(sandbox, {}, key)).json.id).toBe(json.id);
	expect(sandbox.summary().runs).toBe(1);
});

test("half a line of a killed process spoils nothing", async () => {
	const path = statePath();
	const sandbox = await start({ statePath: path });
	await buy(sandbox);
	appendFileSync(path, '{"kind":"run","run":{"id":"ha');
	const { json } = await buy(sandbox);
	const next = await start({ statePath: path });

	expect(next.summary().runs).toBe(2);
	expect((await call(next, `/v1/runs/${json.id}`)).status).toBe(200);
});

test("uploads outlive their process as well", async () => {
	const path = statePath();
	const first = await start({ statePath: path });
	const upload = await call(first, "/v1/asset-uploads", {
		body: { filename: "a", mime_type: "image/png", size_bytes: 1 },
	});
	await fetch(String(upload.json.upload_url), {
		method: "PUT",
		body: "x",
		headers: { "content-type": "image/png" },
	});
	await first.stop();
	const second = await start({ statePath: path });
	const { asset_id } = upload.json;
	const confirmed = await call(
		second,
		`/v1/asset-uploads/${asset_id}/confirmations`,
		{ body: {} },
	);

	expect(confirmed.status).toBe(201);
	expect(await (await fetch(String(confirmed.json.url))).text()).toBe("x");
});

test("nobody else on the machine can read the file", async () => {
	const path = statePath();
	await start({ statePath: path });

	if (process.platform !== "win32")
		expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a file that cannot be opened is a usage error that names it", async () => {
	const path = temporaryFolder();

	await expect(start({ statePath: path })).rejects.toMatchObject({
		code: "usage",
		message: expect.stringContaining(path),
	});
});
