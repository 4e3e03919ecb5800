import type { FaultName } from "../faults/table.ts";
import { type Answer, json } from "../server/answers.ts";
import { Problem } from "../server/problems.ts";
import type { Service } from "../service.ts";
import { idOf } from "../state/ids.ts";
import type { Exchange } from "./exchange.ts";
import { decimalUsd } from "./run-view.ts";

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
	const micros = balanceMicros(exchange, service, "no-billing-balance");
	return exchange.faults.has("balance-cents")
		? json(200, { balance_cents: Math.floor(micros / 10_000), currency: "USD" })
		: json(200, { balance: decimalUsd(micros, 2), currency: "USD" });
}

/** `GET /v1/credit-balances`, which official code uses: a list, or flat. */
export function readCredit(exchange: Exchange, service: Service): Answer {
	const micros = balanceMicros(exchange, service, "no-credit-balances");
	const balance = { balance_usd: decimalUsd(micros, 2) };
	return exchange.faults.has("balance-flat")
		? json(200, balance)
		: json(200, { items: [balance] });
}

function balanceMicros(
	{ faults }: Exchange,
	{ store, settings, now }: Service,
	withoutPath: FaultName,
): number {
	if (faults.has(withoutPath)) throw new Problem("NOT_FOUND");
	return Math.max(0, settings.balanceMicros - store.committedMicros(now()));
}
