import { expect, it } from "vitest";
import { localServer } from "../local-server.ts";
import { createWorld, ended, type Json, type World } from "./world.ts";

/* A service whose public list is not all there is to know. */

const ultra = "black-forest-labs/flux-1-1-pro-ultra";
const noKey = { env: { RUNFLOW_API_KEY: undefined } };
const ourTable = /^model .*\nultra +\$0\.06 an image .* documented\n/;

function asked(sent: readonly Json[]): readonly string[] {
	return sent.map(({ method, url }) => `${method} ${url.pathname}`);
}

const described = {
	slug: "flux-1-1-pro-ultra",
	name: "\u001b[31mUltra",
	pricing_note: "$0.07 per image",
	status_code: "deprecated",
	inputs: [{ name: "prompt", variable_type_code: "string", is_required: true }],
};

async function serve(
	world: World,
	words: readonly string[],
	answers: Readonly<Record<string, unknown>>,
	env: Readonly<Record<string, string | undefined>> = {},
) {
	const { url } = await localServer((request, response) => {
		const body = answers[request.url ?? ""];
		response.statusCode = body === undefined ? 404 : 200;
		response.setHeader("content-type", "application/json");
		response.end(
			JSON.stringify(body ?? { code: "NOT_FOUND", message: "no model" }),
		);
	});
	return world.run(words, { env: { FLUX_ULTRA_API_URL: url, ...env } });
}

it("is asked with the key for each model that the list does not describe", async () => {
	const world = await createWorld();
	const { sent, stderr, stdout } = await serve(world, ["models", "--refresh"], {
		"/v1/public/models": { items: [{ slug: ultra }] },
		[`/v1/models/${ultra}`]: described,
	});
	// Those that it does not have are asked for without their owner as well.
	expect(
		sent.map(({ headers }) => headers.authorization !== undefined),
	).toEqual([false, ...Array(8 + 7).fill(true)]);
	expect(stderr).toBe(
		`note: ultra: standing: deprecated
note: ultra: price: "$0.07 per image" (our table: $0.06 an image)
note: ultra: does not take seed
${["ultra-edit", "pro", "lightning", "gpt", "gpt-edit", "klein", "klein-edit"]
	.map((name) => `note: ${name}: the live catalogue does not have it\n`)
	.join("")}`,
	);
	expect(stdout).toMatch(
		/\nultra +\$0\.06 an image .* deprecated, live, price documented, output documented\n/,
	);
});

it("is not asked again for what the list describes", async () => {
	const world = await createWorld();
	const words = ["models", "--refresh"];
	const { sent } = await serve(world, words, {
		"/v1/public/models": [described],
	});
	expect(asked(sent)).not.toContain(`GET /v1/models/${ultra}`);
	expect(asked(sent)).toContain(`GET /v1/models/${ultra}/edit`);
});

it("may refuse the key that the list does not need", async () => {
	const world = await createWorld();
	const { url } = await localServer((request, response) => {
		const isList = request.url === "/v1/public/models";
		response.statusCode = isList ? 200 : 401;
		response.end(
			JSON.stringify(
				isList
					? { items: [{ slug: ultra }] }
					: { code: "UNAUTHORIZED", message: "no" },
			),
		);
	});
	const env = { FLUX_ULTRA_API_URL: url };
	const outcome = await world.run(["models", "--refresh"], { env });
	expect(outcome.code).toBe(0);
	expect(outcome.stderr).toContain(
		"note: not all models could be asked for: UNAUTHORIZED: no\n",
	);
});

it("is believed when it takes a model back, and when it can't be had what it said before holds", async () => {
	const world = await createWorld(noKey);
	const words = ["models", "--refresh"];
	const list = (...slugs: readonly string[]) => ({
		"/v1/public/models": slugs.map((slug) => ({ ...described, slug })),
	});
	let answers = list(ultra, "someone/new");
	const { url } = await localServer((_request, response) => {
		response.statusCode = answers["/v1/public/models"].length > 0 ? 200 : 503;
		response.end(JSON.stringify(answers["/v1/public/models"]));
	});
	const env = { FLUX_ULTRA_API_URL: url };
	expect((await world.run(words, { env })).stdout).toContain("someone/new");
	answers = list(ultra);
	const { stdout } = await world.run(words, { env });
	expect(stdout).not.toContain("someone/new");
	answers = list();
	expect(await world.run(words, { env })).toMatchObject({ code: 7, stdout });
});

it("may have no list at all", async () => {
	const world = await createWorld();
	const { code, stdout } = await serve(world, ["models", "--refresh"], {
		[`/v1/models/${ultra}`]: described,
	});
	expect(code).toBe(0);
	expect(stdout).toMatch(/\nultra .* deprecated, live, /);
});

it("without a key, what the list leaves open is said", async () => {
	const world = await createWorld(noKey);
	const { code, stderr, sent } = await serve(world, ["models", "--refresh"], {
		"/v1/public/models": { items: [{ slug: ultra }], next: {} },
	});
	expect([code, sent.length]).toEqual([0, 1]);
	expect(stderr).toMatch(
		/^note: the live catalogue says the same as our table, as far as it goes\nnote: it tells no inputs of ultra, .*\n$/,
	);
});

it("without list and key, the reason is said", async () => {
	const world = await createWorld(noKey);
	const outcome = await serve(world, ["models", "--refresh"], {});
	expect(outcome).toMatchObject({
		code: 1,
		stdout: expect.stringMatching(ourTable),
	});
	expect(outcome.stderr).toMatch(/^error: NOT_FOUND: no model\n/);
});

it("an empty list is a strange answer", async () => {
	const world = await createWorld(noKey);
	const outcome = await serve(world, ["models", "--refresh"], {
		"/v1/public/models": [],
	});
	expect(outcome).toMatchObject({
		code: 1,
		stdout: expect.stringMatching(ourTable),
	});
	expect(outcome.stderr).toContain(
		"error: the live catalogue has no model for images\n",
	);
});

it("its words can't play with the terminal", async () => {
	const world = await createWorld();
	const words = ["models", "show", "ultra", "--refresh"];
	const answers = { [`/v1/models/${ultra}`]: described };
	const { stdout } = await serve(world, words, answers);
	expect(stdout).toMatch(/^\\x1b\[31mUltra: text to image/);
	expect(stdout).not.toContain("\u001b");
});

it("its words about a price feed no limit and no estimate of a model that no table knows", async () => {
	const world = await createWorld();
	const pricing_note = "$0.01 per image";
	const answers = {
		"/v1/models/someone/new": {
			...described,
			slug: "someone/new",
			pricing_note,
		},
	};
	const order = ["a.", "-m", "someone/new", "-o", "a.jpg"];
	const limited = await serve(world, [...order, "--max-cost", "1"], answers);
	expect(limited.code).toBe(5);
	expect(asked(limited.sent)).toEqual(["GET /v1/models/someone/new"]);
	expect(limited.stderr).toContain(
		'note: the price of someone/new is not known; the service says: "$0.01 per image"\n',
	);
	expect(limited.stderr).toContain(
		"error: the price of this model is not known, and --max-cost sets a limit of $1.00\n",
	);
	expect(limited.stderr).toContain("--assume-price");
	const env = { FLUX_ULTRA_MAX_COST_PER_DAY: "1" };
	expect(await serve(world, order, answers, env)).toMatchObject({ code: 5 });

	const assumed = [...order, "--assume-price", "0.05"];
	const over = [...assumed, "--max-cost", "0.04"];
	const { code, stderr } = await serve(world, over, answers);
	expect(code).toBe(5);
	expect(stderr).toContain("error: this costs $0.05, more than the limit");
});

it("its words about a price leave that of our table in force", async () => {
	const world = await createWorld();
	const refresh = ["models", "show", "ultra", "--refresh"];
	const { url } = await localServer((_request, response) => {
		response.end(JSON.stringify(described));
	});
	const env = { FLUX_ULTRA_API_URL: url };
	expect((await world.run(refresh, { env })).stdout).toMatch(
		/\nprice +\$0\.06 an image +documented\n +"\$0\.07 per image" +live\n/,
	);
	const limited = ["a.", "--max-cost", "0.05"];
	expect(await world.run(limited, { env })).toMatchObject(
		ended(5, "error: this costs $0.06, more than the limit"),
	);
	const dry = ["a.", "--dry-run", "--json"];
	expect((await world.run(dry, { env })).records).toMatchObject([
		{ cost_usd: 0.06 },
	]);
});
