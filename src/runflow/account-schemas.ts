import * as z from "zod";

const text = z.string().nullish().catch(undefined);
const amount = z.union([z.string(), z.number()]).nullish().catch(undefined);
const wireBalance = z.looseObject({
	balance_usd: amount,
	balance: amount,
	balance_cents: amount,
});

/** The credit of an account in US dollars; undefined where the answer holds none that we can read. */
export const balanceSchema = z
	.union([
		z.looseObject({ items: z.array(wireBalance).min(1) }),
		wireBalance.transform((one) => ({ items: [one] })),
	])
	.transform(({ items }) => {
		const sums = items.map(({ balance_usd, balance, balance_cents }) =>
			balance_cents == null
				? Number(balance_usd ?? balance ?? Number.NaN)
				: Number(balance_cents) / 100,
		);
		const total = sums.reduce((sum, one) => sum + one, 0);
		return Number.isFinite(total) ? total : undefined;
	});

export const logsSchema = z.looseObject({
	items: z.array(
		z.looseObject({ level_code: text, message: text, timestamp: text }),
		"no list of `items`",
	),
});
