import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	writeFileSync,
} from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import {
	type CatalogueStore,
	openCatalogueStore,
} from "../../src/models/catalogue-store.ts";
import { family } from "../../src/models/family.ts";
import { FakeClock } from "../fake-clock.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const service = "https://api.runflow.io";
const day = 24 * 3_600_000;
const [ultra, edit, pro] = family.map((model) => ({ ...model }));
if (!ultra || !edit || !pro) throw new Error("the table has changed");

function open(): {
	readonly store: CatalogueStore;
	readonly clock: FakeClock;
	readonly folder: string;
} {
	const clock = new FakeClock();
	const folder = path.join(temporaryFolder(), "state", "catalogue");
	const store = openCatalogueStore(folder, () => clock.now());
	return { store, clock, folder };
}

async function ids(store: CatalogueStore): Promise<readonly string[]> {
	return (await store.load(service))?.map(({ id }) => id) ?? [];
}

test("what was saved is loaded as it was", async () => {
	const { store, clock } = open();
	await store.save(service, [ultra, pro]);
	clock.advance(3_600_000);
	expect(await store.load(service)).toEqual([ultra, pro]);
});

test("it is kept for a day and no longer", async () => {
	const { store, clock } = open();
	await store.save(service, [ultra]);
	clock.advance(day - 1);
	expect(await ids(store)).toEqual([ultra.id]);
	clock.advance(1);
	expect(await store.load(service)).toBeUndefined();
});

test("what was read by a clock that was ahead counts for nothing", async () => {
	const { store, clock } = open();
	await store.save(service, [ultra]);
	clock.advance(-1);
	expect(await store.load(service)).toBeUndefined();
});

test("nothing is there before something was saved, and looking makes no folder", async () => {
	const { store, folder } = open();
	expect(await store.load(service)).toBeUndefined();
	expect(existsSync(folder)).toBe(false);
});

test("each service has its own", async () => {
	const { store } = open();
	await store.save(service, [ultra]);
	await store.save("sandbox", [pro]);
	expect(await ids(store)).toEqual([ultra.id]);
	expect(await store.load("sandbox")).toEqual([pro]);
	expect(await store.load("https://api.runflow.example")).toBeUndefined();
});

test("a whole catalogue takes the place of all that was kept", async () => {
	const { store } = open();
	await store.save(service, [ultra, edit]);
	await store.save(service, [pro]);
	expect(await ids(store)).toEqual([pro.id]);
});

test("one model takes its own place, and each is kept for its own day", async () => {
	const { store, clock } = open();
	await store.save(service, [ultra, edit]);
	clock.advance(day / 2);
	await store.add(service, [{ ...edit, name: "newer" }, pro]);
	expect(await ids(store)).toEqual([ultra.id, edit.id, pro.id]);
	clock.advance(day / 2);
	expect(await store.load(service)).toEqual([{ ...edit, name: "newer" }, pro]);
});

test("nobody else can read it, and no draft stays", async () => {
	const { store, folder } = open();
	await store.save(service, [ultra]);
	await store.save(service, [pro]);
	const names = readdirSync(folder);
	expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{16}\.json$/)]);
	const modes = [folder, path.join(folder, names[0] ?? "")].map(
		(name) => statSync(name).mode & 0o777,
	);
	if (process.platform !== "win32") expect(modes).toEqual([0o700, 0o600]);
});

test.each<[string, (text: string) => string]>([
	["empty", () => ""],
	["cut", (text) => text.slice(0, -20)],
	["no object", () => "null"],
	["of another version", (text) => text.replace('"version":3', '"version":2')],
	["of another service", (text) => text.replace("api.runflow.io", "x.io")],
	["without entries", (text) => text.replace('"entries"', '"others"')],
	["with another price", (text) => text.replace("60000", "6000")],
	["with another kind of id", (text) => text.replace(/"id":"[^"]+"/, '"id":7')],
])("a file that is %s counts as none", async (_how, spoil) => {
	const { store, folder } = open();
	await store.save(service, [ultra, edit]);
	const file = path.join(folder, readdirSync(folder)[0] ?? "");
	const text = readFileSync(file, "utf8");
	writeFileSync(file, spoil(text));
	expect(readFileSync(file, "utf8")).not.toBe(text);
	expect(await store.load(service)).toBeUndefined();
	await store.add(service, [pro]);
	expect(await ids(store)).toEqual([pro.id]);
});

test("what cannot be kept is said, and leaves nothing behind", async () => {
	const { store, folder } = open();
	mkdirSync(path.dirname(folder));
	writeFileSync(folder, "");
	await expect(store.save(service, [ultra])).rejects.toThrow();
	expect(readdirSync(path.dirname(folder))).toEqual(["catalogue"]);
	expect(await store.load(service)).toBeUndefined();
});
