import { type Answer, json } from "./answers.ts";
import { createRun } from "./create-run.ts";
import type { Exchange } from "./exchange.ts";
import type { Point } from "./points.ts";
import { readRun } from "./runs.ts";
import type { Service } from "./service.ts";

/** One endpoint of the API. */
export interface Route {
	readonly method: "GET" | "POST";
	readonly path: RegExp;
	/** Where faults can strike, beside `any`. */
	readonly points: readonly Point[];
	readonly needsKey: boolean;
	readonly handle: Handler;
}

type Handler = (
	exchange: Exchange,
	service: Service,
) => Answer | Promise<Answer>;

/** The first that fits counts: the words of the API come before ids, and the ends of model paths before their middle. */
const routes: readonly Route[] = [
	open("GET", /^\/v1\/health$/, [], () => json(200, { status: "ok" })),
	open(
		"GET",
		/^\/v1\/public\/models$/,
		["models"],
		late(async () => (await import("./catalogue.ts")).listModels),
	),
	closed(
		"GET",
		/^\/v1\/auth\/me$/,
		["auth"],
		late(async () => (await import("./account.ts")).readMe),
	),
	closed(
		"GET",
		/^\/v1\/billing\/balance$/,
		["balance"],
		late(async () => (await import("./account.ts")).readBalance),
	),
	closed(
		"GET",
		/^\/v1\/credit-balances$/,
		["balance"],
		late(async () => (await import("./account.ts")).readCreditBalances),
	),
	closed("POST", /^\/v1\/models\/(.+)\/runs$/, ["post"], createRun),
	closed(
		"GET",
		/^\/v1\/models\/(.+)$/,
		["models"],
		late(async () => (await import("./catalogue.ts")).readModel),
	),
	closed(
		"GET",
		/^\/v1\/runs$/,
		["list"],
		late(async () => (await import("./listing.ts")).listRuns),
	),
	closed(
		"GET",
		/^\/v1\/runs\/statuses$/,
		[],
		late(async () => (await import("./run-details.ts")).readStatuses),
	),
	closed("GET", /^\/v1\/runs\/([^/]+)$/, ["poll"], readRun),
	closed(
		"GET",
		/^\/v1\/runs\/([^/]+)\/logs$/,
		["logs"],
		late(async () => (await import("./run-details.ts")).readLogs),
	),
	closed(
		"POST",
		/^\/v1\/callback-secrets$/,
		[],
		late(async () => (await import("./callback-secrets.ts")).createSecret),
	),
	closed(
		"POST",
		/^\/v1\/asset-uploads$/,
		["upload"],
		late(async () => (await import("./uploads.ts")).announceUpload),
	),
	closed(
		"POST",
		/^\/v1\/asset-uploads\/([^/]+)\/confirmations$/,
		["upload"],
		late(async () => (await import("./uploads.ts")).confirmUpload),
	),
];

/** Where a request goes; `allows` lists the methods of a path that does not have this one. */
export interface Match {
	readonly route: Route | undefined;
	readonly captured: string;
	readonly allows: readonly string[];
}

export function findRoute(method: string, pathname: string): Match {
	const fitting = routes.filter(({ path }) => path.test(pathname));
	const route = fitting.find((each) => each.method === method);
	return {
		route,
		captured: decode(route?.path.exec(pathname)?.[1] ?? ""),
		allows: fitting.map((each) => each.method),
	};
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** Read from disk at the first request: one image needs none of it, and the start is a third faster without. */
function late(load: () => Promise<Handler>): Handler {
	return async (exchange, service) => (await load())(exchange, service);
}

/** Without a key. */
function open(
	method: Route["method"],
	path: RegExp,
	points: readonly Point[],
	handle: Handler,
): Route {
	return { method, path, points, needsKey: false, handle };
}

function closed(
	method: Route["method"],
	path: RegExp,
	points: readonly Point[],
	handle: Handler,
): Route {
	return { method, path, points, needsKey: true, handle };
}
