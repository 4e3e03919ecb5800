import nock from "nock";
import { describe, expect, test } from "vitest";
import { createCaller } from "../../src/runflow/caller.ts";
import { createModelCatalogueApi } from "../../src/runflow/model-catalogue.ts";
import { service } from "../../src/runflow/service.ts";
import { createTransport } from "../../src/runflow/transport.ts";
import { NockDispatcher } from "../nock-dispatcher.ts";
import { apiUrl, nockCaller, useNock } from "./nock-client.ts";

useNock();

const ultra = "black-forest-labs/flux-1-1-pro-ultra";
const listPath = "/v1/public/models";

async function api() {
	return createModelCatalogueApi(await nockCaller());
}

async function readAs(id: string, body: nock.Body, status = 200) {
	nock(apiUrl).get(`/v1/models/${id}`).reply(status, body);
	return (await api()).readModel(id);
}

describe("readModel", () => {
	test("reads what the documentation shows, its inputs in their order", async () => {
		const wire = {
			id: "019ed2a4-0000-7000-8000-000000000000",
			slug: ultra,
			name: "FLUX 1.1 [pro] Ultra",
			description: "Text to image.",
			status_code: "active",
			availability_status: "available",
			max_resolution: "4MP",
			supports_streaming: false,
			pricing_note: "$0.06 per image",
			inputs: [
				{
					name: "seed",
					description: null,
					variable_type_code: "integer",
					validator_attrs: { min: 0 },
					is_required: false,
					default_value: null,
					sort_order: 1,
				},
				{
					name: "prompt",
					description: "What the image shows.",
					variable_type_code: "string",
					validator_attrs: null,
					is_required: true,
					default_value: null,
					sort_order: 0,
				},
			],
			outputs: [{ name: "outputs", variable_type_code: "image" }],
		};
		expect(await readAs(ultra, wire)).toEqual({
			slug: ultra,
			id: wire.id,
			name: wire.name,
			description: wire.description,
			statuses: ["active", "available"],
			maxResolution: "4MP",
			pricingNote: "$0.06 per image",
			inputs: [
				{
					name: "prompt",
					description: "What the image shows.",
					type: "string",
					limits: {},
					isRequired: true,
					initial: undefined,
				},
				{
					name: "seed",
					description: undefined,
					type: "integer",
					limits: { min: 0 },
					isRequired: false,
					initial: undefined,
				},
			],
			outputs: wire.outputs,
		});
	});

	test("makes do with a name", async () => {
		expect(await readAs("a/b", { name: "B" })).toEqual({
			slug: undefined,
			id: undefined,
			name: "B",
			description: undefined,
			statuses: [],
			maxResolution: undefined,
			pricingNote: undefined,
			inputs: undefined,
			outputs: [],
		});
	});

	test("fields of types that nobody promised are as if they were missing", async () => {
		const odd = { slug: "a/b", name: 7, pricing_note: {}, outputs: "image" };
		const inputs = [null, "prompt", { name: 1 }, { name: "x", sort_order: {} }];
		expect(await readAs("a/b", { ...odd, inputs })).toMatchObject({
			name: undefined,
			pricingNote: undefined,
			inputs: [{ name: "x", type: undefined, limits: {}, isRequired: false }],
			outputs: [],
		});
	});

	test.each<[string, unknown]>([
		["an object", { min: 1, max: 4 }],
		["an object as text", '{"min":1,"max":4}'],
		["a list of objects", [{ min: 1 }, { max: 4 }]],
		[
			"a list of names and values",
			[
				{ name: "min", value: 1 },
				{ type: "max", value: 4 },
			],
		],
	])("takes limits as %s", async (_form, validator_attrs) => {
		const inputs = [{ name: "count", validator_attrs }];
		expect((await readAs("a/b", { slug: "a/b", inputs })).inputs).toMatchObject(
			[{ limits: { min: 1, max: 4 } }],
		);
	});

	test.each([
		[true, true],
		["true", true],
		[1, true],
		["false", false],
		[0, false],
		[null, false],
	])(
		"an input whose `is_required` is %j: %j",
		async (is_required, isRequired) => {
			const inputs = [{ name: "x", is_required }];
			const model = await readAs("a/b", { slug: "a/b", inputs });
			expect(model.inputs).toMatchObject([{ isRequired }]);
		},
	);

	test.each([null, 7, "text", "[[[", [null, 7, []]])(
		"limits that are %j are none",
		async (validator_attrs) => {
			const inputs = [{ name: "count", validator_attrs }];
			const model = await readAs("a/b", { slug: "a/b", inputs });
			expect(model.inputs?.[0]?.limits).toEqual({});
		},
	);

	test("each segment of the id is encoded by itself", async () => {
		nock(apiUrl).get("/v1/models/a/b/2.0%3Fx/edit").reply(200, { name: "B" });
		expect((await (await api()).readModel("a/b/2.0?x/edit")).name).toBe("B");
	});

	test.each([
		["flux-1-1-pro-ultra", ultra],
		["FLUX-1.1-pro-ultra", ultra],
		["flux-1-1-pro-ultra-edit", `${ultra}/edit`],
		["seedance/2.0/fast", "bytedance/seedance/2.0/fast"],
	])("%s may be the slug of %s", async (slug, id) => {
		expect((await readAs(id, { slug })).slug).toBe(slug);
	});

	test.each([
		["flux-1-1-pro-ultra", `${ultra}/edit`],
		["someone/flux-1-1-pro-ultra", ultra],
		["flux-1-1-pro", ultra],
	])("%s is the slug of another model than %s", async (slug, id) => {
		await expect(readAs(id, { slug })).rejects.toMatchObject({
			message: `an answer about ${slug}, not ${id}`,
			status: 200,
			fromService: false,
		});
	});

	test.each<[unknown, string]>([
		[{}, "an answer with no model object"],
		[{ error: "no" }, "an answer with no model object"],
		["<html>", "an answer that is not the API's"],
	])("%j describes no model", async (body, message) => {
		await expect(readAs("a/b", body as nock.Body)).rejects.toMatchObject({
			message: expect.stringContaining(message),
			fromService: false,
		});
	});

	describe("a model that the service does not know", () => {
		const unknown = { code: "NOT_FOUND", message: "no such model" };

		function stub(path: string, status: number, body: nock.Body) {
			nock(apiUrl).get(`/v1/models/${path}`).reply(status, body);
		}

		test("is asked for without its owner too", async () => {
			stub("a/b/edit", 404, unknown);
			stub("b/edit", 200, { slug: "b/edit" });
			expect(await (await api()).readModel("a/b/edit")).toMatchObject({
				slug: "b/edit",
			});
		});

		test.each<[string, number, nock.Body]>([
			["not known either", 404, unknown],
			["somebody else's", 200, { slug: "c/b" }],
		])(
			"is a problem of the service where that is %s",
			async (_how, status, body) => {
				stub("a/b", 404, unknown);
				stub("b", status, body);
				await expect((await api()).readModel("a/b")).rejects.toMatchObject({
					status: 404,
					code: "NOT_FOUND",
					fromService: true,
				});
			},
		);

		test("is not known to be none where the second answer fails", async () => {
			stub("a/b", 404, unknown);
			stub("b", 503, "");
			await expect((await api()).readModel("a/b")).rejects.toMatchObject({
				status: 503,
			});
		});

		test("is not asked for again where a proxy answered", async () => {
			stub("a/b", 404, "<html>");
			await expect((await api()).readModel("a/b")).rejects.toMatchObject({
				status: 404,
				fromService: false,
			});
		});
	});
});

describe("listPublic", () => {
	function stub(body: nock.Body, pq?: string) {
		nock(apiUrl)
			.get(listPath)
			.query(pq === undefined ? {} : { pq })
			.reply(200, body);
	}

	async function list() {
		const { models, isComplete } = await (await api()).listPublic();
		return { slugs: models.map(({ slug }) => slug), isComplete };
	}

	test.each<[string, nock.Body]>([
		["`items`", { items: [{ slug: "a/b" }, { slug: "c/d" }], next: null }],
		["a bare array", [{ slug: "a/b" }, { slug: "c/d" }]],
	])("reads %s", async (_form, body) => {
		stub(body);
		expect(await list()).toEqual({ slugs: ["a/b", "c/d"], isComplete: true });
	});

	test.each(["next", "next_pq"])("follows the cursor in `%s`", async (name) => {
		stub({ items: [{ slug: "a/b" }], [name]: "two" });
		stub({ items: [{ slug: "c/d" }], [name]: "three" }, "two");
		stub({ items: [{ slug: "e/f" }], [name]: null }, "three");
		expect(await list()).toEqual({
			slugs: ["a/b", "c/d", "e/f"],
			isComplete: true,
		});
	});

	test("a cursor that leads to itself ends the list, which then proves nothing", async () => {
		stub({ items: [{ slug: "a/b" }], next: "two" });
		stub({ items: [{ slug: "c/d" }], next: "two" }, "two");
		expect(await list()).toEqual({ slugs: ["a/b", "c/d"], isComplete: false });
	});

	test("a cursor of a kind that nobody promised ends the list, which then proves nothing", async () => {
		stub({ items: [{ slug: "a/b" }], next: { page: 2 } });
		expect(await list()).toEqual({ slugs: ["a/b"], isComplete: false });
	});

	test("a list that never ends is left after some pages", async () => {
		let page = 0;
		nock(apiUrl)
			.get(listPath)
			.query(true)
			.times(service.catalogue.maxPages)
			.reply(200, () => {
				page += 1;
				return { items: [{ slug: `a/${page}` }], next: `page-${page}` };
			});
		const { slugs, isComplete } = await list();
		expect([slugs.length, isComplete]).toEqual([
			service.catalogue.maxPages,
			false,
		]);
	});

	test("an entry that is no model hides none of the others", async () => {
		stub({ items: [null, { slug: "a/b" }, "x", {}] });
		expect((await list()).slugs).toEqual(["a/b"]);
	});

	test("an answer without a list is none of the service's", async () => {
		stub({ models: 3 });
		await expect(list()).rejects.toMatchObject({
			message: "an answer with no list of models",
			fromService: false,
		});
	});

	test("is asked without the key by a caller that has none", async () => {
		const seen: (string | undefined)[] = [];
		nock(apiUrl)
			.get(listPath)
			.reply(200, function () {
				seen.push(this.req.headers.authorization);
				return { items: [] };
			});
		const transport = await createTransport({
			userAgent: "flux-ultra/0.0.0",
			env: {},
			dispatcher: new NockDispatcher(),
		});
		const caller = createCaller({
			apiUrl,
			key: undefined,
			transport,
			now: () => 0,
		});
		await createModelCatalogueApi(caller).listPublic();
		expect(seen).toEqual([undefined]);
	});
});
