import { readFileSync } from "node:fs";
import path from "node:path";
import { sha256 } from "./service.mjs";

/**
 * What must be true when everything has come to rest, whatever happened before.
 * @param asked how many images were asked for
 * @returns what is not, in words
 */
export async function brokenInvariants(
	machine,
	service,
	{ asked, inputs = [], dayLimitMicros, mayLack = false },
) {
	const broken = machine.hangs().map((argv) => `hangs: ${argv}`);
	const billed = service.billed();
	const bought = billed.reduce((sum, { images }) => sum + images, 0);
	if (bought > asked)
		broken.push(`bought ${bought} images, asked for ${asked}`);
	if (bought < asked && !mayLack)
		broken.push(`bought ${bought} images of ${asked}`);

	const { missing, strange } = await lookForImages(machine, service, inputs);
	for (const file of strange) broken.push(`${file} is no image of the account`);
	for (const id of missing)
		broken.push(`an image of run ${id} is out of reach`);

	const saved = new Map();
	for (const { record } of machine.ledger())
		if (record.status === "saved")
			saved.set(`${record.client_ref}#${record.output ?? 1}`, record);
	const booked = Math.round(
		[...saved.values()].reduce(
			(sum, one) => sum + (one.paid_usd ?? one.cost_usd) * 1e6,
			0,
		),
	);
	const bills = billed.reduce((sum, { billMicros }) => sum + billMicros, 0);
	if (booked !== bills)
		broken.push(`the ledger has $${booked / 1e6}, the account $${bills / 1e6}`);
	const runs = new Set([...saved.values()].map(({ run_id }) => run_id));
	for (const { id } of billed)
		if (!runs.has(id)) broken.push(`run ${id} is not in the ledger`);

	if (dayLimitMicros !== undefined) {
		// Of the first runs nobody knew yet how far bills are from prices.
		const unforeseen =
			Math.max(0, ...billed.map(({ billMicros }) => billMicros)) *
			(1 - 1 / service.account.faults.billRatio);
		if (bills > dayLimitMicros + unforeseen + 1)
			broken.push(
				`the day's limit of $${dayLimitMicros / 1e6} is passed: $${bills / 1e6}`,
			);
	}
	for (const folder of ["jobs", "targets", "incoming", "rows"]) {
		// What a process was killed over while it made it has a hidden name, and is swept up later.
		const left = machine
			.left(folder)
			.filter((file) => !file.slice(machine.state.length).includes("/."));
		if (left.length > 0)
			broken.push(
				`${left.length} left in ${folder}: ${path.basename(left[0])}`,
			);
	}
	return broken;
}

/** @returns how many images of the account are on disk, the runs of those that are not, and the files that are none */
export async function lookForImages(machine, service, inputs) {
	const pictures = await service.pictures();
	const found = new Set();
	const strange = [];
	for (const file of machine.files()) {
		const name = path.basename(file);
		// A kill between its making and its taking away leaves the empty file that tried a folder.
		if (inputs.includes(name) || name.startsWith(".flux-ultra-probe-"))
			continue;
		const sum = sha256(readFileSync(file));
		if (pictures.has(sum)) found.add(sum);
		else strange.push(path.relative(machine.cwd, file));
	}
	const missing = [...pictures].flatMap(([sum, { id }]) =>
		found.has(sum) ? [] : [id],
	);
	return { home: found.size, missing, strange };
}
