import { createHash } from "node:crypto";
import { render } from "../../copies/render.ts";
import type { Dimensions } from "../../images/bytes.ts";
import type { MakeSharp } from "../../images/load-sharp.ts";
import { writeWhole } from "../../system/write-whole.ts";
import type { Plan } from "./plan.ts";
import type { Wish } from "./wish.ts";

/** What is true of a copy. */
export interface Copied extends Dimensions {
	readonly bytes: number;
	readonly sha256: string;
}

/** @throws {Failure} `bad_image`, `disk`; the signal's reason */
export async function makeCopy(
	plan: Plan,
	{
		wish,
		sharp,
		signal,
	}: {
		readonly wish: Wish;
		readonly sharp: MakeSharp;
		readonly signal: AbortSignal;
	},
): Promise<Copied> {
	signal.throwIfAborted();
	const { fit, target } = plan;
	const image = await render(plan, wish, sharp);
	signal.throwIfAborted();
	await writeWhole(target, image, wish.force ? undefined : true);
	const sha256 = createHash("sha256").update(image).digest("hex");
	return { ...fit.size, bytes: image.length, sha256 };
}
