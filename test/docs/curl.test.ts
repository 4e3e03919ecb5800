import { describe, expect, test, vi } from "vitest";
import { main } from "../../src/main.ts";
import { fakeRuntime } from "../fake-runtime.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import {
	blocks,
	buyGarden,
	follow,
	garden,
	lookUp,
	pasted,
	script,
	shown,
} from "./curl-page.ts";
import { hasTools, runOf } from "./stranger.ts";

test("all code of the page is the script, lines to paste, or what a terminal shows", () => {
	expect(script).not.toBe("");
	expect(pasted).toHaveLength(7);
	expect(shown).toHaveLength(2);
	// A tab that is pasted into an interactive shell completes the name of a program.
	expect(script + pasted.join("")).not.toContain("\t");
	expect(blocks).toHaveLength(1 + pasted.length + shown.length);
});

test("the sandbox prints the two lines that the page shows", async () => {
	const { command, output } = readSession(shown[0]);
	const [name, ...argv] = command.split(" ");
	const runtime = fakeRuntime({ argv: [...argv, "--port", "0"] });
	const ended = main(runtime);
	await vi.waitFor(() => expect(runtime.stdoutText()).not.toBe(""), {
		interval: 2,
		timeout: 60_000,
	});
	runtime.signal("SIGINT");

	expect([name, await ended]).toEqual(["flux-ultra", 0]);
	expect(withoutPort(runtime.stdoutText())).toBe(withoutPort(output));
});

describe.skipIf(!hasTools)("followed in a shell", () => {
	test("the script says what the page shows", async () => {
		const stranger = await follow();
		const { command, output } = readSession(shown[1]);
		const { code, stdout, stderr } = await stranger.sh(command);

		expect(code).toBe(0);
		expect(withoutChance(stderr + stdout)).toBe(output);
	});

	test.each(["sh", "bash"] as const)(
		"everything is pasted into %s from top to bottom",
		async (shell) => {
			const stranger = await follow();
			stranger.write("photo.jpg", tinyJpeg({ shade: 9 }));
			const lines = pasted.join("\n");
			const { code, stdout, stderr } = await stranger.sh(`set -eu\n${lines}`, {
				shell,
			});

			expect([code, stdout.split("\n")]).toEqual([
				0,
				[
					"garden.jpg",
					"bicycle.jpg",
					"999.88",
					expect.stringMatching(
						/^{"id":"[\da-f-]+","status_code":"succeeded","cost":"0\.060"}$/,
					),
					expect.stringMatching(/^[\da-f-]{36}$/),
					"night.jpg",
					"",
				],
			]);
			expect(withoutChance(stderr)).toContain(
				"going on with run … of night.jpg.run, nothing is bought",
			);
			expect(stranger.files()).toEqual([
				"bicycle.jpg",
				"callback.secret",
				"flux.sh",
				"garden.jpg",
				"night.jpg",
				"photo.jpg",
				"upload.json",
			]);
			expect(stranger.read("callback.secret").toString()).toMatch(
				/^whsec_\S+$/m,
			);
			expect(stranger.sandbox.summary()).toMatchObject({ runs: 3, bought: 3 });
		},
	);

	test("an image is ordered once, looked at each 2 s, and downloaded without the key", async () => {
		const stranger = await follow({ latencyMs: 9_000 });
		const { code, stdout, stderr } = await stranger.sh(buyGarden);
		const id = /run (\S+)/.exec(stderr)?.[1] ?? "";

		expect([code, stdout]).toEqual([0, "garden.jpg\n"]);
		expect(stranger.sleeps()).toEqual(["2", "2", "2", "2", "2"]);
		expect(stranger.read("garden.jpg")).toEqual(garden);
		expect(stranger.requests()).toEqual([
			"POST /v1/models/black-forest-labs/flux-1-1-pro-ultra/runs",
			...Array(6).fill(`GET /v1/runs/${id}?add_signature=true`),
			// The storage refuses whatever comes with a key.
			`storage GET /outputs/${id}/0.jpg`,
		]);
		expect(await runOf(stranger, id)).toMatchObject({
			input: { prompt: "a garden", seed: 42 },
			client_ref: expect.stringMatching(/^curl-[\da-f]{32}$/),
		});
	});

	test.each([
		["quotation marks and backslashes", `a "sign" that says \\n 'no'`],
		["lines", "a garden\n\n\tat dawn\n"],
		["what a shell would take for its own", "$HOME `id` $(id) * ! %s %d"],
		["an option", "-n --arg"],
		["other scripts", "一只红色的自行车 🚲 é"],
		["JSON", '{"id": "x"}'],
	])("a prompt of %s arrives as it was written", async (_name, prompt) => {
		const stranger = await follow();
		const { stderr } = await stranger.sh('sh flux.sh "$PROMPT" -x.jpg', {
			env: { PROMPT: prompt },
		});
		const id = /run (\S+)/.exec(stderr)?.[1] ?? "";

		expect(await runOf(stranger, id)).toMatchObject({ input: { prompt } });
		expect(stranger.files()).toContain("-x.jpg");
	});

	test("the order carries a reference of one's own, and an idempotency key that no other has", async () => {
		const stranger = await follow();
		stranger.faults("post:409");
		const order = `CLIENT_REF=poster-7 ${buyGarden}`;
		const refused = await stranger.sh(order);
		stranger.faults();
		await stranger.sh(order);
		await stranger.sh(`rm garden.jpg; ${order}`);
		const found = await stranger.sh(lookUp("poster-7"));

		expect(refused.code).toBe(1);
		expect(found.stdout.match(/"status_code":"succeeded"/g)).toHaveLength(2);
		const keys = (await stranger.sh("grep Idempotency-Key $ARGUMENTS")).stdout;
		expect(new Set(keys.match(/[\da-f]{32}/g)).size).toBe(3);
	});

	test.each<[string, string, RegExp]>([
		["a prompt without quotes", "sh flux.sh a garden at dawn x.jpg", /usage: /],
		["no file", 'sh flux.sh "a garden"', /usage: /],
		["an empty prompt", 'sh flux.sh "" x.jpg', /the prompt is empty/],
		["an empty name", 'sh flux.sh "a garden" ""', /name of the file is empty/],
		["a seed in words", `${buyGarden}nd`, /seed "42nd" is no whole number/],
		[
			"a seed that jq rounds",
			`${buyGarden}00000000000000`,
			/at most 15 digits/,
		],
		[
			"no key",
			`RUNFLOW_API_KEY=' ' ${buyGarden}`,
			/RUNFLOW_API_KEY is not set/,
		],
		[
			"an address without encryption",
			`FLUX_ULTRA_API_URL=http://example.com ${buyGarden}`,
			/the key goes over https, or to this machine alone/,
		],
		[
			"an address that looks like this machine",
			`FLUX_ULTRA_API_URL=http://127.0.0.1.example.com ${buyGarden}`,
			/the key goes over https, or to this machine alone/,
		],
		[
			"a password that looks like this machine",
			`FLUX_ULTRA_API_URL=http://127.0.0.1:80@example.com ${buyGarden}`,
			/no user name and no password/,
		],
		["a file that exists", 'sh flux.sh "a garden" flux.sh', /flux\.sh exists/],
		[
			"a folder that is not there",
			'sh flux.sh "a garden" no/garden.jpg',
			/no\/garden\.jpg cannot be written; nothing was sent/,
		],
	])("%s is refused before anything is sent", async (_name, line, words) => {
		const stranger = await follow();
		const { code, stdout, stderr } = await stranger.sh(line);

		expect([code, stdout]).toEqual([2, ""]);
		expect(stderr).toMatch(words);
		expect(stranger.requests()).toEqual([]);
		expect(stranger.files()).toEqual(["flux.sh"]);
	});
});

/** The command after the `$`, and what a terminal shows then. */
function readSession(code = "") {
	const [first = "", ...output] = code.split("\n");
	return { command: first.replace(/^\$ /, ""), output: output.join("\n") };
}

/** Ids and seeds as the page writes them. */
function withoutChance(text: string): string {
	return text
		.replace(/[\da-f]{32}/g, "…")
		.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, "…")
		.replace(/seed \d+/g, "seed …");
}

function withoutPort(text: string): string {
	return text.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:…");
}
