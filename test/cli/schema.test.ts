import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { exitCodes } from "../../src/errors.ts";
import { settingNames } from "../../src/settings/settings.ts";
import {
	createWorld,
	type Json,
	type World,
	type WorldOptions,
} from "./world.ts";

async function schemaOf(world: World): Promise<Json> {
	const { code, stdout, stderr, sent } = await world.run(["schema"]);
	expect({ code, stderr, sent }).toEqual({ code: 0, stderr: "", sent: [] });
	return JSON.parse(stdout);
}

/** What is wrong with a record by the schema of its kind. */
function faultsOf(record: Json, { records }: Json): unknown {
	const { status } = record;
	const isLeft = ["submitted", "pending"].includes(status);
	return faultsBy(records[isLeft ? "unfinished" : status], record);
}

/** Names that the schema does not have included. */
function faultsBy(schema: Json, value: Json): unknown {
	const text = JSON.stringify({ additionalProperties: false, ...schema });
	const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text));
	compiled.set(text, validate);
	validate(value);
	return validate.errors;
}

const ajv = new Ajv2020({ strict: true });
const compiled = new Map<string, ValidateFunction>();

it.each<[string, string, WorldOptions, readonly string[]]>([
	["a.", "saved", {}, []],
	["a. -m klein --size 512x512", "saved", {}, []],
	["a. --param num_images=2 -m klein", "saved", {}, []],
	["batch rows.txt -o x/", "saved", {}, []],
	["batch rows.txt -o x/", "skipped", {}, ["batch rows.txt -o x/"]],
	["a.", "failed", { faults: ["run:moderated"] }, []],
	["a.", "failed", { faults: ["post:no-credit"] }, []],
	["a. --no-wait", "submitted", {}, []],
	["a. --timeout 1s", "pending", {}, []],
	["a. -n 2 --dry-run", "planned", {}, []],
	["a. --max-cost 0.01", "error", {}, []],
	["a. --nope", "error", {}, []],
])(
	"records of %j are %s as the schema says",
	async (line, status, options, before) => {
		const world = await createWorld(options);
		const schema = await schemaOf(world);
		world.write("rows.txt", "a fox\n");
		for (const earlier of before) await world.run(earlier.split(" "));
		const { records } = await world.run([...line.split(" "), "--json"]);
		expect(records.map((record) => record.status)).toContain(status);
		expect(records.map((record) => faultsOf(record, schema))).toEqual(
			records.map(() => null),
		);
		const broken = { ...records[0], charged: "perhaps" };
		expect(faultsOf(broken, schema)).not.toBeNull();
	},
);

it("exit codes, error codes, settings and variables are those of the program", async () => {
	const schema = await schemaOf(await createWorld());
	expect(schema.error_codes).toEqual(exitCodes);
	const exits = Object.keys(schema.exit_codes).map(Number);
	for (const exit of [0, 3, ...Object.values(exitCodes)])
		expect(exits).toContain(exit);
	const { code } = schema.records.error.properties.error.properties;
	expect(code.enum).toEqual(Object.keys(exitCodes));
	expect(Object.keys(schema.settings)).toEqual(settingNames);
	const source = resolve(import.meta.dirname, "../../src");
	const texts = readdirSync(source, { recursive: true, encoding: "utf8" })
		.filter((name) => name.endsWith(".ts"))
		.map((name) => readFileSync(join(source, name), "utf8"));
	const read = new Set(texts.join().match(/\bFLUX_ULTRA_[A-Z_]+/g));
	expect([...read].filter((name) => !(name in schema.environment))).toEqual([]);
});

it("commands have their options, with what values these take", async () => {
	const { commands } = await schemaOf(await createWorld());
	const find = (name: string) =>
		commands.find((command: Json) => command.name === name);
	expect(find("spend")).toMatchObject({
		usage: "flux-ultra spend [options]",
		arguments: [],
	});
	expect(find("spend").options).toContainEqual({
		flags: ["--by"],
		value: "day|model|project|month",
		choices: ["day", "model", "project", "month"],
		default: "day",
		heading: "Options",
		description: "what to add up by (default: day)",
	});
	expect(find("").options).toContainEqual({
		flags: ["-i", "--image"],
		value: "path|url",
		repeatable: true,
		heading: "Inputs of the model, where it has them",
		description: expect.any(String),
	});
	expect(find("runs wait").arguments).toEqual([
		{ name: "run", required: true, repeatable: true },
	]);
	expect(find("runs")).toBeUndefined();
});

it("rows of the history are as the schema says", async () => {
	const world = await createWorld();
	const schema = await schemaOf(world);
	await world.run(["a.", "-o", "x.jpg"]);
	await world.run(["b.", "--no-wait"]);
	const { records } = await world.run(["runs", "list", "--json"]);
	expect(records).toHaveLength(2);
	for (const row of records) expect(faultsBy(schema.run, row)).toBeNull();
	expect(faultsBy(schema.run, { ...records[0], seed: "7" })).not.toBeNull();
});

it("other commands print what the schema says", async () => {
	const world = await createWorld();
	const { outputs } = await schemaOf(world);
	await world.run(["a.", "-s", "7", "-o", "x.jpg"]);
	world.write("cut.jpg", "\xff\xd8");
	const lines = [
		"balance",
		"doctor",
		"export x.jpg cut.jpg",
		"export x.jpg x-export.jpg --force",
		"models",
		"models show ultra",
		"models show klein-edit",
		"show x.jpg",
		"show x-export.jpg",
		"show cut.jpg",
		"spend",
		"verify .",
	];
	const printed = new Set<string>();
	for (const line of lines) {
		const { records } = await world.run([...line.split(" "), "--json"]);
		const [name = ""] = Object.keys(outputs)
			.filter((one) => line.startsWith(one))
			.sort((a, b) => b.length - a.length);
		printed.add(name);
		expect(records.length, line).toBeGreaterThan(0);
		for (const record of records)
			expect(faultsBy(outputs[name], record), line).toBeNull();
		const broken = { ...records[0], version: 2 };
		expect(faultsBy(outputs[name], broken)).not.toBeNull();
	}
	expect([...printed].sort()).toEqual(Object.keys(outputs).sort());
});
