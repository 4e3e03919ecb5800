import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, expect, onTestFinished } from "vitest";

/** Debian's: nothing is downloaded for a test. */
const executablePath = "/usr/bin/chromium";

/** Without a browser its tests are left out, and say so. */
export const isMissing = existsSync(executablePath)
	? false
	: `there is no ${executablePath}`;

let browser: Promise<Browser> | undefined;

afterAll(async () => {
	await (await browser)?.close();
	browser = undefined;
});

/** A page of the browser; by its end it may have told no error and asked nobody but `mayAsk`. */
export async function openPage(
	url: string,
	{
		mayAsk = "file:",
		...options
	}: Parameters<Browser["newContext"]>[0] & {
		readonly mayAsk?: string;
	} = {},
): Promise<Page> {
	// In a container its own sandbox has no rights.
	const args = ["--no-sandbox"];
	browser ??= chromium.launch({ executablePath, args, timeout: 0 });
	const context = await (await browser).newContext(options);
	// What hangs is ended by the test's own limit.
	context.setDefaultTimeout(0);
	await context.grantPermissions(["clipboard-read", "clipboard-write"]);
	const page = await context.newPage();
	const errors: string[] = [];
	page.on("console", (message) => {
		if (["error", "warning"].includes(message.type()))
			errors.push(message.text());
	});
	page.on("pageerror", (error) => errors.push(error.message));
	page.on("request", (request) => {
		const asked = request.url();
		if (![mayAsk, "blob:"].some((start) => asked.startsWith(start)))
			errors.push(`asked ${asked}`);
	});
	onTestFinished(async () => {
		await context.close();
		expect(errors).toEqual([]);
	});
	await page.goto(url);
	return page;
}
