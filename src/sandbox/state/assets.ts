import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** 50 MiB (vendor documentation) */
export const maxUploadBytes = 52_428_800;

/** Where the bytes of uploads are. */
export interface Assets {
	write(id: string, bytes: Buffer): Promise<void>;
	/** Undefined where nothing was uploaded. */
	read(id: string): Promise<Buffer | undefined>;
}

/** In a folder beside the state file where there is one, so that the next process has them; else in memory. */
export function createAssets(statePath: string | undefined): Assets {
	if (statePath === undefined) {
		const held = new Map<string, Buffer>();
		return {
			write: async (id, bytes) => {
				held.set(id, bytes);
			},
			read: async (id) => held.get(id),
		};
	}
	const folder = `${statePath}.assets`;
	return {
		async write(id, bytes) {
			await mkdir(folder, { recursive: true, mode: 0o700 });
			const path = join(folder, id);
			await writeFile(`${path}.part`, bytes, { mode: 0o600 });
			await rename(`${path}.part`, path);
		},
		read: (id) => readFile(join(folder, id)).catch(() => undefined),
	};
}
