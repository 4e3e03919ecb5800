import type { Point } from "../faults/points.ts";
import { listModels, readModel } from "../models/catalogue.ts";
import { type Answer, json } from "../server/answers.ts";
import type { Service } from "../service.ts";
import { createRun } from "./create-run.ts";
import type { Exchange } from "./exchange.ts";
import { listRuns } from "./listing.ts";
import { readLogs, readRun, readStatuses } from "./runs.ts";

/** One endpoint of the API. */
type Route = ReturnType<typeof route>;

type Handler = (
	exchange: Exchange,
	service: Service,
) => Answer | Promise<Answer>;

// Read from disk at the first request: one image needs none of it, and the start is a third faster without.
const account = () => import("./account.ts");
const callbacks = () => import("./callbacks.ts");
const uploads = () => import("./uploads.ts");

/**
 * The first that fits counts: the words of the API come before ids, and the ends of model paths before their middle.
 * `{id}` is one segment, `{model}` at least one.
 */
const routes: readonly Route[] = [
	open("GET /v1/health", undefined, () => json(200, { status: "ok" })),
	// The body is inferred.
	open("GET /v1/readiness", undefined, () => json(200, { status: "ready" })),
	open("GET /v1/public/models", "models", listModels),
	route("GET /v1/models", "models", listModels),
	route("GET /v1/auth/me", "auth", late(account, "readMe")),
	route("GET /v1/billing/balance", "balance", late(account, "readBalance")),
	route("GET /v1/credit-balances", "balance", late(account, "readCredit")),
	route(
		"POST /v1/callback-secrets",
		undefined,
		late(callbacks, "createSecret"),
	),
	route("POST /v1/models/{model}/runs", "post", createRun),
	route("GET /v1/models/{model}", "models", readModel),
	route("GET /v1/runs", "list", listRuns),
	route("GET /v1/runs/statuses", undefined, readStatuses),
	route("GET /v1/runs/{id}", "poll", readRun),
	route("GET /v1/runs/{id}/logs", "logs", readLogs),
	route(
		"GET /v1/runs/{id}/callback",
		undefined,
		late(callbacks, "listCallbacks"),
	),
	route(
		"POST /v1/runs/{id}/callback-redeliveries",
		undefined,
		late(callbacks, "redeliver"),
	),
	route("POST /v1/asset-uploads", "upload", late(uploads, "announceUpload")),
	route(
		"POST /v1/asset-uploads/{id}/confirmations",
		"upload",
		late(uploads, "confirmUpload"),
	),
	route("GET /v1/assets/{id}", undefined, late(uploads, "readAsset")),
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

/** @param point where faults can strike, beside `any` */
function route(
	methodAndPath: string,
	point: Point | undefined,
	handle: Handler,
) {
	const [method = "", path = ""] = methodAndPath.split(" ");
	const pattern = path.replace("{model}", "(.+)").replace("{id}", "([^/]+)");
	const needsKey = true;
	return { method, path: new RegExp(`^${pattern}$`), point, needsKey, handle };
}

/** One that answers without a key. */
function open(...given: Parameters<typeof route>): Route {
	return { ...route(...given), needsKey: false };
}

function late<Name extends string>(
	load: () => Promise<Readonly<Record<Name, Handler>>>,
	name: Name,
): Handler {
	return async (exchange, service) => (await load())[name](exchange, service);
}
