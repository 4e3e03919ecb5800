import path from "node:path";
import type { JobLabel } from "../../events.ts";
import type { InputUploads, JobContext } from "../../purchase/context.ts";
import type { Job } from "../../purchase/job.ts";
import type { Show } from "../../purchase/job-records.ts";
import { listingDelayOf, openFactStore } from "../../purchase/service-facts.ts";
import { imageInputsOf } from "./image-inputs.ts";
import { isOfSandbox } from "./is-of-sandbox.ts";
import type { Session } from "./session.ts";
import { writeToStdout } from "./stdout.ts";

/** What the steps of one job work with; `index` is its place among the images of this command. */
export async function contextFor(
	job: Pick<Job, "prompt" | "seed" | "priceMicros" | "isEstimate" | "model">,
	index: number,
	session: Session,
): Promise<Omit<JobContext, "poller">> {
	const { runtime, settings, reporter, ledger, signal } = session;
	const { client, transport, account } = await session.connection();
	const admission = await session.admission();
	const label: JobLabel = { ...job, index };
	const { likelyEndMs } = session.catalogue.find(job.model);
	return {
		client,
		transport,
		ledger,
		admission,
		halt: (reason) => admission.stop(reason),
		account,
		clock: runtime.clock,
		random: runtime.random,
		signal,
		deadlineMs: runtime.clock.elapsed() + settings.timeoutMs.value,
		uploads: session.uploads,
		runTimes: (await session.histories()).of(job.model, likelyEndMs),
		emit: (event) => reporter.event(label, event),
		incoming: path.join(session.folders.state, "incoming"),
		writeToStdout: (file) =>
			writeToStdout(file, runtime.stdout, session.command("resume")),
		showPath: (file) => showPath(file, runtime.cwd),
		command: session.command,
		imageInputs: (model) => imageInputsOf(model, session),
		listingDelayMs: async () =>
			listingDelayOf(
				await openFactStore(session.folders.state).read(session.service),
			),
		isSandbox: () =>
			isOfSandbox({ service: session.service, account }) || client.isSandbox(),
	};
}

/** Brings files to the service, each content once for all images of the command. */
export async function openUploads(session: Session): Promise<InputUploads> {
	const { runtime, ledger, service, folders, reporter, signal } = session;
	const { client, caller, transport, account } = await session.connection();
	// Most images start from no file.
	const { createUploads } = await import("../../uploads/uploads.ts");
	const { createAssetApi } = await import("../../runflow/assets.ts");
	return createUploads({
		assets: createAssetApi(caller),
		client,
		transport,
		ledger,
		service,
		account,
		folder: path.join(folders.state, "uploads"),
		clock: runtime.clock,
		random: runtime.random,
		showPath: (file) => showPath(file, runtime.cwd),
		note: (text) => reporter.note(text),
		signal,
	});
}

/** A path as a user in this folder would write it: relative where that does not climb out. */
export function showPath(file: string, cwd: string): string {
	const relative = path.relative(cwd, file);
	const isBelow = relative !== "" && !relative.startsWith("..");
	return isBelow && !path.isAbsolute(relative) ? relative : file;
}

/** How a record names a file: as a user in this folder would write it, and absolute. */
export function namesOf(
	file: string,
	cwd: string,
): { readonly file: string; readonly path: string } {
	return { file: showPath(file, cwd), path: path.resolve(cwd, file) };
}

/** How records are told of what no order was sent for. */
export function showOf({
	service,
	runtime,
}: Pick<Session, "service" | "runtime">): Show {
	return {
		isSandbox: () => service === "sandbox",
		showPath: (file) => showPath(file, runtime.cwd),
	};
}
