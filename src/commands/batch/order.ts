import { Failure } from "../../errors.ts";
import type { BatchOrder } from "../../orders/plan-rows.ts";
import { choiceAsText, choiceIn } from "../../rows/combinations.ts";
import { combineRows } from "../../rows/combine-rows.ts";
import { readRows } from "../../rows/read-rows.ts";
import type { CsvStyle, RowFormat, RowOptions, Rows } from "../../rows/row.ts";
import type { Snapshot } from "../../rows/snapshot.ts";
import type { Runtime } from "../../runtime.ts";
import { parseCount, readOption } from "../../settings/parse.ts";
import type { EachFlags } from "../image/each.ts";
import type { InputFlags } from "../image/input-flags.ts";
import type { ImageFlags } from "../image/inputs.ts";
import { readAssumedPrice } from "../image/order.ts";
import { parseParams } from "../image/params.ts";
import { once } from "../once.ts";
import { retypeIn, withSandbox } from "../retype.ts";
import { chooseModel } from "../session/choose-model.ts";
import type { ListenFlags } from "../session/listening.ts";
import type { Session, SessionOptions } from "../session/session.ts";
import { readEach } from "./each.ts";
import { RowInputs } from "./inputs.ts";

export interface BatchOptions
	extends SessionOptions,
		Omit<InputFlags, "format">,
		ImageFlags,
		EachFlags,
		ListenFlags {
	readonly format?: string;
	readonly null?: boolean;
	readonly prompt?: string;
	readonly allowAbsolute?: boolean;
	readonly assumePrice?: string;
	readonly update?: boolean;
	readonly force?: boolean;
	readonly yes?: boolean;
	readonly limit?: string;
	readonly skipBad?: boolean;
	readonly maxFailures?: string;
	readonly shard?: string;
	readonly report?: string;
}

/** How many images may fail before a batch stops; Infinity where nobody set a limit. */
export type FailureLimit = (images: number) => number;

/**
 * `--max-failures 10` or `5%` of all images.
 * @throws {Failure} `usage`
 */
export function parseFailureLimit(text: string | undefined): FailureLimit {
	if (text === undefined) return () => Number.POSITIVE_INFINITY;
	const [, number, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
	if (number === undefined || (percent === "" && number.includes(".")))
		throw new Failure("usage", `--max-failures ${text} is not a number`, {
			hint: "for one: --max-failures 10, or --max-failures 5%",
		});
	return (images) =>
		percent === "%" ? (images * Number(number)) / 100 : Number(number);
}

async function* first(rows: Rows, most: number): Rows {
	let left = most;
	for await (const batch of rows) {
		yield batch.slice(0, left);
		left -= batch.length;
		if (left <= 0) return;
	}
}

const mostRows = 1_000_000_000;

/** `--limit`; Infinity where nobody set one. @throws {Failure} `usage` */
export function readLimit({ limit }: Pick<BatchOptions, "limit">): number {
	if (limit === undefined) return Number.POSITIVE_INFINITY;
	return readOption("--limit", () => parseCount(limit, { max: mostRows }));
}

/** @throws {Failure} `usage` */
function rowReader(
	rows: Snapshot,
	options: BatchOptions & Pick<RowOptions, "onCsv">,
	inputs: RowInputs,
	user: Runtime,
): Order["rows"] {
	const each = readEach(options, user.cwd);
	const rowOptions: RowOptions = {
		format: formatOf(options.format),
		nulSeparated: options.null === true,
		prompt: options.prompt,
		hasChoices: each !== undefined,
		onCsv: options.onCsv,
		user,
		inputsOf: (named) => inputs.namesFor(named),
	};
	return () => {
		const read = readRows(rows, rowOptions);
		return each ? combineRows(read, each) : read;
	};
}

async function countRows(rows: Rows): Promise<number> {
	let count = 0;
	for await (const batch of rows) count += batch.length;
	return count;
}

export interface Order extends BatchOrder {
	/** The same ones each time it is called. */
	readonly rows: () => Rows;
	readonly inputs: RowInputs;
	/** `owner/slug` of the model of rows that name none. */
	readonly defaultModel: string;
	readonly columns: Set<string>;
	/** Of a table, once rows were read. */
	csvStyle?: CsvStyle;
}

/**
 * What holds for every row.
 * @throws {Failure} `usage`, `config`
 */
export async function orderOf(
	rows: Snapshot,
	options: BatchOptions,
	callbackUrl: string | undefined,
	session: Session,
): Promise<Order> {
	const { settings, service, runtime } = session;
	const model = await chooseModel(options.dryRun === true, session);
	// The format that rows are in is not that of images.
	const { format: _, ...flags } = options;
	const inputs = new RowInputs(flags, model.id, session);
	const columns = new Set<string>();
	// Said once, and not for each row.
	parseParams(options.param ?? []);
	const limit = readLimit(options);
	const onCsv = (style: CsvStyle) => {
		order.csvStyle = style;
	};
	const readAll = rowReader(rows, { ...options, onCsv }, inputs, runtime);
	let mayHoldChoices = options.each !== true;
	const order: Order = {
		rows: () => first(readAll(), limit),
		service,
		inputs,
		defaultModel: model.id,
		columns,
		read(row) {
			for (const name in row.columns) columns.add(name);
			const choice = mayHoldChoices ? choiceIn(row.prompt) : undefined;
			if (choice) {
				mayHoldChoices = false;
				session.reporter.note(`line ${row.line}: ${choiceAsText(choice)}`);
			}
			return inputs.read(row);
		},
		assumedMicros: readAssumedPrice(options),
		output: settings.output.value,
		allowsAbsolute: options.allowAbsolute === true,
		force: options.force === true || options.update === true,
		sidecar: settings.sidecar.value,
		callbackUrl,
		project: settings.project.value,
		command: retypeIn(runtime.cwd, withSandbox(runtime.argv, service)),
		cwd: runtime.cwd,
		nowMs: session.startedAtMs,
		// All of them, so that --limit changes no name.
		countRows: once(() => countRows(readAll())),
	};
	return order;
}

function formatOf(text: string | undefined): RowFormat | undefined {
	if (
		text === undefined ||
		text === "text" ||
		text === "jsonl" ||
		text === "csv"
	)
		return text;
	throw new Failure("usage", `--format ${text} is not known`, {
		hint: `rows are text, jsonl or csv; the format of images: --param output_format=${text}`,
	});
}
