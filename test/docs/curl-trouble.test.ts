import { describe, expect, test } from "vitest";
import { localServer } from "../local-server.ts";
import { buyGarden, follow, garden, lookUp } from "./curl-page.ts";
import { hasTools } from "./stranger.ts";

describe.skipIf(!hasTools)("the curl script of the page, when", () => {
	test.each<[string, number, RegExp]>([
		["post:no-credit", 1, /HTTP 402: .*INSUFFICIENT_CREDIT/],
		["post:422", 1, /HTTP 422: .*VALIDATION_ERROR/],
		["post:no-key", 1, /HTTP 401: .*UNAUTHORIZED/],
		["run:failed", 1, /failed, PROVIDER_ERROR, The model failed on our side/],
		["run:moderated", 1, /failed, CONTENT_MODERATED, .*content moderation/],
		["run:cancelled", 1, /run [\da-f-]+: cancelled\n/],
	])(
		"%s: exit %i in the words of the service, and the next try buys anew",
		async (fault, code, words) => {
			const stranger = await follow({ faults: [fault] });
			const refused = await stranger.sh(buyGarden);
			const left = stranger.files();
			stranger.faults();
			const { code: again } = await stranger.sh(buyGarden);

			expect([refused.code, refused.stdout]).toEqual([code, ""]);
			expect(refused.stderr).toMatch(words);
			expect(left).toEqual(["flux.sh"]);
			expect(again).toBe(0);
			expect(stranger.sandbox.summary().bought).toBe(1);
		},
	);

	test.each(["post:reset-after", "post:cut", "post:500-after", "post:garbage"])(
		"%s: exit 8 says what to look for, and the run is found and brought as the page says",
		async (fault) => {
			const stranger = await follow({ faults: [fault] });
			const lost = await stranger.sh(`CLIENT_REF=order-1042 ${buyGarden}`);
			const found = await stranger.sh(lookUp("order-1042"));
			const { id } = JSON.parse(found.stdout);
			const { code } = await stranger.sh(
				`echo ${id} > garden.jpg.run; ${buyGarden}`,
			);

			expect([lost.code, lost.stdout]).toEqual([8, ""]);
			expect(lost.stderr).toMatch(/look for client_ref order-1042/);
			expect(code).toBe(0);
			expect(stranger.read("garden.jpg")).toEqual(garden);
			expect(stranger.sandbox.summary()).toMatchObject({ runs: 1, bought: 1 });
		},
	);

	test("no connection: exit 7, nothing was sent", async () => {
		const stranger = await follow();
		await stranger.sandbox.stop();
		const { code, stderr } = await stranger.sh(buyGarden);

		expect(code).toBe(7);
		expect(stderr).toContain("no connection; nothing was sent");
	});

	test.each([
		"poll:503@1 poll:html-502@2 poll:429@3 poll:reset-before@4 poll:cut@5 poll:html@6 poll:empty@7",
		// Other shapes of a run, another end of one, links that are signed only on demand, odd ways to send a picture.
		"post:run-id post:status-200 poll:sparse run:unknown-status",
		"run:partial",
		"link:unsigned",
		"image:redirect image:no-length image:octet-stream",
	])("%s: no trouble", async (faults) => {
		const stranger = await follow({ faults: faults.split(" ") });
		const { code } = await stranger.sh(buyGarden);

		expect(code).toBe(0);
		expect(stranger.read("garden.jpg")).toEqual(garden);
		expect(stranger.files()).toEqual(["flux.sh", "garden.jpg"]);
	});

	test.each<[string, number, RegExp]>([
		["image:cut", 9, /its image did not come/],
		["image:html", 9, /what came is no image/],
		["image:wrong", 9, /what came is no image/],
		["image:reset-before", 9, /its image did not come/],
		["image:redirect-loop", 9, /its image did not come/],
		["link:expire", 9, /403\n.*its image did not come/],
		["poll:404", 1, /HTTP 404: .*RUN_NOT_FOUND/],
		["run:late-output=60s", 1, /ended without an image/],
	])(
		"%s: exit %i, no file, and the same command brings the image without paying",
		async (fault, code, words) => {
			const stranger = await follow({ faults: [fault] });
			const broken = await stranger.sh(buyGarden);
			const left = stranger.files();
			stranger.faults();
			await stranger.sh("sleep 60");
			const { code: again, stderr } = await stranger.sh(buyGarden);

			expect([broken.code, broken.stdout]).toEqual([code, ""]);
			expect(broken.stderr).toMatch(words);
			expect(left).toEqual(["flux.sh", "garden.jpg.run"]);
			expect(again).toBe(0);
			expect(stderr).toMatch(/going on with run [\da-f-]+ of garden\.jpg\.run/);
			expect(stranger.read("garden.jpg")).toEqual(garden);
			expect(stranger.files()).toEqual(["flux.sh", "garden.jpg"]);
			expect(stranger.sandbox.summary()).toMatchObject({ runs: 1, bought: 1 });
		},
	);

	test("a run that does not end in 180 s is left, and the same command waits on", async () => {
		const stranger = await follow({ latencyMs: 200_000 });
		const given = { env: { POLL_SECONDS: "60" } };
		const first = await stranger.sh(buyGarden, given);
		const sleeps = stranger.sleeps();
		const second = await stranger.sh(buyGarden, given);

		expect([first.code, sleeps]).toEqual([8, ["60", "60", "60"]]);
		expect(first.stderr).toContain("has not ended; the same command waits on");
		expect(second.code).toBe(0);
		expect(stranger.sandbox.summary()).toMatchObject({ runs: 1, bought: 1 });
	});

	test("Ctrl-C leaves nothing but the run's id, and the same command goes on", async () => {
		const stranger = await follow({ latencyMs: 100_000 });
		const { code } = await stranger.sh(`exec ${buyGarden}`, {
			interruptAt: "sh: run ",
		});
		const left = stranger.files();
		const { code: again } = await stranger.sh(buyGarden);

		expect(code).toBe(130);
		expect(left).toEqual(["flux.sh", "garden.jpg.run"]);
		expect(again).toBe(0);
		expect(stranger.sandbox.summary()).toMatchObject({ runs: 1, bought: 1 });
	});

	test("the file beside the image names no run: exit 2, nothing was sent", async () => {
		const stranger = await follow();
		stranger.write("garden.jpg.run", "\n");
		const { code, stderr } = await stranger.sh(buyGarden);

		expect(code).toBe(2);
		expect(stderr).toContain("garden.jpg.run holds no run id");
		expect(stranger.requests()).toEqual([]);
	});

	test("nobody reads what it says any more: nothing temporary is left", async () => {
		const stranger = await follow();
		// The echo fails once the reader is gone.
		await stranger.sh(
			`(trap "" PIPE; while echo; do :; done 2>&-; trap - PIPE; ${buyGarden} 2>&1) | true`,
		);

		// What is beside the folder, the stranger looks at after each command.
		expect(stranger.files()).toEqual(["flux.sh"]);
		expect(stranger.requests()).toEqual([]);
	});

	test.each([
		[
			"an order refused",
			"\u001b]0;owned\u0007 no \u009b",
			"HTTP 422: ]0;owned no \n",
		],
		[
			"a run failed",
			{ id: "r1", status_code: "failed", failure_message: "\u001b[2Jno" },
			"run r1: failed, [2Jno\n",
		],
	])(
		"%s in words with control characters: shown without",
		async (_name, answer, words) => {
			const stranger = await follow();
			const service = await localServer((_request, response) => {
				const isRun = typeof answer === "object";
				response.writeHead(isRun ? 200 : 422);
				response.end(isRun ? JSON.stringify(answer) : answer);
			});
			const { code, stderr } = await stranger.sh(buyGarden, {
				env: { FLUX_ULTRA_API_URL: service.url },
			});

			expect(code).toBe(1);
			expect(stderr).toContain(words);
		},
	);
});
