/** YYYY-MM-DD by this machine's calendar: text that sorts as the days do, and knows no clock changes. */
export function localDate(time: Date): string {
	const pad = (part: number, width: number) =>
		String(part).padStart(width, "0");
	return [
		pad(time.getFullYear(), 4),
		pad(time.getMonth() + 1, 2),
		pad(time.getDate(), 2),
	].join("-");
}
