import { type Answer, json } from "./answers.ts";
import type { Exchange } from "./exchange.ts";
import { idOf } from "./ids.ts";
import { toMicros } from "./money.ts";
import { problems } from "./problems.ts";
import type { Service } from "./service.ts";

/** `GET /v1/auth/me`. That 200 means a working key is documented; the body is made up. */
export function readMe(): Answer {
	return json(200, {
		id: idOf("sandbox user"),
		email: "sandbox@localhost",
		organization: { id: idOf("sandbox organization"), name: "Sandbox" },
	});
}

/** `GET /v1/billing/balance`, in the one or the other of the two shapes that sources give. */
export function readBalance(exchange: Exchange, service: Service): Answer {
	const micros = balanceMicros(exchange, service);
	return exchange.strikes.has("balance-cents")
		? json(200, { balance_cents: Math.floor(micros / 10_000), currency: "USD" })
		: json(200, { balance: decimal(micros), currency: "USD" });
}

/** `GET /v1/credit-balances`, which official code uses: a list, or flat. */
export function readCreditBalances(
	exchange: Exchange,
	service: Service,
): Answer {
	const balance = { balance_usd: decimal(balanceMicros(exchange, service)) };
	return exchange.strikes.has("balance-flat")
		? json(200, balance)
		: json(200, { items: [balance] });
}

function balanceMicros(
	{ strikes }: Exchange,
	{ store, settings, now }: Service,
): number {
	if (strikes.has("no-balance"))
		throw problems.permissionDenied("read the balance");
	const left = toMicros(settings.balanceUsd) - store.committedMicros(now());
	return Math.max(0, left);
}

/** At least cents: `12.45`, `9.994`. */
function decimal(micros: number): string {
	return (micros / 1_000_000).toFixed(6).replace(/0{1,4}$/, "");
}
