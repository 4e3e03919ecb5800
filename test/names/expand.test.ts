import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import {
	defaultTemplate,
	expandTemplate,
	nameKey,
} from "../../src/names/expand.ts";
import { slugOf } from "../../src/names/slug.ts";
import { placeholdersOf } from "../../src/names/template.ts";
import { createRandom } from "../../src/sandbox/random.ts";

const family = "👩‍👩‍👧‍👦";

describe("slugOf", () => {
	test.each([
		["A serene Japanese garden, at dawn!", "a-serene-japanese-garden-at-dawn"],
		["  don’t look 'back'  ", "dont-look-back"],
		["../../etc/passwd", "etc-passwd"],
		["C:\\temp\\x", "c-temp-x"],
		["\u001b[31mred\u001b[0m \u0007fox", "red-fox"],
		["Ein Mädchen in Köln, 4 Uhr", "ein-mädchen-in-köln-4-uhr"],
		["cafe\u0301", "café"],
		["桜の庭 夜明け", "桜の庭-夜明け"],
		["हिन्दी शब्द", "हिन्दी-शब्द"],
		[`${family} a 1️⃣ cat 🇩🇪🐈‍⬛`, "a-1-cat"],
		["first line\nsecond", "first-line-second"],
		["\u202egnp.exe", "gnp-exe"],
		["soft\u00adhyphen", "softhyphen"],
		["\ud800 lone \udc00", "lone"],
		["", "image"],
		["🐈 / ../ \u0000 ...", "image"],
	])("makes of %j the slug %j", (prompt, slug) => {
		expect(slugOf(prompt)).toBe(slug);
	});

	test("ends a long prompt at a word", () => {
		const slug = slugOf("wonderful landscapes ".repeat(500));
		expect(slug).toBe("wonderful-landscapes-wonderful-landscapes-wonderful");
	});

	test("shortens a long first word between two letters", () => {
		expect(slugOf("x".repeat(10_000))).toBe("x".repeat(60));
		expect(slugOf("桜".repeat(100))).toBe("桜".repeat(60));
		expect(slugOf("ki\u0302\u0323".repeat(50))).toMatch(/^(k\u1ecb\u0302)+k?$/);
		expect(slugOf(`a${"\u0301\u0323".repeat(500)}`)).toBe("\u1ea1");
	});
});

describe("expandTemplate", () => {
	const values = {
		index: "007",
		seed: "42",
		slug: "red-fox",
		model: "flux/ultra",
		date: "2026-11-03",
		ext: "jpg",
		run: "019ed2a4",
		empty: "",
		dots: "..",
		climb: "../../etc/passwd",
	};
	const expand = (template: string) =>
		expandTemplate(template, values, { platform: "linux" });

	test.each([
		[defaultTemplate(), "red-fox-42.jpg"],
		["no placeholder.jpg", "no placeholder.jpg"],
		["{date}/{model}/{index}.{ext}", "2026-11-03/flux_ultra/007.jpg"],
		["../out/./{seed}.jpg", "../out/./42.jpg"],
		["/tmp//a b /{seed}.jpg", "/tmp//a b /42.jpg"],
		["{slug}/", "red-fox/"],
		["{{{seed}}}-{{slug}}.jpg", "{42}-{slug}.jpg"],
		["a}b.jpg", "a}b.jpg"],
		["{climb}.jpg", "_etc_passwd.jpg"],
		["x{climb}", "x_etc_passwd"],
		["{dots}/x.jpg", "_/x.jpg"],
		["out/{empty}/{seed}", "out/_/42"],
		["{empty}.{ext}", "_.jpg"],
		[".{seed}", ".42"],
		[".{dots}/x", "_/x"],
		["..{empty}/x", "_/x"],
		["{seed}.", "42"],
		["{seed}/con/Aux.txt/{slug} . ", "42/con_/Aux_.txt/red-fox"],
		["{seed}/a:b?/c\\d.jpg", "42/a_b_/c_d.jpg"],
		["C:{seed}?.jpg", "C:42_.jpg"],
	])("makes of %j the path %j", (template, path) => {
		expect(expand(template)).toBe(path);
	});

	test("takes both separators of a template as folders on Windows", () => {
		const path = expandTemplate("C:\\out\\{slug}/con\\{climb}.jpg", values, {
			platform: "win32",
		});
		expect(path).toBe("C:\\out\\red-fox/con_\\_etc_passwd.jpg");
	});

	test.each([
		["CON", "CON_.jpg"],
		["nul.tar", "nul_.tar.jpg"],
		["com¹", "com¹_.jpg"],
		["console", "console.jpg"],
		["a.", "a..jpg"],
		[" a ", "a.jpg"],
		[".hidden", "_.hidden.jpg"],
		["-rf", "_-rf.jpg"],
		["a\u202eb\u0000c\nd", "abc d.jpg"],
		["\ud800x", "x.jpg"],
		['<>:"/\\|?*', "___.jpg"],
		[family, `${family}.jpg`],
		["e\u0301", "\u00e9.jpg"],
	])("makes the value %j safe as %j", (title, name) => {
		expect(expandTemplate("{title}.jpg", { title })).toBe(name);
	});

	test("names an unknown placeholder and those that there are", () => {
		expect(() =>
			expandTemplate(
				"out/{sed}.jpg",
				{ seed: "1", ext: "" },
				{ keep: ["run"] },
			),
		).toThrow(
			expect.objectContaining({
				code: "usage",
				message: 'unknown placeholder {sed} in "out/{sed}.jpg"',
				hint: "did you mean {seed}? there are {seed}, {ext}, {run}; write {{ for a brace",
			}),
		);
		expect(() => expand("{constructor}")).toThrow("{constructor}");
		expect(() => expand("{}")).toThrow("{}");
	});

	test.each([
		["{seed", 'a "{" is never closed in "{seed"'],
		["{a{seed}", 'a "{" is never closed in "{a{seed}"'],
		[
			"{slug}/../x.jpg",
			'".." behind a placeholder in "{slug}/../x.jpg": where it leads depends on the image',
		],
		[
			`${"x".repeat(256)}/{seed}`,
			`a name in "${"x".repeat(256)}/{seed}" is longer than 255 bytes`,
		],
	])("refuses %j", (template, message) => {
		expect(() => expand(template)).toThrow(
			expect.objectContaining({ code: "usage", message }),
		);
	});

	test("shortens the longest value and keeps what tells images apart", () => {
		const path = expandTemplate("{prompt}-{seed}.{ext}", {
			prompt: "word ".repeat(2_000),
			seed: "4294967295",
			ext: "jpg",
		});
		expect(path).toMatch(/^(word )+\w*-4294967295\.jpg$/);
		expect(Buffer.byteLength(path)).toBeGreaterThan(240);
		expect(Buffer.byteLength(path)).toBeLessThanOrEqual(255);
	});

	test("shortens between two characters as people see them", () => {
		const path = expandTemplate("{title}.jpg", { title: family.repeat(40) });
		expect(path).toBe(`${family.repeat(10)}.jpg`);
	});

	test("leaves room for the ending of a temporary file, in the file's name only", () => {
		const path = expandTemplate(
			"{title}/{title}.jpg",
			{ title: "x".repeat(300) },
			{ reserveBytes: 50 },
		);
		const [folder = "", file = ""] = path.split("/");
		expect(folder).toBe("x".repeat(254));
		expect(file).toBe(`${"x".repeat(200)}.jpg`);
	});

	test("cuts a long text of the template before its extension", () => {
		const path = expandTemplate(`{seed}${"y".repeat(400)}.jpeg`, { seed: "1" });
		expect(path).toBe(`1${"y".repeat(248)}.jpeg`);
	});

	describe("with placeholders that come later", () => {
		const later = (template: string, title: string, run: string) => {
			const half = expandTemplate(template, { title }, { keep: ["run"] });
			return [half, expandTemplate(half, { run })];
		};

		test.each([
			["{title}-{run}.jpg", "a{b}", "9", "a{{b}}-{run}.jpg", "a{b}-9.jpg"],
			["{{{title}}}/x.jpg", "t", "9", "{{t}}/x.jpg", "{t}/x.jpg"],
			["{title}/{run}.jpg", "..", "..", "_/{run}.jpg", "_/_..jpg"],
			["{title}{run}.jpg", "", ".x", "{run}.jpg", "_.x.jpg"],
			["{title}.{run}", "", "", "_.{run}", "_"],
			[".{title}{run}", ".", ".", "..{run}", "_"],
			["con{run}/{title}", "NUL", "", "con{run}/NUL_", "con_/NUL_"],
			["{run}{title}", "..", "/..", "{run}.", "_"],
		])("expands %j in two steps", (template, title, run, half, path) => {
			expect(later(template, title, run)).toEqual([half, path]);
		});

		test("leaves room for them", () => {
			const run = "019ed2a4-7b1c-7cc0-9d1e-0123456789ab";
			const [, path = ""] = later("{title}-{run}.jpg", "t".repeat(999), run);
			expect(path.endsWith(`t-${run}.jpg`)).toBe(true);
			expect(Buffer.byteLength(path)).toBeLessThanOrEqual(255);
		});

		test("gives a template even where none is left", () => {
			expect(expandTemplate("{a}", { a: "{x}" }, { keep: ["run"] })).toBe(
				"{{x}}",
			);
		});
	});

	test("gives safe paths for whatever the values hold", () => {
		const random = createRandom(20261103);
		const templates = ["{a}", "{a}/{b}.jpg", "../o/x{b}{a}.{c}", ".{a}/{a}{b}"];
		const problems: string[] = [];
		for (let round = 0; round < 3_000; round++) {
			const template = templates[round % templates.length] as string;
			const [a, b, c] = [nasty(random), nasty(random), nasty(random)];
			const reserveBytes = Math.floor(random() * 60);
			const half = expandTemplate(
				template,
				{ a, c },
				{ keep: ["b"], reserveBytes },
			);
			for (const path of [
				expandTemplate(template, { a, b, c }, { reserveBytes }),
				expandTemplate(half, { b }, { reserveBytes }),
			]) {
				const problem = problemWith(path, template, reserveBytes);
				if (problem) problems.push(`${template} ${problem}`);
			}
		}
		expect(problems.slice(0, 5)).toEqual([]);
	});
});

describe("slugOf in a default name", () => {
	test("is safe for whatever the prompt holds", () => {
		const random = createRandom(7);
		for (let round = 0; round < 2_000; round++) {
			const slug = slugOf(nasty(random));
			expect(slug).toMatch(/^[\p{L}\p{N}][\p{L}\p{N}\p{M}-]{0,59}$/u);
			expect(slug).toBe(slug.normalize("NFC"));
			const path = expandTemplate(defaultTemplate(), {
				slug,
				seed: "4294967295",
				ext: "jpeg",
			});
			expect(path).toBe(`${slug}-4294967295.jpeg`);
		}
	});
});

describe("placeholdersOf", () => {
	test("lists each placeholder once, in order, and no escaped braces", () => {
		const template = "{b}/{a}-{b}-{{c}}-{my column}";
		expect(placeholdersOf(template)).toEqual(["b", "a", "my column"]);
		expect(placeholdersOf("out/{{x}}.jpg")).toEqual([]);
	});
});

describe("nameKey", () => {
	test.each([
		["Fox.jpg", "fox.JPG"],
		["caf\u00e9.jpg", "cafe\u0301.jpg"],
		["CAFE\u0301.jpg", "caf\u00e9.jpg"],
		["ΟΔΟΣ.jpg", "οδος.jpg"],
		["./out//a.jpg", "out/b/../a.jpg"],
		["out/a.", "out/a"],
		["out./a.jpg ", "out/a.jpg"],
	])("is the same for %j and %j", (one, other) => {
		expect(nameKey(one)).toBe(nameKey(other));
	});

	test.each([
		["a.jpg", "b.jpg"],
		["a/b.jpg", "b.jpg"],
		["../a.jpg", "a.jpg"],
		["a-1.jpg", "a-11.jpg"],
		["é.jpg", "e.jpg"],
	])("tells %j from %j", (one, other) => {
		expect(nameKey(one)).not.toBe(nameKey(other));
	});
});

/** What is wrong with an expanded path, by rules of their own that share nothing with the code. */
function problemWith(
	path: string,
	template: string,
	reserveBytes: number,
): string | undefined {
	const wanted = template.split("/");
	const names = path.split("/");
	if (names.length !== wanted.length) return `has other folders: ${path}`;
	if (posix.normalize(path).split("/")[0] === "..")
		if (!template.startsWith("..")) return `climbs: ${path}`;
	const changed = names.filter((_, i) => wanted[i]?.includes("{"));
	for (const name of changed) {
		if (name === "" || /^\.+$/.test(name)) return `is no name: ${path}`;
		if (/[. ]$/.test(name)) return `ends in a dot or space: ${name}`;
		if (/[\p{Cc}\p{Cs}\u202a-\u202e<>:"\\|?*]/u.test(name))
			return `holds a bad character: ${name}`;
		if (Buffer.from(name).toString() !== name) return `is not UTF-8: ${name}`;
		if (/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name))
			return `is a device: ${name}`;
		if (Buffer.byteLength(name) > 255) return `is too long: ${name}`;
	}
	const file = names.at(-1) ?? "";
	if (Buffer.byteLength(file) > 255 - reserveBytes)
		return `has no room: ${file}`;
	if (!template.includes(".{a}") && /^[.-]/.test(file))
		return `starts badly: ${file}`;
	return undefined;
}

function nasty(random: () => number): string {
	const count = random() < 0.1 ? 400 : Math.floor(random() * 5);
	const pick = () =>
		pieces[Math.floor(random() * (pieces.length + 5))] ??
		String.fromCharCode(Math.floor(random() * 0x10000));
	const text = Array.from({ length: count }, pick).join("");
	return random() < 0.02 ? text.repeat(50).slice(0, 10_000) : text;
}

const pieces = [
	"../",
	"..\\",
	".",
	"/",
	" ",
	"-",
	"~",
	"CON",
	"nul.",
	"com1",
	"{seed}",
	"}",
	"{{",
	"a.",
	"word",
	"\u0000",
	"\u001b[2J",
	"\n",
	"\u202e",
	"שלום",
	"\ud83d",
	"\udc00",
	family,
	"👍🏽",
	"e\u0301",
	"\u0301",
	"桜",
	"\ufeff",
	"\uffff",
	"x".repeat(200),
];
