import type { Failure } from "../../errors.ts";
import { loadSharp, type MakeSharp } from "../../images/load-sharp.ts";
import type { Session } from "../session/session.ts";

/** A page does without: the browser makes the images smaller then, which takes longer. */
export async function sharpForThumbs({
	reporter,
}: Pick<Session, "reporter">): Promise<MakeSharp | undefined> {
	return loadSharp("no thumbnails").catch((failure: Failure) => {
		reporter.note(
			`${failure.message}; the page shows the images themselves, which takes longer`,
		);
		return undefined;
	});
}
