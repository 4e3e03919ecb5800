import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { sha256 } from "./account.mjs";
import { lookForImages } from "./invariants.mjs";

const done = ["saved", "skipped", "submitted"];

/**
 * Holds what a process told (exit code, records, report, stdout) against the account and the disk, at the moment it ended.
 * @returns what is not true, in words
 */
export async function untrueWords(outcome, machine) {
	const { argv, code, records } = outcome;
	const untrue = passedLimit(outcome, machine);
	if (code === null || argv[0] === "config") return untrue;
	const pictures = await machine.service.account.pictures();
	const isResume = argv[0] === "resume";
	if (records === undefined) {
		if (code === 0 && !isResume && !argv.includes("--no-wait")) {
			const { home } = await lookForImages(machine);
			if (home < machine.command.asked) untrue.push(`${home} images are home`);
		}
		return untrue;
	}
	for (const record of records)
		for (const why of untrueIn(record, pictures, outcome, machine))
			untrue.push(`${why}: ${JSON.stringify(record)}`);
	if (!isResume)
		untrue.push(
			...untrueNumbers(outcome, machine),
			...untrueReport(outcome, machine),
		);
	return untrue;
}

function untrueIn(record, pictures, outcome, machine) {
	const untrue = [];
	const { status, file, run_id: id, charged } = record;
	const { runs } = machine.service.account;
	if (id && !runs.has(id)) untrue.push("no such run");
	if (id && record.client_ref !== runs.get(id)?.ref)
		untrue.push("the run has another reference");
	const isFile = status === "saved" || status === "skipped";
	if (isFile) {
		const bytes = readIfThere(path.resolve(machine.cwd, file));
		const picture = bytes && pictures.get(sha256(bytes));
		if (bytes === undefined) untrue.push("no such file");
		else if (picture?.run.id !== id || picture.at !== (record.output ?? 1))
			untrue.push("the file is not the image of that run");
		else if (record.sha256 !== sha256(bytes) || record.bytes !== bytes.length)
			untrue.push("the file has other bytes");
		const { billMicros, images } = runs.get(id) ?? {};
		if (!(Math.abs(record.paid_usd * 1e6 - billMicros / images) <= images))
			untrue.push("it was billed otherwise");
		if (record.cost_usd !== (charged === "yes" ? record.paid_usd : 0))
			untrue.push("its cost is not what this command paid");
	}
	const mine = ordersOf(outcome, machine).filter(
		({ ref }) => ref === record.client_ref,
	);
	if (charged === "yes" && mine.length === 0)
		untrue.push("this command did not buy it");
	if (charged === "no" && outcome.isAlone && mine.some(({ fails }) => !fails))
		untrue.push("this command bought it");
	return untrue;
}

/** Runs that came by a connection of the process's time: its own, where it was alone. */
function ordersOf({ connections: [before, last] }, { service }) {
	return [...service.account.runs.values()].filter(
		({ connection }) => connection > before && connection <= last,
	);
}

function untrueNumbers({ code, records, stderr }, { command: { asked } }) {
	const hasEndedEarly = records.length === 1 && records[0].status === "error";
	const isInterrupted = code === 130 || code === 143;
	const isAll = records.every(({ status }) => done.includes(status));
	const untrue = [];
	if (!hasEndedEarly && records.length !== asked && !isInterrupted)
		untrue.push(`${records.length} records of ${asked} images`);
	// All images are there, and the disk did not take what tells of them.
	const isUntold =
		code === 9 && /^error: .*\.csv cannot be written/m.test(stderr);
	if (!isInterrupted && !isUntold && isAll !== (code === 0))
		untrue.push(
			`records say ${records.map(({ status }) => status).join(", ")}`,
		);
	return untrue;
}

/** A report has what the records have; where the disk failed, or nothing was told yet, it need not be there. */
function untrueReport({ argv, env, code, records }) {
	const file = argv[argv.indexOf("--report") + 1];
	const hasNone = records.every(({ status }) => status === "error");
	if (!argv.includes("--report") || hasNone) return [];
	if (env.CHAOS_FAIL && code !== 0) return [];
	if (!existsSync(file)) return ["there is no report"];
	const columns = ["line", "index", "status", "file", "run_id", "charged"];
	const cells = (one) => columns.map((name) => one[name] ?? "").join();
	const rows = parse(readFileSync(file), { columns: true }).map(cells);
	const told = new Set(rows);
	const lacks = records.filter((record) => !told.has(cells(record)));
	if (lacks.length === 0 && rows.length === records.length) return [];
	return [`the report says otherwise: ${JSON.stringify(rows)}`];
}

/** `--max-cost` holds for all that a command bought, but for what one bill was above its price when none was known. */
function passedLimit(outcome, machine) {
	const { argv, records = [], isAlone, knowsBills } = outcome;
	if (!argv.includes("--max-cost")) return [];
	const limit = Number(argv[argv.indexOf("--max-cost") + 1]) * 1e6;
	const charged = new Set(
		records.flatMap((one) => (one.charged === "yes" ? [one.run_id] : [])),
	);
	const bills = ordersOf(outcome, machine)
		.filter(({ fails, id }) => !fails && (isAlone || charged.has(id)))
		.map(({ billMicros }) => billMicros);
	const spent = bills.reduce((sum, bill) => sum + bill, 0);
	const { billRatio } = machine.service.account.faults;
	const unforeseen = knowsBills
		? 0
		: Math.max(0, ...bills) * (1 - 1 / billRatio);
	return spent > limit + unforeseen + 1
		? [`spent $${spent / 1e6}, the limit is $${limit / 1e6}`]
		: [];
}

function readIfThere(file) {
	try {
		return readFileSync(file);
	} catch {
		return undefined;
	}
}
