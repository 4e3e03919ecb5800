import { createHash } from "node:crypto";
import { render } from "../../copies/render.ts";
import type { Dimensions } from "../../images/bytes.ts";
import type { MakeSharp } from "../../images/load-sharp.ts";
import { writeWhole } from "../../system/write-whole.ts";
import type { Plan } from "./plan.ts";
import type { ExportSpec } from "./spec.ts";

export interface Copied extends Dimensions {
	readonly bytes: number;
	readonly sha256: string;
}

/** @throws {Failure} `bad_image`, `disk`; the signal's reason */
export async function makeCopy(
	plan: Plan,
	{
		spec,
		sharp,
		signal,
	}: {
		readonly spec: ExportSpec;
		readonly sharp: MakeSharp;
		readonly signal: AbortSignal;
	},
): Promise<Copied> {
	signal.throwIfAborted();
	const { fit, target } = plan;
	const image = await render(plan, spec, sharp);
	signal.throwIfAborted();
	await writeWhole(target, image, spec.force ? undefined : true);
	const sha256 = createHash("sha256").update(image).digest("hex");
	return { ...fit.size, bytes: image.length, sha256 };
}
