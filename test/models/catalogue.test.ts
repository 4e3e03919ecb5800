import { expect, test } from "vitest";
import { findModel } from "./find-model.ts";

test.each([
	[
		"black-forest-labs/flux-1-1-pro-ultra",
		"black-forest-labs/flux-1-1-pro-ultra",
	],
	["flux-1-1-pro-ultra", "black-forest-labs/flux-1-1-pro-ultra"],
	["ultra", "black-forest-labs/flux-1-1-pro-ultra"],
	[" Ultra ", "black-forest-labs/flux-1-1-pro-ultra"],
	["pro", "black-forest-labs/flux-1-1-pro"],
	["lightning", "bytedance/sd-xl-lightning"],
	["gpt-image-2", "openai/gpt-image-2"],
	["klein", "black-forest-labs/flux-2-klein-9b"],
])("%j is %s", (name, id) => {
	expect(findModel(name).id).toBe(id);
});

test("Ultra costs six cents and delivers JPEG", () => {
	expect(findModel("ultra")).toMatchObject({
		price: { per: "image", micros: 60_000 },
		formats: ["jpeg"],
	});
});

test.each(["someone/new-model", "bytedance/seedance/2.0/fast"])(
	"%s, which we have never heard of, has no price and may deliver anything",
	(id) => {
		expect(findModel(id)).toMatchObject({
			id,
			price: { per: "unknown" },
			inputs: undefined,
			formats: ["jpeg", "png", "webp"],
		});
	},
);

test.each([
	"ultre",
	"",
	"/slug",
	"owner/",
	"owner//slug",
	"../x",
	"owner/slug?x=1",
])("%j is no model, and the known ones are named", (name) => {
	expect(() => findModel(name)).toThrow(
		expect.objectContaining({
			code: "usage",
			message: `unknown model "${name}"`,
			hint: expect.stringMatching(
				/^(known: ultra, .*; any other as owner\/slug|did you mean ultra\?.*)$/,
			),
		}),
	);
});
