import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "rolldown";

/*
 * What a library loads of Node and we never have it call: HTTP/2 (undici does as well with what it makes of a Node that was built
 * without), and how commander starts programs beside its own, which takes as long to load as all of commander.
 */
const unused = {
	"node:http2": { by: /[\\/]undici[\\/]/, code: "{ constants: {} }" },
	"node:child_process": { by: /[\\/]commander[\\/]/, code: "{}" },
};

/*
 * From source to what is shipped: one file for the words of the command line, and one for the work of each command, with what they
 * use of libraries. Reading four hundred small files costs more than running them.
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
	// Chunks may import from the entries: one file less to read.
	preserveEntrySignatures: "allow-extension",
	output: {
		dir: "dist",
		cleanDir: true,
		format: "cjs",
		entryFileNames: "[name].cjs",
		chunkFileNames: "[name]-[hash].cjs",
		// Names stay, so that a stack can be read.
		minify: { compress: true, mangle: false },
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
	return unused[id]?.by.test(importer) ? `without ${id}.cjs` : null;
}
function load(id) {
	const [, name] = /^without (.+)\.cjs$/.exec(id) ?? [];
	return name ? `module.exports = ${unused[name].code};` : null;
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
