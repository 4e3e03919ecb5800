/** More than any input of a model, and far from what overflows the stack of whoever walks it. */
export const maxDepth = 100;

/** Whether arrays and objects stand in one another more than `maxDepth` deep. */
export function isTooDeep(value: unknown, levels = maxDepth): boolean {
	if (typeof value !== "object" || value === null) return false;
	return (
		levels === 0 ||
		Object.values(value).some((inner) => isTooDeep(inner, levels - 1))
	);
}
