import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { modelRecord } from "../../src/commands/models/record.ts";
import {
	describeFormats,
	describePriceShortly,
	describeSure,
	mostImages,
} from "../../src/models/describe.ts";
import { family } from "../../src/models/family.ts";
import type { Model } from "../../src/models/model.ts";
import { service } from "../../src/runflow/service.ts";

const page = readFileSync(
	new URL("../../docs/models.md", import.meta.url),
	"utf8",
);

test("the page about models has the family and its inputs as the program has them", () => {
	const rows = page
		.split("\n")
		.filter((line) => line.startsWith("| ") && !line.includes("how sure |"));
	expect(rows).toEqual([
		...family.map(rowOf),
		"| input | models |",
		...inputRows(),
	]);
});

test("its record has every name of the program's", () => {
	const [ultra] = family;
	const [, shown = ""] = /^```json\n(.*?)^```$/ms.exec(page) ?? [];
	const names = Object.keys(JSON.parse(shown));
	expect(names).toEqual(ultra && Object.keys(modelRecord(ultra)));
});

test("its links are those that the program shows", () => {
	const { modelDocs, modelText, openApi } = service.links;
	const links = [modelDocs("owner/slug"), modelText("owner/slug"), openApi];
	const shown = links.map((link) => link.replace("/slug", "/<slug>"));
	expect(shown.filter((link) => !page.includes(`\`${link}\``))).toEqual([]);
});

function rowOf(model: Model): string {
	const cells = [
		model.name,
		model.aliases.map((alias) => `\`${alias}\``).join(", "),
		`\`${model.id}\``,
		describePriceShortly(model.price),
		`${model.maxResolution}, ${describeFormats(model.formats)}`,
		String(mostImages(model)),
		describeSure(model.sure),
	];
	return `| ${cells.join(" | ")} |`;
}

function inputRows(): readonly string[] {
	const takers = new Map<string, string[]>();
	for (const { inputs = [], aliases } of family)
		for (const { name } of inputs)
			takers.set(name, [...(takers.get(name) ?? []), aliases[0] ?? ""]);
	return [...takers].map(([name, models]) => {
		const isAll = models.length === family.length;
		return `| \`${name}\` | ${isAll ? "all" : models.join(", ")} |`;
	});
}
