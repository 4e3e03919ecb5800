import { Failure } from "../../errors.ts";
import { estimatePrice } from "../../models/price.ts";
import type { Order } from "../../orders/plan.ts";
import { factNames, openFactStore } from "../../purchase/service-facts.ts";
import type { ImageRecord, SavedRecord } from "../../record.ts";
import type { Runtime } from "../../runtime.ts";
import { formatUsd } from "../../system/money.ts";
import { askYesNo, canAsk } from "../../terminal/ask.ts";
import { type ImageOptions, readOrder } from "../image/order.ts";
import { fillOrder } from "../image/run.ts";
import { callService } from "../session/call-service.ts";
import { type Session, workInSession } from "../session/session.ts";
import { type Finding, judged, Skipped, type Verdict } from "./finding.ts";
import { observations } from "./observe.ts";
import { repeatOrder } from "./repeat-order.ts";
import {
	type AnsweredOrder,
	measureListingDelay,
	watchOrders,
} from "./watch-orders.ts";

export interface LiveOptions extends ImageOptions {
	readonly replayKey?: boolean;
}

/** Takes what was found, with the run as it came where it is about one. */
export type Tell = (finding: Finding, run?: unknown) => void;

const prompt = "a red bicycle against a yellow wall";

/**
 * Buys one image as any other command does, tells what only a purchase can say of the service, and keeps that for later commands.
 * @returns the exit code of the purchase
 * @throws {Failure} `over_budget` where nobody agrees to it
 */
export function buyAndObserve(
	options: LiveOptions,
	told: Pick<Session, "runtime" | "reporter" | "trace">,
	tell: Tell,
): Promise<number> {
	const { runtime } = told;
	return workInSession(options, told, async (session) => {
		if (session.settings.output.value === "-")
			throw new Failure("usage", "-o - wants stdout, where the findings are", {
				hint: "save the image in a file: -o image.jpg",
			});
		const prompts = [{ prompt, choices: [] }];
		const { order } = await readOrder(prompts, options, undefined, session);
		const price = priceOf(order, session);
		const question = `Buy an image of ${order.model.name} for ${price.text}?`;
		if (!(await consent(question, options, runtime)))
			throw new Failure("over_budget", "nothing was bought");
		const watch = await watchPurchase(session);
		const code = await fillOrder(
			order,
			{ poller: undefined },
			{ ...options, yes: true },
			watch.session,
		);
		const [record] = watch.records;
		if (record?.status !== "saved") return code;
		const facts: Record<string, unknown> = { model: order.model.id };
		const take: Tell = (finding, run) => {
			Object.assign(facts, finding.facts);
			tell(finding, run);
		};
		await observe(record, price.micros, watch, take);
		if (options.replayKey) {
			const again = `Send the same order again under its key? That may buy a second image for ${price.text}.`;
			const repeat = async (): Promise<Verdict> => {
				if (await consent(again, options, runtime))
					return repeatOrder(order, record, watch.answers, watch.session);
				throw new Skipped("not wanted");
			};
			take(await judged("same key", repeat()));
		}
		await keep(facts, session);
		return session.interrupt.code() ?? code;
	});
}

function priceOf({ model, input }: Order, session: Session) {
	const micros = estimatePrice(model, { ...input, prompt })?.micros;
	const text =
		micros === undefined ? "a price that is not known" : formatUsd(micros);
	const isPlay = session.service === "sandbox";
	return { micros, text: isPlay ? `${text} of play money` : text };
}

/** @throws {Failure} `over_budget` where nobody is there to ask */
async function consent(
	question: string,
	{ yes }: LiveOptions,
	runtime: Runtime,
): Promise<boolean> {
	if (yes) return true;
	if (canAsk(runtime)) return askYesNo(question, runtime);
	throw new Failure("over_budget", `${question} Nobody is there to ask`, {
		hint: "say so: --yes",
	});
}

type Watch = Awaited<ReturnType<typeof watchPurchase>>;

/** The session to buy in, and what is seen of the purchase from beside it. */
async function watchPurchase(session: Session) {
	const { signal, reporter, runtime } = session;
	const connection = await session.connection();
	const answers: AnsweredOrder[] = [];
	const records: ImageRecord[] = [];
	let delay: Promise<number | null> | undefined;
	const client = watchOrders(connection.client, runtime.clock, (answered) => {
		answers.push(answered);
		delay ??= measureListingDelay(
			answered,
			connection.client,
			runtime.clock,
			signal,
		);
		// Told by the check that waits for it.
		delay.catch(() => {});
	});
	const watched: Session = {
		...session,
		connection: async () => ({ ...connection, client }),
		reporter: {
			...reporter,
			record(record) {
				records.push(record);
				reporter.record(record);
			},
		},
	};
	return { session: watched, answers, records, listingDelay: () => delay };
}

async function observe(
	record: SavedRecord,
	priceMicros: number | undefined,
	{ session, answers, listingDelay }: Watch,
	take: Tell,
): Promise<void> {
	const { signal } = session;
	const connection = await session.connection();
	const ended = await callService(() =>
		connection.client.readRun(record.run_id, signal),
	);
	const bought = {
		first: answers[0]?.run,
		...{ ended, priceMicros, connection, signal },
		listingDelay: listingDelay(),
	};
	for (const [name, look] of Object.entries(observations))
		take(await judged(name, look(bought)), ended.raw);
}

/** What cannot be kept was told all the same. */
async function keep(
	facts: Readonly<Record<string, unknown>>,
	{ folders, service, runtime, reporter }: Session,
): Promise<void> {
	const known = Object.fromEntries(
		factNames.flatMap((name) => (name in facts ? [[name, facts[name]]] : [])),
	);
	const seenAt = new Date(runtime.clock.now()).toISOString();
	try {
		await openFactStore(folders.state).add(service, known, seenAt);
	} catch (error) {
		reporter.note(`not kept for later commands: ${(error as Error).message}`);
	}
}
