import { randomUUID } from "node:crypto";
import { ServiceProblem } from "../runflow/problem.ts";
import { service } from "../runflow/service.ts";
import type { ImageInputName, JobContext } from "./context.ts";
import { inputOf, type Job, withNames } from "./job.ts";
import type { HeldJob, JobChanges } from "./store/journal.ts";

/**
 * Puts the images of an order under the name that the model's live description has, where ours is only a guess. Nothing was
 * sent of it yet.
 */
export async function nameImages(
	held: HeldJob,
	{ imageInputs }: JobContext,
): Promise<void> {
	const own = imagesIn(held.job).names;
	// What may have been sent is sent again to the byte.
	if (own.length === 0 || held.job.stage.name !== "planned") return;
	const described = (await imageInputs?.(held.job.model)) ?? [];
	if (described.some(({ name }) => own.includes(name))) return;
	for (const input of described) {
		const changes = renamed(held.job, input);
		if (changes) return held.amend(changes);
	}
}

/**
 * Where the service refused an order because its image has another name there: the order under that name, which is on disk before
 * it leaves. It is another order, so that it has another reference: no key may meet another body.
 * @returns whether another try may help
 */
export async function renameImages(
	held: HeldJob,
	cause: unknown,
	{ admission, emit }: JobContext,
): Promise<boolean> {
	const { job } = held;
	const missing = cause instanceof ServiceProblem ? cause.missingInputs : [];
	const name = missing.find((one) => service.imageInputs.names.test(one));
	if (name === undefined) return false;
	const changes = renamed(job, { name, isList: /s$/.test(name) });
	if (changes === undefined) return false;
	await held.enter({ name: "planned" }, changes);
	// What was reserved for the order that was refused, which cost nothing.
	admission.settle(job, 0);
	emit({ type: "note", text: `the image is sent again as ${name}` });
	return true;
}

function imagesIn({ body }: Job) {
	const input = inputOf(body);
	const names = Object.keys(input).filter((name) =>
		service.imageInputs.names.test(name),
	);
	return { names, images: names.flatMap((name) => input[name]) };
}

function renamed(
	job: Job,
	{ name, isList }: ImageInputName,
): JobChanges | undefined {
	const { names, images } = imagesIn(job);
	const isFit = isList || images.length === 1;
	if (images.length === 0 || names.includes(name) || !isFit) return undefined;
	const rest = Object.entries(inputOf(job.body)).filter(
		([own]) => !names.includes(own),
	);
	const input = {
		...Object.fromEntries(rest),
		[name]: isList ? images : images[0],
	};
	const ref = randomUUID();
	const clientRef = job.clientRef === job.ref ? ref : job.clientRef;
	const body = JSON.stringify({ ...JSON.parse(job.body), input });
	const order = withNames({ ...job, body }, { ...job, ref, clientRef });
	return { ref, clientRef, body: order.body };
}
