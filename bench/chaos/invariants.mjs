import { readFileSync } from "node:fs";
import path from "node:path";
import { sha256 } from "./account.mjs";

/**
 * What must be true when everything has come to rest, whatever happened before.
 * @returns what is not, in words
 */
export async function brokenInvariants(machine, { dayLimitMicros } = {}) {
	const { asked } = machine.command;
	const broken = [...machine.wrong];
	const billed = machine.service.account.billed();
	const bought = billed.reduce((sum, { images }) => sum + images, 0);
	if (bought > asked)
		broken.push(`bought ${bought} images, asked for ${asked}`);
	if (bought < asked && dayLimitMicros === undefined)
		broken.push(`bought ${bought} images of ${asked}`);
	const { missing, strange } = await lookForImages(machine);
	for (const file of strange) broken.push(`${file} is no image of the account`);
	for (const id of missing)
		broken.push(`an image of run ${id} is out of reach`);
	return [
		...broken,
		...brokenBooks(billed, machine),
		...(dayLimitMicros === undefined
			? []
			: brokenDay(dayLimitMicros, asked - bought, billed, machine)),
		...leftBehind(machine),
	];
}

/** The ledger and the account agree. */
function brokenBooks(billed, machine) {
	const broken = [];
	const saved = new Map();
	for (const { record } of machine.ledger())
		if (record.status === "saved")
			saved.set(`${record.client_ref}#${record.output ?? 1}`, record);
	const booked = Math.round(
		[...saved.values()].reduce((sum, one) => sum + one.paid_usd * 1e6, 0),
	);
	const bills = sumOf(billed);
	if (booked !== bills)
		broken.push(`the ledger has $${booked / 1e6}, the account $${bills / 1e6}`);
	const runs = new Set([...saved.values()].map(({ run_id }) => run_id));
	for (const { id } of billed)
		if (!runs.has(id)) broken.push(`run ${id} is not in the ledger`);
	return broken;
}

/** A limit of the day is not passed, and what fits into it is bought. */
function brokenDay(limit, missing, billed, { command, service }) {
	const { billRatio } = service.account.faults;
	const bills = sumOf(billed);
	// Of the first run nobody knew yet how far bills are from prices.
	const unforeseen =
		Math.max(0, ...billed.map(({ billMicros }) => billMicros)) *
		(1 - 1 / billRatio);
	if (bills > limit + unforeseen + 1)
		return [`the day's limit of $${limit / 1e6} is passed: $${bills / 1e6}`];
	const nextBill = command.priceMicros * (billed.length > 0 ? billRatio : 1);
	if (missing > 0 && bills + nextBill <= limit)
		return [
			`${missing} images are missing, and one more fits the day's limit of $${limit / 1e6}: $${bills / 1e6} spent`,
		];
	return [];
}

function leftBehind(machine) {
	return ["jobs", "targets", "incoming", "rows"].flatMap((folder) => {
		// What a process was killed over while it made it has a hidden name, and is swept up later.
		const left = machine
			.left(folder)
			.filter((file) => !file.slice(machine.state.length).includes("/."));
		return left.length > 0
			? [`${left.length} left in ${folder}: ${path.basename(left[0])}`]
			: [];
	});
}

/** @returns how many images of the account are on disk or went to stdout, the runs of those that are not, and the files that are none */
export async function lookForImages({ service, command, ...machine }) {
	const pictures = await service.account.pictures();
	const found = new Set();
	const strange = [];
	for (const file of machine.files()) {
		const name = path.basename(file);
		// A kill between its making and its taking away leaves the empty file that tried a folder.
		const isProbe = name.startsWith(".flux-ultra-probe-");
		if (isProbe || name === command.input) continue;
		const sum = sha256(readFileSync(file));
		if (pictures.has(sum)) found.add(sum);
		else strange.push(path.relative(machine.cwd, file));
	}
	for (const sum of machine.streamed)
		if (pictures.has(sum)) found.add(sum);
		else strange.push("what went to stdout");
	const missing = [...pictures].flatMap(([sum, { run }]) =>
		found.has(sum) ? [] : [run.id],
	);
	return { home: found.size, missing, strange };
}

function sumOf(billed) {
	return billed.reduce((sum, { billMicros }) => sum + billMicros, 0);
}
