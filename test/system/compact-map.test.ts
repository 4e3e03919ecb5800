import { expect, it } from "vitest";
import { CompactMap } from "../../src/system/compact-map.ts";

it("holds what a map holds, however many there are", () => {
	const compact = new CompactMap();
	const plain = new Map<string, number>();
	for (let at = 0; at < 20_000; at += 1) {
		const text = `/home/ann/out/lighthouse-${at % 15_000}.jpg`;
		compact.set(text, at);
		plain.set(text, at);
	}
	const wrong = [...plain].filter(([text, at]) => compact.get(text) !== at);
	expect(wrong).toEqual([]);
});

it("knows what it does not hold", () => {
	const map = new CompactMap();
	map.set("", 0);
	const others = Array.from({ length: 20_000 }, (_, at) => `${at}`);
	expect([map.has(""), others.filter((text) => map.has(text))]).toEqual([
		true,
		[],
	]);
});
