import { mix, type Rgb } from "../../drawing/svg.ts";

/** Words, and the colours that go with them: three of the sky from its top to the horizon, sun, nearest land, leaves. */
const palettes =
	`dawn morning sunrise blossom blossoms cherry spring pink rose love: 5f78b4 e6aebb ffe3c8 fff8e8 33324f f2afc2
night midnight moon star stars space dark: 0a1233 2a3f76 7f93b8 f6f0dc 080d20 41598c
sunset dusk evening desert gold golden dune dunes: 43407a d8735f ffc987 fff2cc 2b1d36 e0964e
autumn fall fire orange red fox leaves tiger: 75899c e5b67c fbe2b4 fff6de 44261f dd6a2d
sea ocean lake river rain water blue beach fish: 3d79a6 98cbd8 f0f4e6 fffdf2 14384b 5fae9f
snow winter ice alps mountain mountains white frost noon: 6f95c0 bcd3e8 f6f4f0 ffffff 2b4762 eef4fb
forest garden green jungle summer meadow tea tree: 7fb0ae cde2c0 f9f1d4 fffce8 1b3a34 86ad5c
storm fog mist misty grey city street neon stone: 4a5468 8f93a6 dccfca fbebda 20232d 8d83a3
purple violet lavender magic dream music abstract: 493c80 a787c8 f7d3da fff2ec 281f48 bb90de`
		.split("\n")
		.map((line) => line.split(": ").map((part) => part.split(" ")));

/** The colours that most words of the prompt ask for, or some by chance; each time they lean another way. */
export function choosePalette(prompt: string, random: () => number) {
	const byChance = Math.floor(random() * palettes.length);
	const wanted = new Set(prompt.toLowerCase().match(/[a-z]+/g));
	const counts = palettes.map(
		([words = []]) => words.filter((word) => wanted.has(word)).length,
	);
	const most = Math.max(...counts);
	const chosen = palettes[most === 0 ? byChance : counts.indexOf(most)];
	const lean = [random() * 255, random() * 255, random() * 255];
	const colors = (chosen?.[1] ?? []).map((hex) =>
		mix(Array.from(Buffer.from(hex, "hex")), lean, 0.06),
	) as [Rgb, Rgb, Rgb, Rgb, Rgb, Rgb];
	const [skyTop, skyMiddle, horizon, sun, land, leaves] = colors;
	return { skyTop, skyMiddle, horizon, sun, land, leaves };
}
