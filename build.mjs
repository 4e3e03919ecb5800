import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "rolldown";

/*
 * What libraries load and we never have them call, which takes as long as all that we do: of undici HTTP/2, SOCKS and forms as
 * bodies, and for two words of it Node's own HTTP; how commander starts programs beside its own.
 */
const unused = {
	"./client-h2.js": "{}",
	"./socks5-proxy-agent": "{}",
	"../web/fetch/body.js": "{}",
	"node:http": "{ IncomingMessage: class {}, maxHeaderSize: 16_384 }",
	"node:child_process": "{}",
};

/*
 * Files that are loaded as one, each with all that it imports: a file more takes as long to load as 10 kB more in one. What several
 * groups import is in the first of them.
 */
const groups = [
	// A wrong line needs no more.
	{
		name: "program",
		test: /src[\\/](process|commands[\\/](nearest-command|retype)|settings[\\/]folders)\.ts$/,
	},
	// With the sandbox, which imports nothing of the client.
	{ name: "system", test: /src[\\/](system|images|drawing)[\\/]/ },
	{ name: "settings", test: /src[\\/]settings[\\/]resolve\.ts$/ },
	{ name: "session", test: /commands[\\/]session[\\/]session\.ts$/ },
	{ name: "purchase", test: /commands[\\/](work|image[\\/]order)\.ts$/ },
];

/*
 * From source to what is shipped: one file for the words of the command line, those of the groups, and one for what else a command
 * needs, with what they use of libraries. Reading four hundred small files costs more than running them.
 */
const program = {
	input: {
		start: "src/start.ts",
		answers: "src/answers.ts",
		"man-page": "src/man-page.ts",
		// What a test and a bench run in processes of their own.
		leases: "src/purchase/store/leases.ts",
		sandbox: "src/sandbox/sandbox.ts",
	},
	platform: "node",
	// Native, and optional.
	external: ["sharp"],
	// An entry may be part of a group, and is then a file that exports it from there.
	preserveEntrySignatures: "exports-only",
	output: {
		dir: "dist",
		cleanDir: true,
		format: "cjs",
		entryFileNames: "[name].cjs",
		chunkFileNames: "[name]-[hash].cjs",
		codeSplitting: { groups },
		// Names of functions stay, so that a stack can be read.
		minify: { compress: true, mangle: { keepNames: true } },
	},
	plugins: [
		{ name: "without what is never called", resolveId, load },
		{ name: "answers and notices", writeBundle, generateBundle },
	],
};

/* The page of `gallery`: one file, with its style and its script in it. */
const galleryPage = {
	input: "src/gallery/page/main.js",
	platform: "browser",
	output: { dir: "dist", format: "iife", minify: true },
	plugins: [{ name: "gallery page", generateBundle: assemblePage }],
};

// Not by its command line, which lists a hundred files whatever it is told. The second adds to the folder that the first cleans.
await build({ ...program, logLevel: "warn" });
await build({ ...galleryPage, logLevel: "warn" });

/** The browser runs and applies only what has these hashes, whatever stands in a prompt. */
function assemblePage(_options, bundle) {
	const [chunk] = Object.values(bundle);
	delete bundle[chunk.fileName];
	const read = (name) => readFileSync(`src/gallery/page/${name}`, "utf8");
	const parts = { style: read("style.css"), script: chunk.code.trim() };
	let source = read("index.html");
	for (const [tag, text] of Object.entries(parts)) {
		const hash = createHash("sha256").update(text).digest("base64");
		source = source
			.replace(`${tag.toUpperCase()}_HASH`, `'sha256-${hash}'`)
			.replace(`<!-- ${tag} -->`, () => `<${tag}>${text}</${tag}>`);
	}
	this.emitFile({ type: "asset", fileName: "gallery.html", source });
}

function resolveId(id, importer = "") {
	const isOfLibrary = /[\\/](?:undici|commander)[\\/]/.test(importer);
	return isOfLibrary && Object.hasOwn(unused, id) ? `unused:${id}.cjs` : null;
}
function load(id) {
	const [, name] = /^unused:(.+)\.cjs$/.exec(id) ?? [];
	return name ? `module.exports = ${unused[name]};` : null;
}

/** What help and `--version` print, as the program itself would, and the manual page. */
async function writeBundle({ dir }) {
	const { makeAnswers } = await import(path.resolve(dir, "answers.cjs"));
	const text = JSON.stringify(makeAnswers({}));
	writeFileSync(path.join(dir, "answers.json"), text);
	const { makeManPage } = await import(path.resolve(dir, "man-page.cjs"));
	const changes = readFileSync("CHANGELOG.md", "utf8");
	const [, date] = /^## .*(\d{4}-\d\d-\d\d)$/m.exec(changes);
	mkdirSync("man", { recursive: true });
	writeFileSync("man/flux-ultra.1", makeManPage(date));
}

/** The licences of the libraries that are in the bundle, as they ask for it. */
function generateBundle(_options, bundle) {
	const modules = Object.values(bundle).flatMap(({ moduleIds }) => moduleIds);
	const roots = modules.flatMap((id) => {
		const [root] =
			/^.*[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+/.exec(id) ?? [];
		return root === undefined ? [] : [root];
	});
	const notices = [...new Set(roots)].sort().map((root) => {
		const { name, version, license } = JSON.parse(
			readFileSync(path.join(root, "package.json"), "utf8"),
		);
		const file = readdirSync(root).find((one) => /^licen[cs]e/i.test(one));
		const text = file ? readFileSync(path.join(root, file), "utf8") : "";
		return `${name} ${version} (${license})\n\n${text.trim()}\n`;
	});
	this.emitFile({
		type: "asset",
		fileName: "THIRD-PARTY-LICENSES.txt",
		source: notices.join(`\n${"-".repeat(80)}\n\n`),
	});
}
