import { writeFile } from "node:fs/promises";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { LedgerLine } from "../../src/ledger/ledger.ts";
import { createAssetApi } from "../../src/runflow/assets.ts";
import { createCaller } from "../../src/runflow/caller.ts";
import { createClient } from "../../src/runflow/client.ts";
import { createTransport } from "../../src/runflow/transport.ts";
import type { Paint } from "../../src/sandbox/pictures.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import {
	lookAtImage,
	type SourceImage,
} from "../../src/uploads/source-image.ts";
import {
	createUploads,
	type Uploads,
	type UploadsOptions,
} from "../../src/uploads/uploads.ts";
import {
	type Sent,
	timeOutSilent,
	type UnderWay,
	watchedAgent,
} from "../cli/watch.ts";
import { FakeClock } from "../fake-clock.ts";
import { start } from "../sandbox/start.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";

export interface UploadWorld {
	readonly sandbox: Sandbox;
	readonly clock: FakeClock;
	readonly notes: string[];
	/** Every request that was sent. */
	readonly sent: Sent[];
	/** What the requests were for, in order. */
	readonly steps: () => readonly string[];
	/** Where images lie; what is remembered lies in `memory`. */
	readonly folder: string;
	readonly memory: string;
	/** As another process would open them, on the same disk. */
	readonly open: (own?: Partial<UploadsOptions>) => Uploads;
	/** A file in the folder, looked at. */
	readonly image: (bytes?: Buffer, name?: string) => Promise<SourceImage>;
	/** The pictures that each painting of the sandbox started from. */
	readonly painted: (readonly Buffer[])[];
}

export const apiKey = "rf_live_0123456789abcdefSECRET";

/** Uploads to a sandbox on loopback, by a clock that waits for nobody. */
export async function uploadWorld({
	faults = [],
	ledger = [],
	timesOutAtOnce,
}: {
	readonly faults?: readonly string[];
	/** Read when it is asked for. */
	readonly ledger?: readonly LedgerLine[];
	/** A request that the sandbox falls silent at times out at once; by default when the program is tired of it. */
	readonly timesOutAtOnce?: boolean;
} = {}): Promise<UploadWorld> {
	const clock = new FakeClock();
	const folder = temporaryFolder();
	const memory = path.join(folder, "state", "uploads");
	const painted: (readonly Buffer[])[] = [];
	const paint: Paint = async ({ seed, inputs = [] }) => {
		painted.push(inputs);
		return tinyJpeg({ shade: seed % 200 });
	};
	const now = () => clock.now();
	const underWay: UnderWay = new Set();
	const onRequest = timesOutAtOnce ? timeOutSilent(underWay) : undefined;
	const sandbox = await start({ faults, paint, now, anyKey: true, onRequest });
	const sent: Sent[] = [];
	const transport = await createTransport({
		userAgent: "flux-ultra/0.0.0",
		env: {},
		dispatcher: watchedAgent(sent, new Set(), underWay),
	});
	onTestFinished(() => transport.close());
	const caller = createCaller({
		apiUrl: sandbox.apiUrl,
		key: apiKey,
		transport,
		now,
	});
	const notes: string[] = [];
	return {
		sandbox,
		clock,
		notes,
		sent,
		steps: () => sent.map(stepOf),
		folder,
		memory,
		painted,
		open: (own) =>
			createUploads({
				assets: createAssetApi(caller),
				client: createClient(caller),
				transport,
				clock,
				random: () => 0,
				ledger: {
					async *lines() {
						yield* ledger;
					},
				},
				folder: memory,
				service: sandbox.apiUrl,
				account: "account-1",
				showPath: (file) => path.relative(folder, file),
				note: (text) => notes.push(text),
				signal: noInterrupt,
				...own,
			}),
		async image(bytes = tinyJpeg(), name = "photo.jpg") {
			const file = path.join(folder, name);
			await writeFile(file, bytes);
			return lookAtImage(file, () => name);
		},
	};
}

function stepOf({ method, url }: Sent): string {
	if (url.pathname === "/v1/asset-uploads") return "announce";
	if (url.pathname.endsWith("/confirmations")) return "confirm";
	if (url.pathname.startsWith("/uploads/")) return "put";
	return `${method} ${url.pathname}`;
}

/** One upload, step by step. */
export const once = ["announce", "put", "confirm"];

const noInterrupt = new AbortController().signal;

/** A service and a storage that take one upload after the other as asset `a`. */
export const taken = {
	assets: {
		announce: async () => ({ assetId: "a", uploadUrl: "https://s.test/" }),
		confirm: async () => ({ id: "a" }),
	},
	transport: {
		putFile: async () => ({ status: 200, headers: {}, text: "" }),
	},
};
