import { type ErrorCode, Failure } from "../errors.ts";
import { isLoopback } from "../runflow/storage-link.ts";
import { escaped } from "../system/escape.ts";
import { usdToMicros } from "../system/money.ts";
import { shorten } from "../system/shorten.ts";

/*
 * From the text of a flag, variable or file to a typed value. Each throws Failure `usage`: the message shows the value, the hint what is
 * allowed. Who knows where the text came from adds that (`readOption`).
 */

/** `90s`, `5m`, `1h`, `500ms`, or plain seconds, as milliseconds: more than 0 and at most 24 hours. */
export function parseDuration(text: string): number {
	const [, amount, unit = "s"] = duration.exec(text.trim()) ?? [];
	const ms = Math.round(Number(amount) * (unitMs[unit] ?? Number.NaN));
	if (ms > 0 && ms <= dayMs) return ms;
	throw refused(
		text,
		"not a length of time",
		"Allowed is more than 0 and at most 24h, as in 90s, 5m or 1h; a plain number is seconds.",
	);
}

/** Milliseconds the way `parseDuration` reads them, in the largest unit that comes out even: 300000 is `5m`. */
export function formatDuration(ms: number): string {
	for (const unit of ["h", "m", "s"]) {
		const size = unitMs[unit] ?? 1;
		if (ms % size === 0) return `${ms / size}${unit}`;
	}
	return `${ms}ms`;
}

/** `0.30`, `$5` or `5` as micro-dollars; 0 is allowed and means that nothing may be spent. */
export function parseUsd(text: string): number {
	const amount = dollars.exec(text.trim())?.[1];
	const micros = amount === undefined ? undefined : usdToMicros(amount);
	if (micros !== undefined) return micros;
	throw refused(
		text,
		"not an amount in US dollars",
		"Give dollars with a point, as in 0.30, 5 or $12.50.",
	);
}

/** A whole number from 1 to `max`. */
export function parseCount(
	text: string,
	{ max }: { readonly max: number },
): number {
	const count = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
	if (count >= 1 && count <= max) return count;
	throw refused(
		text,
		"not a number that is allowed here",
		`Allowed is a whole number from 1 to ${max}.`,
	);
}

/** Yes or no in the words that config files use for it. */
export function parseSwitch(text: string): boolean {
	const word = text.trim().toLowerCase();
	if (["true", "on", "yes", "1"].includes(word)) return true;
	if (["false", "off", "no", "0"].includes(word)) return false;
	throw refused(text, "neither true nor false", "Give true or false.");
}

/** `always`: every purchase wants a yes or a limit, and not only one of more than $1. */
export function parseAsk(text: string): "always" {
	if (text.trim().toLowerCase() === "always") return "always";
	throw refused(text, "nothing that can be asked", "There is: always.");
}

/** An alias or an `owner/slug` of the catalogue; whether the model exists is for the catalogue to say. */
export function parseModel(text: string): string {
	const model = text.trim();
	if (/^\w[\w.-]*(\/\w[\w.-]*)*$/.test(model)) return model;
	throw refused(
		text,
		"not the name of a model",
		"Give an alias or owner/slug, as in black-forest-labs/flux-1-1-pro-ultra.",
	);
}

/** Text on one line with something in it. It is not shown where it is refused: a command may hold a secret. */
export function parseLine(text: string): string {
	const line = text.trim();
	if (line !== "" && !/\p{Cc}/u.test(line)) return line;
	throw new Failure(
		"usage",
		line === ""
			? "the value is empty"
			: "the value holds line breaks or control characters",
		{ hint: "Give text on one line." },
	);
}

/**
 * The base address of the service, without a slash at the end. The key travels there, so it must be https; http only to this machine itself.
 * Throws Failure `usage`, and shows no more than host and path: a password may stand before them, a secret behind.
 */
export function parseApiUrl(text: string): string {
	const address = text.trim();
	// The URL standard drops line breaks and tabs from the middle without a word.
	const url =
		/[\s\p{Cc}]/u.test(address) || !URL.canParse(address)
			? undefined
			: new URL(address);
	if (url === undefined || !["https:", "http:"].includes(url.protocol))
		throw address.includes("@")
			? new Failure("usage", "the value is not an address", { hint: example })
			: refused(address, "not an address", example);

	const shown = url.origin + url.pathname;
	if (url.username || url.password)
		throw refused(shown, "given with a user name or password", example);
	if (/[?#]/.test(address))
		throw refused(shown, "given with a query or fragment", example);
	// Names below .localhost are looked up like any other, and whoever answers would get the key.
	const isHere =
		isLoopback(url.hostname) && !url.hostname.endsWith(".localhost");
	if (url.protocol === "http:" && !isHere)
		throw refused(
			shown,
			"not encrypted, and the key would travel to it",
			example,
		);
	const base = shown.replace(/\/+$/, "");
	if (/\/v\d+$/.test(base))
		throw refused(
			shown,
			"given with the version of the API",
			`leave that out: ${base.replace(/\/v\d+$/, "")}`,
		);
	return base;
}

/** Reads a value; a Failure says where it stood, an option for one, and has that place's code where one is given. */
export function readOption<T>(
	where: string,
	read: () => T,
	placeCode?: ErrorCode,
): T {
	try {
		return read();
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		const { message, hint } = error;
		const code = placeCode ?? error.code;
		throw new Failure(code, `${where}: ${message}`, { hint, cause: error });
	}
}

/** A Failure `usage` for a value that cannot be taken: `"5x" is not a length of time`. */
export function refused(text: string, fault: string, hint: string): Failure {
	return new Failure("usage", `"${escaped(shorten(text, 81))}" is ${fault}`, {
		hint,
	});
}

const example =
	"Give https://host, as in https://api.runflow.io; http:// is for 127.0.0.1, [::1] and localhost alone.";
const duration = /^(\d{1,9}(?:\.\d{1,6})?)\s?(ms|s|m|h)?$/;
const dollars = /^\$?(\d{1,9}(?:\.\d{1,6})?|\.\d{1,6})$/;
const dayMs = 24 * 60 * 60 * 1000;
const unitMs: Readonly<Record<string, number>> = {
	ms: 1,
	s: 1000,
	m: 60_000,
	h: 3_600_000,
};
