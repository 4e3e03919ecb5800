import { describe, expect, test } from "vitest";
import { parseParams } from "../../src/commands/image/params.ts";

describe("--param", () => {
	test.each([
		["width=1024", { width: 1_024 }],
		["ratio=16:9", { ratio: "16:9" }],
		["safe=false", { safe: false }],
		["mask=null", { mask: null }],
		['size={"width":1}', { size: { width: 1 } }],
		['urls=["a"]', { urls: ["a"] }],
		['text="42"', { text: "42" }],
		["text=", { text: "" }],
		["text=a=b", { text: "a=b" }],
		["text= a ", { text: " a " }],
		[" width =1", { width: 1 }],
		["text=[half", { text: "[half" }],
	])("%s is %j", (param, inputs) => {
		expect(parseParams([param])).toEqual(inputs);
	});

	test("may come several times, in any order", () => {
		expect(parseParams(["b=2", "a=1"])).toEqual({ a: 1, b: 2 });
		expect(parseParams([])).toEqual({});
	});

	test.each([
		[["width"], "--param width is not key=value"],
		[["=1"], "--param =1 is not key=value"],
		[[" =1"], "--param  =1 is not key=value"],
		[["a=1", "a=2"], "--param a is given twice"],
		[["prompt=x"], "--param prompt is not for the prompt"],
		[["seed=1"], "--param seed is not for the seed"],
	])("%j is a mistake", (params, message) => {
		expect(() => parseParams(params)).toThrow(
			expect.objectContaining({ code: "usage", message }),
		);
	});
});
