import { copy, say } from "./card.js";
import { createGrid } from "./grid.js";
import { watchServer } from "./live.js";
import { createStars } from "./stars.js";
import { createViewer } from "./viewer.js";

const find = (selector) => document.querySelector(selector);
const stars = createStars();
/** Those to compare, at most two. */
let marked = [];
let content;

/** What buttons and keys do with a picture. */
const actions = {
	star(image) {
		const isStarred = stars.toggle(image);
		say(isStarred ? "Starred" : "Star taken away");
		grid.update(image);
		showStars();
	},
	mark(image) {
		const before = marked;
		marked = before.includes(image)
			? before.filter((one) => one !== image)
			: [...before.slice(-1), image];
		for (const one of [...before, image]) grid.update(one);
		find("#compare").hidden = marked.length < 2;
		say(`${marked.length} of 2 to compare`);
	},
	prompt: (image) => copy(image.prompt, "Prompt"),
	command: (image) => copy(image.command, "Command"),
	open: (image) => viewer.open([image]),
};
const state = {
	isStarred: (image) => stars.has(image),
	isMarked: (image) => marked.includes(image),
};
const viewer = createViewer({
	actions,
	state,
	beside: (image, step) => grid.beside(image, step),
	closed: (image) => grid.focus(image),
});
const grid = createGrid({ actions, state });

function compare() {
	if (marked.length === 2) viewer.open(marked);
}

function showStars() {
	const starred = stars.of(content.images);
	find("#only-stars .number").textContent = starred.length;
	for (const id of ["#export-files", "#export-rows"])
		find(id).hidden = starred.length === 0;
}

/** Shows what search, sort and stars leave, from its beginning. */
function select() {
	showSelected(1);
	scrollTo(0, 0);
}

/** @param length how many cards are there at once at least */
function showSelected(length) {
	const words = find("#search").value.toLowerCase().split(/\s+/);
	const isOnlyStars = find("#only-stars").ariaPressed === "true";
	const shown = content.images
		.filter((image) => words.every((word) => textOf(image).includes(word)))
		.filter((image) => !isOnlyStars || stars.has(image))
		.sort(orders[find("#sort").value]);
	grid.show(shown, length);
	find("#nothing").hidden = shown.length > 0 || content.images.length === 0;
	const all = content.images.length;
	const pictures = `${all} ${all === 1 ? "picture" : "pictures"}`;
	find("#count").textContent =
		shown.length === all ? pictures : `${shown.length} of ${pictures}`;
}

const texts = new WeakMap();
function textOf(image) {
	const { number, file, prompt, caption, seed, model } = image;
	if (!texts.has(image)) {
		const parts = [`#${number}`, file, prompt, caption, seed, model];
		texts.set(image, parts.join("\n").toLowerCase());
	}
	return texts.get(image);
}

const made = ({ made = "" }) => made;
const compareText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const orders = {
	number: (a, b) => a.number - b.number,
	newest: (a, b) => compareText(made(b), made(a)),
	oldest: (a, b) => compareText(made(a), made(b)),
	prompt: (a, b) => compareText(a.prompt ?? "\uffff", b.prompt ?? "\uffff"),
	seed: (a, b) => (a.seed ?? Infinity) - (b.seed ?? Infinity),
	cost: (a, b) => (b.paidUsd ?? -1) - (a.paidUsd ?? -1),
};

function showFailed(rows) {
	for (const id of ["#failed", "#to-failed"])
		find(id).hidden = rows.length === 0;
	find("#to-failed").textContent = `${rows.length} not there`;
	const items = rows.map((row) => {
		const item = document.createElement("li");
		for (const [name, text] of Object.entries({
			caption: row.caption ?? "",
			prompt: row.prompt ?? "",
			facts: `line ${row.line} · ${row.why}`,
		})) {
			const line = document.createElement("p");
			line.className = name;
			line.dir = "auto";
			line.textContent = text;
			item.append(line);
		}
		return item;
	});
	find("#failed ul").replaceChildren(...items);
}

/** Takes what there is to show, at the start and whenever it has changed. */
function take(next) {
	// Pictures that stay are the same objects, so that marks and cards stay with them.
	const name = ({ id, file }) => `${id} ${file}`;
	const known = new Map(content?.images.map((image) => [name(image), image]));
	for (const [at, image] of next.images.entries()) {
		const before = known.get(name(image));
		if (before === undefined) continue;
		next.images[at] = Object.assign(before, image);
		texts.delete(before);
		grid.refill(before);
	}
	content = next;
	marked = marked.filter((image) => content.images.includes(image));
	find("#compare").hidden = marked.length < 2;
	document.title = content.title;
	find("h1").textContent = content.title;
	showFailed(content.failed);
	showStars();
	showSelected(Math.max(1, find("#grid").childElementCount));
}

find("#search").addEventListener("input", select);
find("#sort").addEventListener("change", select);
find("#only-stars").addEventListener("click", ({ currentTarget }) => {
	currentTarget.ariaPressed = String(currentTarget.ariaPressed !== "true");
	select();
});
find("#compare").addEventListener("click", compare);
// They stand behind the last picture.
find("#to-failed").addEventListener("click", grid.showAll);
find("#help").addEventListener("click", () => find("#keys").showModal());
find("#export-files").addEventListener("click", () =>
	say(stars.exportFiles(content.images)),
);
find("#export-rows").addEventListener("click", () =>
	say(stars.exportRows(content.images)),
);

document.addEventListener("keydown", (event) => {
	if (event.ctrlKey || event.metaKey || event.altKey) return;
	if (document.querySelector("dialog[open]")) return;
	if (event.target.matches("input, select")) {
		if (event.key === "Escape") grid.focus();
		return;
	}
	const global = {
		"/": () => find("#search").focus(),
		"?": () => find("#keys").showModal(),
		v: compare,
	}[event.key];
	if (global) {
		event.preventDefault();
		global();
	} else if (grid.key(event)) event.preventDefault();
});

take(JSON.parse(find("#data").textContent));
if (content.server) watchServer(content.server, take);
