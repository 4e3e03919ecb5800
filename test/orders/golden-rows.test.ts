import { expect, test } from "vitest";
import { planRows } from "../../src/orders/plan-rows.ts";
import { readWhole } from "../rows/read-all.ts";
import { batchOrder } from "./batch-order.ts";

/**
 * What version 0.1.0 computed: by these a batch that is repeated finds the images that it bought. A change of one of them
 * makes every user pay again.
 */
test.each(goldenRows())(
	"rows of $name keep the keys and seeds by which they are known",
	async ({ name, content, options, output, wishes }) => {
		const rows = await readWhole(content, {
			name,
			inputsOf: (model) => (model === undefined ? [] : ["width"]),
			...options,
		});
		const order = { ...batchOrder, output, countRows: async () => rows.length };
		async function* all() {
			yield rows;
		}
		const planned: unknown[] = [];
		for await (const image of planRows(all(), order))
			planned.push(
				"reason" in image
					? image.reason
					: `${image.key} ${image.job.seed} ${image.job.output.path}`,
			);
		expect(planned).toEqual(wishes);
	},
);

function goldenRows() {
	return [
		{
			name: "rows.txt",
			content: "a fox\nan owl {x}\n  a fox \r\na fox\n",
			options: {},
			output: "/out/",
			wishes: [
				"9c102b36d0e1fb91d94e5f7b46709032 1321813964 /out/a-fox-1321813964.{ext}",
				"6ddc46463dd66d1e2b507c419cd5dc0b 1787728403 /out/an-owl-x-1787728403.{ext}",
				"cbc5488a4cf5ff2e5ddb1128709879c9 747715216 /out/a-fox-747715216.{ext}",
				"0deb9f623ff5b0b71c981207b37e0fcb 422152340 /out/a-fox-422152340.{ext}",
			],
		},
		{
			name: "rows.csv",
			content:
				'prompt,seed,count,output,name,width,model\n"a ""red"" fox",7,,,one,1024,\nan owl,,2,,{run}é,,\na {b} cat,,,sub/{name}.jpg,"x/y {z}",,\na dog,,,sub/,d,,\na hen,,,,hen,1024,black-forest-labs/flux-2-pro\n',
			options: {},
			output: "/out/{name}-{seed}.{ext}",
			wishes: [
				"49d4a1f9694020db1dd230838ec66192 7 /out/one-7.{ext}",
				"513c1292fb79204dae16c44d3665c818 1786917212 /out/{{run}}é-1786917212.{ext}",
				"7d2b6ebdcd8eae8f580393d67431c0ce 569635979 /out/{{run}}é-569635979.{ext}",
				"5b14f81c89f79238d48d830503f18af8 1698083535 /out/sub/x_y {{z}}.jpg",
				"04d2b93542b2cf39aed09a77b1775c3e 252005200 /out/sub/d-252005200.{ext}",
				"0ff1d9b360bcd2121044ff8b70ae2f15 833581522 /out/hen-833581522.{ext}",
			],
		},
		{
			name: "rows.csv",
			content: "name;colour\nmug;red\ncup;sea blue\n",
			options: { prompt: "a {colour} {name}" },
			output: undefined,
			wishes: [
				"fb3aea0459b1536f5e047002c807010c 1369848677 /home/ann/a-red-mug-1369848677.{ext}",
				"790172146f773fe908d9165ed6a1f9fe 60612912 /home/ann/a-sea-blue-cup-60612912.{ext}",
			],
		},
		{
			name: "long.csv",
			content: `prompt,name\na fox,${"x".repeat(300)}\n`,
			options: {},
			output: "/out/{name}.jpg",
			wishes: [
				`18250194efd314f9b8cb74ed07845b46 1237079130 /out/${"x".repeat(240)}.jpg`,
			],
		},
		{
			name: "rows.jsonl",
			content:
				'{"prompt":"a fox","n":1.0,"tags":["a",2]}\n"an owl"\n{"prompt":"a cat","n":1e3,"o":{"k":"v"},"width":512}\n',
			options: {},
			output: "/out/{index}-{slug}-{seed}.{ext}",
			wishes: [
				"8a2b1527ab9b4b2e47e63ec5a8eafe6e 39150641 /out/1-a-fox-39150641.{ext}",
				"c8a1452e5374a7c6992f835a8112213f 1159649986 /out/2-an-owl-1159649986.{ext}",
				"c9b86712040d8d5e93bc80ace8576bae 1028842191 /out/3-a-cat-1028842191.{ext}",
			],
		},
		{
			name: "named.jsonl",
			content:
				'{"prompt":"a fox","n":1.50,"b":true}\n{"prompt":"a cat","n":9007199254740991,"b":{"k":[1]}}\n',
			options: {},
			output: "/out/{n}-{b}-{run}.{ext}",
			wishes: [
				"dcf00b558cc528751f2578bc9a6e0ce8 1180615005 /out/1.5-true-{run}.{ext}",
				"62582b44d5226b1594271aa099ccadc6 860336548 /out/9007199254740991-{{_k_[1]}}-{run}.{ext}",
			],
		},
	];
}
