import { Agent } from "undici";
import { expect, it } from "vitest";
import { createRowsWorld, prompts } from "../orders/rows-world.ts";

it("images on their way home hold up no purchase until there are two for each run", async () => {
	const width = 9;
	const world = await createRowsWorld(prompts(3 * width));
	let orders = 0;
	const pictures: (() => void)[] = [];
	// No picture comes before the last order is sent.
	const dispatcher = new Agent().compose((dispatch) => (options, handler) => {
		const send = () => dispatch(options, handler);
		if (options.method === "POST") orders += 1;
		if (orders < 3 * width && options.origin === world.sandbox.storageUrl) {
			pictures.push(send);
			return true;
		}
		if (orders === 3 * width) for (const one of pictures.splice(0)) one();
		return send();
	});
	const argv = ["-y", "--timeout", "1h", "-p", String(width)];
	const { code } = await world.batch(argv, { runtime: { dispatcher } });
	expect([code, orders]).toEqual([0, 3 * width]);
});
