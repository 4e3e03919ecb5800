import { createHash } from "node:crypto";
import type { Strikes } from "./dice.ts";
import type { Exchange } from "./exchange.ts";
import { checkInput, isObject } from "./input-check.ts";
import {
	findModel,
	findModelByShortPath,
	type SandboxModel,
} from "./models.ts";
import { toMicros } from "./money.ts";
import { findOutputAsset } from "./output-assets.ts";
import { imageCount, pictureKind } from "./picture-kind.ts";
import { type FieldError, problems } from "./problems.ts";
import type {
	Idempotency,
	Outcome,
	PictureKind,
	RunRecord,
} from "./records.ts";
import type { Service } from "./service.ts";
import type { Purchase } from "./store.ts";

/** The model that a path names. The form without the owner is not found, unless a fault turns that round. */
export function modelOf(path: string, strikes: Strikes): SandboxModel {
	const model = strikes.has("short-path")
		? findModelByShortPath(path)
		: findModel(path);
	if (!model || strikes.has("404")) throw problems.modelNotFound(path);
	return model;
}

/** What the request's Idempotency-Key says; null without one, or where it is ignored. */
export function readIdempotency(exchange: Exchange): Idempotency | null {
	const key = exchange.headers["idempotency-key"];
	if (typeof key !== "string" || key === "") return null;
	if (exchange.strikes.has("no-idempotency")) return null;
	const fingerprint = createHash("sha256")
		.update(`${exchange.method} ${exchange.url.pathname}\n`)
		.update(exchange.body)
		.digest("hex");
	return { key, fingerprint };
}

/**
 * What this key has bought before, with this very request.
 * @throws {Problem} 409 where it bought with another one
 */
export function findPurchase(
	{ store }: Service,
	idempotency: Idempotency | null,
): Purchase | undefined {
	const purchase = idempotency ? store.findByKey(idempotency.key) : undefined;
	if (purchase && purchase.fingerprint !== idempotency?.fingerprint)
		throw problems.conflict(
			"This Idempotency-Key was used with another request",
		);
	return purchase;
}

/** One run that somebody wants, checked and priced, not yet bought. */
export interface Order {
	readonly model: SandboxModel;
	readonly input: Readonly<Record<string, unknown>>;
	readonly picture: PictureKind;
	readonly count: number;
	readonly priceMicros: number;
}

/** What is wrong with an input goes into `errors`; the order is for use where there are none. */
export function prepareOrder(
	{ store, settings, now }: Service,
	model: SandboxModel,
	input: unknown,
	strikes: Strikes,
	errors: FieldError[],
): Order {
	const wrong = checkInput(model, input, {
		ignoreUnknown: strikes.has("unknown-inputs"),
		assetExists: (id) =>
			!strikes.has("asset-gone") &&
			(store.confirmedAssets.has(id) ||
				findOutputAsset(store.runs, id, now()) !== undefined),
	});
	errors.push(...wrong);
	const given = wrong.length === 0 && isObject(input) ? input : {};
	const picture = pictureKind(model, given, settings.size);
	const priceMicros =
		settings.priceUsd === undefined
			? model.price(picture, given)
			: toMicros(settings.priceUsd);
	return {
		model,
		input: given,
		picture,
		count: imageCount(given),
		priceMicros,
	};
}

/** @throws {Problem} 402 where the credit left, less what is held for running runs, does not suffice */
export function checkCredit(
	{ store, settings, now }: Service,
	{ priceMicros, count }: Order,
): void {
	const left = toMicros(settings.balanceUsd) - store.committedMicros(now());
	if (priceMicros * count > left) throw problems.insufficientCredit();
}

/** The rest of what a run's record holds. */
export interface OrderTerms {
	readonly requestId: string;
	readonly clientRef: string | null;
	readonly metadata: unknown;
	readonly callbackUrl: string | null;
	readonly idempotency: Idempotency | null;
}

/** The run of an order. Its end is decided here, by the faults and the clock. */
export function createRecord(
	service: Service,
	order: Order,
	terms: OrderTerms,
): RunRecord {
	const strikes = service.dice.roll(["run"]);
	const { min, max } = service.settings.latencyMs;
	const drawnMs = Math.round(min + (max - min) * service.random());
	const { seed } = order.input;
	return {
		id: service.newId(),
		createdAt: service.now(),
		latencyMs: strikes.timeOf("long") ?? drawnMs,
		model: order.model.id,
		input: order.input,
		seed:
			typeof seed === "number" ? seed : Math.floor(service.random() * 2 ** 32),
		outcome: outcomes.find((outcome) => strikes.has(outcome)) ?? "succeeded",
		priceMicros: order.priceMicros,
		count: order.count,
		picture: strikes.has("webp")
			? { ...order.picture, format: "webp" }
			: order.picture,
		oddities: {
			...(strikes.has("late-output") && {
				lateOutputMs: strikes.timeOf("late-output") ?? 0,
			}),
			...(strikes.has("unknown-status") && { unknownStatus: true }),
			...(strikes.has("no-seed") && { hidesSeed: true }),
			...(strikes.has("no-asset-ids") && { hidesAssets: true }),
		},
		...terms,
	};
}

/** Outcomes that a fault can give a run; the first one counts where several strike. */
const outcomes = [
	"moderated",
	"failed",
	"validation-failed",
	"canceled",
	"cancelled",
	"errored",
	"timeout",
	"no-output",
	"partial",
	"stuck",
] as const satisfies readonly Outcome[];
