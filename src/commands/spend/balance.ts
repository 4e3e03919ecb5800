import { Failure } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { escapedJson } from "../../system/escape.ts";
import { formatUsd, usdToMicros } from "../../system/money.ts";
import { callService } from "../session/call-service.ts";
import { type SessionOptions, withSession } from "../session/session.ts";

/** Prints the credit left on the account. What a key may not read is not known, and never shown as zero. */
export async function showBalance(
	options: SessionOptions,
	runtime: Runtime,
): Promise<number> {
	return withSession(options, runtime, async (session) => {
		const { client } = await session.connection();
		const balance = await callService(() => client.readBalance(session.signal));
		const micros = balance === undefined ? undefined : usdToMicros(balance);
		if (balance === undefined || micros === undefined)
			throw new Failure(
				"bad_response",
				"the service tells no balance that we can read",
				{ hint: "see app.runflow.io/settings/billing" },
			);
		const record = {
			version: 1,
			balance_usd: balance,
			sandbox: client.isSandbox(),
		};
		runtime.stdout.write(
			options.json ? `${escapedJson(record)}\n` : `${formatUsd(micros)}\n`,
		);
		return 0;
	});
}
