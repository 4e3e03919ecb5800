import { type Decision, mayBuy } from "../../purchase/decide.ts";
import { estimateMicros } from "../../purchase/limits/budget.ts";
import { counted } from "../../system/plural.ts";
import { type Purchase, sayFit } from "../session/approval.ts";
import type { ImageOptions } from "./order.ts";

/** What a command is about to buy. @param imagesOfRun how many each run makes */
export function purchaseOf(
	decisions: readonly Decision[],
	imagesOfRun: number,
	options: ImageOptions,
): Purchase & { readonly howManyFit: (micros: number) => string } {
	const toBuy = decisions.filter(mayBuy).map(({ job }) => job);
	const images = toBuy.length * imagesOfRun;
	const option =
		toBuy.length === decisions.length ? optionOfNumber(options) : undefined;
	return {
		images,
		micros: estimateMicros(toBuy),
		isEstimate: toBuy.some((job) => job.isEstimate),
		yes: options.yes === true,
		howManyFit(micros) {
			let left = micros;
			let fit = 0;
			for (const { priceMicros = 0 } of toBuy) {
				left -= priceMicros;
				if (left < 0) break;
				fit += 1;
			}
			const of = counted(toBuy.length, imagesOfRun > 1 ? "run" : "image");
			return sayFit(fit, of, micros, option);
		},
	};
}

function optionOfNumber({ each, seeds, count }: ImageOptions) {
	if (each)
		return seeds === undefined && count === undefined ? "--sample" : undefined;
	return count === undefined ? undefined : "--count";
}
