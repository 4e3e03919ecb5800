import type { ImageRecord } from "../record.ts";
import { escaped } from "../system/escape.ts";
import type { Narrator, NarratorOptions } from "./narrator.ts";
import type { Style } from "./style.ts";

/** What is said in the same words whatever the command is at. */
export function createSpeech({
	progress,
	style,
	quiet,
	verbose,
}: NarratorOptions): Pick<
	Narrator,
	"note" | "detail" | "failed" | "headline" | "complaint"
> {
	return {
		note(text) {
			if (!quiet) progress.print(`${style.yellow("note:")} ${escaped(text)}`);
		},
		headline(text) {
			if (!quiet) progress.print(escaped(text));
		},
		complaint: (text) => progress.print(escaped(text)),
		detail(text) {
			if (verbose) progress.print(style.dim(escaped(text)));
		},
		failed(failure) {
			progress.stop();
			progress.print(`${style.red("error:")} ${escaped(failure.message)}`);
			if (failure.hint)
				progress.print(`  ${escaped(failure.hint, { keepNewlines: true })}`);
			const stack =
				failure.cause instanceof Error ? failure.cause.stack : failure.stack;
			if (stack && (verbose || failure.code === "internal"))
				progress.print(escaped(stack, { keepNewlines: true }));
		},
	};
}

/** Why an image is not there, and the next step: a line or two, the second one indented. */
export function describeTrouble(
	record: Extract<ImageRecord, { status: "failed" | "pending" | "submitted" }>,
	style: Style,
): readonly string[] {
	const { error } = record;
	if (error === undefined) return [];
	const mark = style.red(record.status === "failed" ? "error:" : "not yet:");
	const request = error.request_id
		? ` (request ${escaped(error.request_id)})`
		: "";
	return [
		`${mark} ${escaped(error.message)}${request}`,
		...(error.hint ? [`  ${escaped(error.hint)}`] : []),
	];
}
