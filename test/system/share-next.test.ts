import { expect, test } from "vitest";
import { shareNext } from "../../src/system/share-next.ts";

test("who asks while an action is under way shares the next one, which begins after it has ended", async () => {
	const log: string[] = [];
	let asked: readonly Promise<string>[] = [];
	const ask = shareNext(async () => {
		const name = `action ${log.length + 1}`;
		log.push(name);
		if (log.length > 1) return name;
		asked = [ask(), ask()];
		await Promise.resolve();
		expect(log).toEqual([name]);
		throw new Error("the disk is full");
	});
	await expect(ask()).rejects.toThrow("the disk is full");
	expect(await Promise.all(asked)).toEqual(["action 2", "action 2"]);
	expect(await ask()).toBe("action 3");
});
