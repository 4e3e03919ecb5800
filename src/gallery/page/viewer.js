import { altOf, setPressed, setWords } from "./card.js";
import { addGestures } from "./gestures.js";
import { createZoom } from "./zoom.js";

/**
 * One picture as large as the window, or two side by side that are zoomed and moved together.
 * @param beside the picture before (-1) or behind (1) one
 * @param closed is told which picture was shown last
 */
export function createViewer({ actions, state, beside, closed }) {
	const dialog = document.querySelector("#viewer");
	const stage = dialog.querySelector(".stage");
	const zoom = createZoom(stage, (text) => {
		dialog.querySelector(".zoom").textContent = text;
	});
	const forgetFingers = addGestures(stage, zoom, (step) => go(step));
	let open = [];

	function show(images) {
		open = images;
		// Keys are heard where the focus is.
		if (stage.contains(document.activeElement)) stage.focus();
		stage.replaceChildren(...images.map(paneOf));
		forgetFingers();
		zoom.reset();
		dialog.ariaLabel = images.map(altOf).join(" beside ");
		showButtons(dialog, images);
		for (const image of images) showStar(image);
	}

	function showStar(image) {
		const pane = stage.children[open.indexOf(image)];
		setPressed(pane, "star", state.isStarred(image));
	}

	function go(step) {
		if (open.length > 1) return;
		let next = beside(open[0], step);
		while (next?.damage !== undefined) next = beside(next, step);
		if (next) show([next]);
	}

	const does = {
		previous: () => go(-1),
		next: () => go(1),
		in: () => zoom.by(1.5),
		out: () => zoom.by(1 / 1.5),
		fit: () => zoom.reset(),
		pixels: () => zoom.toPixels(),
		close: () => dialog.close(),
		star(image) {
			actions.star(image);
			showStar(image);
		},
		prompt: actions.prompt,
		command: actions.command,
	};
	/** @param at which of the open pictures it is about */
	const act = (name, at) => does[name]?.(open[at] ?? open[0]);
	dialog.addEventListener("click", ({ target }) => {
		const at = [...stage.children].indexOf(target.closest(".pane"));
		act(target.closest("[data-do]")?.dataset.do, at);
	});
	addKeys(dialog, { zoom, go, act, isOne: () => open.length === 1 });
	dialog.addEventListener("close", () => {
		// Told a moment later: it may be open again, with another picture.
		if (dialog.open) return;
		stage.replaceChildren();
		closed(open[0]);
	});

	return {
		open(images) {
			show(images);
			dialog.showModal();
		},
	};
}

function paneOf(image) {
	const template = document.querySelector("#pane");
	const pane = template.content.firstElementChild.cloneNode(true);
	const [placeholder, full] = pane.querySelectorAll("img");
	// What is there already stands in until four megapixels are decoded.
	if (image.thumb) placeholder.src = image.thumb;
	full.addEventListener("load", () => placeholder.remove());
	full.alt = altOf(image);
	full.src = image.src;
	setWords(pane, image);
	return pane;
}

const aboutTheStage = ["in", "out", "fit", "pixels", "close"];
/** Not every picture has them. */
const texts = ["prompt", "command"];

/** Those that mean something: of two pictures only what is about both. */
function showButtons(dialog, [image, other]) {
	for (const button of dialog.querySelectorAll(".bar [data-do]")) {
		const { do: name } = button.dataset;
		const isKnown = !texts.includes(name) || image[name] !== undefined;
		const isOfOne = other === undefined && isKnown;
		button.hidden = !aboutTheStage.includes(name) && !isOfOne;
	}
}

const keys = {
	...{ "+": "in", "=": "in", "-": "out", 0: "fit", 1: "pixels" },
	...{ s: "star", p: "prompt", c: "command" },
};
const ways = {
	ArrowLeft: [1, 0],
	ArrowRight: [-1, 0],
	ArrowUp: [0, 1],
	ArrowDown: [0, -1],
};

function addKeys(dialog, { zoom, go, act, isOne }) {
	dialog.addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const name = keys[event.key.toLowerCase()];
		const way = ways[event.key];
		if (way && zoom.isZoomed()) zoom.move(way[0] * 80, way[1] * 80);
		else if (way?.[0]) go(-way[0]);
		else if (name && (isOne() || !texts.includes(name)))
			act(name, event.shiftKey ? 1 : 0);
		else return;
		event.preventDefault();
	});
}
