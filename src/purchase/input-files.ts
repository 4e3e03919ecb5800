import type { Failure } from "../errors.ts";
import { service } from "../runflow/service.ts";
import type { JobContext } from "./context.ts";
import type { InputFile } from "./job.ts";
import type { HeldJob } from "./store/journal.ts";

/**
 * Uploads the files that the body of a job still names by their content, and writes their references in: what buys
 * is then on disk to the byte.
 * @throws {Failure} with `charged: "no"`
 */
export async function sendFiles(
	held: HeldJob,
	context: JobContext,
): Promise<void> {
	const { files = [] } = held.job;
	let { body } = held.job;
	if (!files.some((file) => body.includes(placeholder(file)))) return;
	const { emit } = context;
	const uploads = await context.uploads();
	const sent: InputFile[] = [];
	for (const file of files) {
		const onProgress = (sentBytes: number, totalBytes: number) =>
			emit({ type: "uploading", sentBytes, totalBytes });
		const url = await uploads.urlFor(file, onProgress);
		sent.push({ ...file, url });
		body = body.replaceAll(placeholder(file), JSON.stringify(url));
	}
	await held.amend({ body, files: sent });
}

/**
 * Where the service refused an order because it has a file no more: forgets what stood for it, so that it is
 * uploaded anew.
 * @returns whether another try may help
 */
export async function takeBackFiles(
	held: HeldJob,
	failure: Failure,
	context: JobContext,
): Promise<boolean> {
	const { files = [] } = held.job;
	const { gone } = service.assets;
	const isAboutFiles =
		gone.statuses.some((status) => status === failure.httpStatus) &&
		gone.words.test(failure.message);
	if (files.length === 0 || !isAboutFiles) return false;
	const uploads = await context.uploads();
	let { body } = held.job;
	const named: InputFile[] = [];
	for (const { url, ...file } of files) {
		named.push(file);
		if (url === undefined) continue;
		await uploads.forget(file, url);
		body = body.replaceAll(JSON.stringify(url), placeholder(file));
	}
	await held.enter({ name: "planned" }, { body, files: named });
	context.emit({
		type: "note",
		text: `${failure.message}; uploading the image once more`,
	});
	return true;
}

/** The whole of a JSON string: in no other text of the body can it stand by accident. */
function placeholder({ sha256 }: InputFile): string {
	return `"file:${sha256}"`;
}
