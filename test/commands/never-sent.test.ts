import { expect, test } from "vitest";
import { setAsidePlanned } from "../../src/commands/resume/never-sent.ts";
import type { Session } from "../../src/commands/session/session.ts";
import type { HeldJob } from "../../src/purchase/store/journal.ts";
import { bought, jobWorld } from "../purchase/job-world.ts";

/** Sets aside what was listed before another process acted on it. */
async function setAside(
	meanwhile: (held: HeldJob) => Promise<unknown>,
	groupSize = 1,
) {
	const world = await jobWorld();
	const { journal, ledger } = world;
	await (await world.hold({ groupSize })).release();
	const listed = await journal.list();
	const other = await journal.takeOver("job");
	if (other === undefined || other.state === "busy") expect.fail("busy");
	await meanwhile(other.held);
	const notes: string[] = [];
	const reporter = { note: (text: string) => notes.push(text) };
	const session = { journal, ledger, reporter, runtime: { cwd: "/" } };
	const sent = await setAsidePlanned(listed, session as unknown as Session);
	return { sent: sent.length, notes, job: await world.jobOnDisk() };
}

async function buy(held: HeldJob) {
	await held.enter(bought);
	await held.release();
}

test("a job that was planned when it was listed and is so still goes, and is told", async () => {
	expect(await setAside((held) => held.release())).toEqual({
		sent: 0,
		notes: [
			expect.stringMatching(/^1 image was planned and never bought; nothing/),
		],
		job: undefined,
	});
});

test.each([1, 2])(
	"one that another process bought meanwhile stays, and is brought (of %d)",
	async (size) => {
		expect(await setAside(buy, size)).toMatchObject({
			sent: 1,
			notes: [],
			job: { stage: bought },
		});
	},
);

test("one that another process is at now stays", async () => {
	expect(await setAside((held) => held.amend({ wanted: [1] }))).toMatchObject({
		sent: 1,
		notes: [],
		job: { wanted: [1] },
	});
});

test("one that another process ended is not called never bought", async () => {
	expect(await setAside((held) => held.close())).toMatchObject({ notes: [] });
});
