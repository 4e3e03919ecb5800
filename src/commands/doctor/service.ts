import { randomUUID } from "node:crypto";
import { Failure } from "../../errors.ts";
import { createCatalogue } from "../../models/catalogue.ts";
import { estimatePrice } from "../../models/price.ts";
import { createClient } from "../../runflow/client.ts";
import { proxyFor } from "../../runflow/dispatcher.ts";
import { service } from "../../runflow/service.ts";
import { isLoopback } from "../../runflow/storage-link.ts";
import { formatUsd, usdToMicros } from "../../system/money.ts";
import { readWithKey } from "../models/ask.ts";
import { differencesFromTable } from "../models/record.ts";
import { callService } from "../session/call-service.ts";
import { keyIn } from "../session/connect.ts";
import { needed, note, ok, Skipped, type Verdict } from "./finding.ts";
import type { Setup } from "./setup.ts";

export async function checkProxy(setup: Setup): Promise<Verdict> {
	const { apiUrl } = await needed(setup.settings());
	const url = new URL(apiUrl.value);
	const { env } = setup.runtime;
	const proxy = proxyFor(url, env);
	if (setup.isSandbox || proxy === undefined || isLoopback(url.hostname))
		return ok("none", { proxy: null });
	const without = env.no_proxy ?? env.NO_PROXY;
	return ok(`${proxy}${without ? `, but not for NO_PROXY=${without}` : ""}`, {
		proxy,
		no_proxy: without ?? null,
	});
}

export async function checkReach(setup: Setup): Promise<Verdict> {
	const { apiUrl } = await needed(setup.settings());
	const { durationMs } = await setup.health().catch((error: Failure) => {
		// The built-in sandbox writes to the state folder, which has a check of its own.
		if (error.code === "disk") throw new Skipped(`not tried: ${error.message}`);
		if (setup.isSandbox || apiUrl.source === "default") throw error;
		throw new Failure(error.code, error.message, {
			...error,
			hint: [
				`is ${apiUrl.value} right? It is from ${apiUrl.origin}`,
				error.hint,
			]
				.filter(Boolean)
				.join("; "),
			cause: error,
		});
	});
	const where = setup.isSandbox ? "the built-in sandbox" : apiUrl.value;
	return ok(`${where} answers in ${Math.round(durationMs)} ms`, {
		milliseconds: Math.round(durationMs),
	});
}

/** Dates in headers are whole seconds, and an answer may come late. */
const mostSkewMs = 120_000;

export async function checkClock(setup: Setup): Promise<Verdict> {
	const { answer, atMs } = await needed(setup.health());
	const aheadMs = atMs - Date.parse(answer.headers.date ?? "");
	if (Number.isNaN(aheadMs)) throw new Skipped("the service tells no time");
	const seconds = Math.round(aheadMs / 1_000);
	if (Math.abs(aheadMs) <= mostSkewMs)
		return ok("as the service's", { ahead_seconds: seconds });
	const side = aheadMs > 0 ? "ahead of" : "behind";
	throw new Failure(
		"config",
		`this machine's clock is ${formatGap(Math.abs(seconds))} ${side} the service's`,
		{
			hint: "set it by the network (timedatectl set-ntp true, or the date settings): certificates and the limit of a day go by it",
		},
	);
}

function formatGap(seconds: number): string {
	if (seconds < 3_600) return `${Math.round(seconds / 60)} minutes`;
	const hours = seconds / 3_600;
	return hours < 48
		? `${hours.toFixed(1)} hours`
		: `${Math.round(hours / 24)} days`;
}

export async function checkKey(setup: Setup): Promise<Verdict> {
	if (setup.isSandbox) return ok("the sandbox needs none");
	await needed(setup.settings());
	const { origin, source } = keyIn(await setup.key());
	await needed(setup.health());
	await setup.keyCheck().catch((error: Failure) => {
		throw new Failure(error.code, `from ${origin}: ${error.message}`, error);
	});
	return ok(`from ${origin}, and the service accepts it`, { source, origin });
}

/** Asks as official code does for the newest run. */
export async function checkListing(setup: Setup): Promise<Verdict> {
	const { signal } = setup;
	const client = createClient(await needed(setup.acceptedCaller()));
	await scoped("runs:read", () => client.listRuns(1, signal));
	return ok("the account's runs are listed");
}

/** The question that a lost answer leads to, about a reference that nobody has. */
export async function checkLookUp(setup: Setup): Promise<Verdict> {
	const { signal } = setup;
	const client = createClient(await needed(setup.acceptedCaller()));
	const ref = randomUUID();
	const { complete } = await scoped("runs:read", () =>
		client.findRuns({ ref, clientRef: ref }, signal),
	);
	if (complete)
		return ok(
			"nothing is listed under a reference that nobody has; that an order is found under its own shows doctor --live",
		);
	throw new Failure(
		"bad_response",
		"the service lists runs without regard to our reference: an order whose answer is lost could not be looked up",
		{
			hint: "images can be bought; an order whose answer is lost ends with exit 8 and stays for flux-ultra resume",
		},
	);
}

export async function checkBalance(setup: Setup): Promise<Verdict> {
	const { signal } = setup;
	const client = createClient(await needed(setup.acceptedCaller()));
	const hint = `see ${service.links.billing}`;
	try {
		const usd = await callService(() => client.readBalance(signal));
		const micros = usd === undefined ? undefined : usdToMicros(usd);
		if (micros === undefined)
			return note("the service tells none that we can read", hint);
		const price = await priceOf(setup);
		if (micros >= (price ?? 1))
			return ok(formatUsd(micros), { balance_usd: usd });
		throw new Failure(
			"no_credit",
			`${formatUsd(micros)}, too little for an image`,
			{ hint: `top up at ${service.links.billing}` },
		);
	} catch (error) {
		if (!(error instanceof Failure) || error.httpStatus !== 403) throw error;
		return note("not known: the key lacks the scope credit_balance:read", hint);
	}
}

/** In micro-dollars; a model that nobody knows is told by its own check. */
async function priceOf(setup: Setup): Promise<number | undefined> {
	const model = await modelOf(setup).catch(() => undefined);
	return model && estimatePrice(model, {})?.micros;
}

async function modelOf(setup: Setup) {
	const { model } = await needed(setup.settings());
	return createCatalogue().find(model.value);
}

export async function checkModel(setup: Setup): Promise<Verdict> {
	const { id, aliases } = await modelOf(setup);
	const name = aliases[0] ?? id;
	const caller = await needed(setup.acceptedCaller());
	const live = await readWithKey(id, caller, setup.signal);
	if (live === undefined)
		throw new Failure("config", `the service knows no model ${id}`, {
			hint: "those that it has: flux-ultra models --refresh; another one: flux-ultra config set model <id>",
		});
	const differences = differencesFromTable(live);
	return differences.length === 0
		? ok(`${id}, as in our table`, { id, differences })
		: note(
				`${id} is described otherwise than in our table: ${differences.join("; ")}`,
				`flux-ultra models show ${name} --refresh`,
				{ id, differences },
			);
}

/** @throws {Failure} `auth` naming the scope where the key lacks it */
async function scoped<T>(scope: string, ask: () => Promise<T>): Promise<T> {
	return callService(ask).catch((error: Failure) => {
		if (error.code !== "auth" || error.httpStatus !== 403) throw error;
		throw new Failure(
			"auth",
			`the key lacks the scope ${scope}: runs can't be listed, and an order whose answer is lost not looked up`,
			{ hint: `make a key with it: ${service.links.keys}`, cause: error },
		);
	});
}
