import type { OutputStream } from "../runtime.ts";

/** The place on stderr where things are told while they happen. */
export interface Progress {
	/** A line that stays. */
	print(line: string): void;
	/** What is going on now; replaces what was said before. Only a live terminal shows it. */
	show(text: () => string): void;
	/** Takes away what was shown. */
	stop(): void;
}

/** Lines only: for pipes and logs. */
export function plainProgress(stream: OutputStream): Progress {
	return {
		print: (line) => void stream.write(`${line}\n`),
		show: () => {},
		stop: () => {},
	};
}

/** A spinner with the text of the moment, below the lines that stay. */
export async function liveProgress(
	stream: OutputStream,
	hasColor: boolean,
): Promise<Progress> {
	const { default: ora } = await import("ora");
	const spinner = ora({
		stream: stream as NodeJS.WriteStream,
		isEnabled: true,
		// Left to itself it asks the process for colour, which knows neither NO_COLOR nor this stream.
		color: hasColor ? "cyan" : false,
		// Reading stdin here would eat what is typed, and Ctrl-C with it.
		discardStdin: false,
	});
	let text: (() => string) | undefined;
	let timer: NodeJS.Timeout | undefined;
	const refresh = () => {
		if (text) spinner.text = text();
	};
	return {
		print(line) {
			const isLive = spinner.isSpinning;
			if (isLive) spinner.clear();
			stream.write(`${line}\n`);
			if (isLive) spinner.render();
		},
		show(next) {
			text = next;
			refresh();
			if (spinner.isSpinning) return;
			spinner.start();
			// Seconds pass also while nothing else happens.
			timer = setInterval(refresh, 200);
		},
		stop() {
			clearInterval(timer);
			text = undefined;
			spinner.stop();
		},
	};
}
