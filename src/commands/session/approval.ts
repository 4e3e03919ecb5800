import { Failure } from "../../errors.ts";
import { checkLimit } from "../../purchase/limits/budget.ts";
import { formatAmount, formatUsd, microsToUsd } from "../../system/money.ts";
import { counted } from "../../system/plural.ts";
import { askYesNo, canAsk } from "../../terminal/ask.ts";
import type { Session } from "./session.ts";

/** A purchase above this wants a word from somebody, in micro-dollars. */
const askAboveMicros = 1_000_000;

export interface Purchase {
	readonly images: number;
	readonly micros: number | undefined;
	/** Whether the service's bill may differ from it. */
	readonly isEstimate?: boolean | undefined;
	readonly yes: boolean;
	/** How much of it a sum pays for (see `sayFit`), in micro-dollars. */
	readonly howManyFit: (micros: number) => string | Promise<string>;
}

/** @throws {Failure} `over_budget` for what costs more than a command may spend, or a price that no limit can hold */
export async function checkLimits(
	{ images, micros, howManyFit }: Omit<Purchase, "yes">,
	{ settings }: Session,
): Promise<void> {
	if (images === 0) return;
	const { maxCostMicros: limit, maxCostPerDayMicros } = settings;
	const isOver = limit.value !== undefined && (micros ?? 0) > limit.value;
	checkLimit(micros, limit, isOver ? await howManyFit(limit.value) : undefined);
	checkLimit(micros === undefined ? undefined : 0, maxCostPerDayMicros);
}

/**
 * Everything about money that may stop a command before anything is sent, the limit of the day apart.
 * @throws {Failure} `over_budget`
 */
export async function approve(
	purchase: Purchase,
	session: Session,
): Promise<void> {
	await checkLimits(purchase, session);
	const { settings, runtime } = session;
	const { images, micros } = purchase;
	if (images === 0) return;
	const { ask, maxCostMicros, maxCostPerDayMicros } = settings;
	const hasLimit =
		maxCostMicros.value !== undefined ||
		maxCostPerDayMicros.value !== undefined;
	const asksAlways = ask.value === "always";
	// A price that nobody knows may be any: only one image of it is bought without a word.
	const isSmall =
		micros === undefined ? images === 1 : micros <= askAboveMicros;
	if (purchase.yes || hasLimit || (isSmall && !asksAlways)) return;
	const what = `${counted(images, "image")} for ${priceOf(purchase)}`;
	if (!canAsk(runtime)) {
		const isMore = micros === undefined ? "may be" : "is";
		const why = asksAlways
			? `wants a yes (ask is always, by ${ask.origin})`
			: `${isMore} more than $1`;
		const limit =
			micros === undefined ? "" : `, or --max-cost ${microsToUsd(micros)}`;
		throw new Failure(
			"over_budget",
			`${what} ${why}, and nobody is there to ask`,
			{ hint: `say so: --yes${limit}` },
		);
	}
	if (!(await askYesNo(`Buy ${what}?`, runtime)))
		throw new Failure("over_budget", "Not bought.", { isAnswer: true });
}

export function priceOf({
	micros,
	isEstimate,
}: Pick<Purchase, "micros" | "isEstimate">): string {
	if (micros === undefined) return "a price that is not known";
	return formatAmount(micros, isEstimate);
}

/** `83 of 200 rows fit in $5.00: --limit 83`. @param option asks for so many, where there is one */
export function sayFit(
	fit: number,
	of: string,
	micros: number,
	option: string | undefined,
): string {
	if (micros <= 0) return "there is nothing left to spend";
	if (fit === 0) return `not even one fits in ${formatUsd(micros)}`;
	const remedy = option ? `: ${option} ${fit}` : "";
	const verb = fit === 1 ? "fits" : "fit";
	return `${fit} of ${of} ${verb} in ${formatUsd(micros)}${remedy}`;
}
