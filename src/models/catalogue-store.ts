import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { service as assumed } from "../runflow/service.ts";
import { writeFileAtomic } from "../system/atomic-file.ts";
import { makePrivateFolder } from "../system/folder.ts";
import { type Catalogue, createCatalogue } from "./catalogue.ts";
import type { Model } from "./model.ts";

/** Our table of models, with what the live catalogue of a service said of late. @param now milliseconds since 1970 */
export async function readCatalogue(
	stateFolder: string,
	service: string,
	now: () => number,
): Promise<Catalogue> {
	const store = openCatalogueStore(path.join(stateFolder, "catalogue"), now);
	return createCatalogue(await store.load(service));
}

export type CatalogueStore = ReturnType<typeof openCatalogueStore>;

/**
 * What the live catalogue of a service said, kept for a day: one small file a service.
 * @param folder made where it is missing, for the user alone
 * @param now milliseconds since 1970
 */
export function openCatalogueStore(folder: string, now: () => number) {
	async function keep(service: string, entries: readonly Entry[]) {
		await makePrivateFolder(folder);
		const sha256 = digestOf(entries);
		const content: Content = { version, service, sha256, entries };
		// A power cut may take it: it is only read again.
		await writeFileAtomic(fileOf(folder, service), JSON.stringify(content), {
			isDurable: false,
		});
	}
	async function entriesOf(service: string): Promise<readonly Entry[]> {
		const entries = await read(fileOf(folder, service), service);
		return entries.filter(({ readAtMs }) => isFresh(readAtMs, now()));
	}
	const entry = (model: Model): Entry => ({ readAtMs: now(), model });

	return {
		/** Undefined where nothing is kept that is young enough, or nothing that can be read. Never throws. */
		async load(service: string): Promise<readonly Model[] | undefined> {
			const entries = await entriesOf(service);
			if (entries.length === 0) return undefined;
			return entries.map(({ model }) => model);
		},
		/** The whole catalogue: takes the place of all that was kept. */
		save: (service: string, models: readonly Model[]) =>
			keep(service, models.map(entry)),
		/** Some of its models; the others stay, each for its own day. */
		async add(service: string, models: readonly Model[]) {
			const ids = new Set(models.map(({ id }) => id));
			const others = (await entriesOf(service)).filter(
				({ model }) => !ids.has(model.id),
			);
			await keep(service, [...others, ...models.map(entry)]);
		},
	};
}

/** Of the file and of what is in it: another one is of a program that sees models otherwise. */
const version = 3;

interface Entry {
	readonly readAtMs: number;
	readonly model: Model;
}

interface Content {
	readonly version: number;
	readonly service: string;
	/** Of the entries. */
	readonly sha256: string;
	readonly entries: readonly Entry[];
}

/** A service is an address, which is no file name. */
function fileOf(folder: string, service: string): string {
	const name = createHash("sha256").update(service).digest("hex").slice(0, 16);
	return path.join(folder, `${name}.json`);
}

/** A day that lies ahead is one of a clock that was wrong. */
function isFresh(readAtMs: number, nowMs: number): boolean {
	return readAtMs <= nowMs && nowMs - readAtMs < assumed.catalogue.lifeMs;
}

/** Nothing of a file that is missing, broken or altered: our table and the service say it again. */
async function read(file: string, service: string): Promise<readonly Entry[]> {
	try {
		const content: Content = JSON.parse(await fs.readFile(file, "utf8"));
		const { entries, sha256 } = content;
		const isOurs = content.version === version && content.service === service;
		return isOurs && sha256 === digestOf(entries) ? entries : [];
	} catch {
		return [];
	}
}

/** What is written on disk may be altered there, and limits on money are reckoned with it. */
function digestOf(entries: readonly Entry[]): string {
	return createHash("sha256").update(JSON.stringify(entries)).digest("hex");
}
