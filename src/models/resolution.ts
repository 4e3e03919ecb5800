/** Whether two resolutions in words are the same but for how they are written: 1024 × 1024 is about 1 MP. */
export function isSameResolution(one: string, other: string): boolean {
	const [a, b] = [megapixelsOf(one), megapixelsOf(other)];
	if (a === undefined || b === undefined) return one === other;
	return Math.abs(a - b) <= 0.1 * Math.max(a, b);
}

/** `1440x1440` as people write it. */
export function tidyResolution(words: string): string {
	return words
		.replace(/(\d) ?x ?(\d)/gi, "$1 × $2")
		.replace(/(\d) ?mp\b/gi, "$1 MP");
}

/** Millions of pixels. */
function megapixelsOf(words: string): number | undefined {
	const [, megapixels] = /(\d*\.?\d+) ?(?:mp|megapixels?)\b/i.exec(words) ?? [];
	if (megapixels !== undefined) return Number(megapixels);
	const [, width, height] = /(\d+) ?[x×] ?(\d+)/i.exec(words) ?? [];
	if (width === undefined || height === undefined) return undefined;
	return (Number(width) * Number(height)) / 1_000_000;
}
