import { createCards } from "./cards.js";

/** Made at a time, as their end comes near: all cards of ten thousand pictures would take a second to be laid out, at each letter of a search. */
const cardsAtOnce = 100;
/** How far below the window the end is near, in pixels: some screens. */
const near = 3_000;

const letters = { s: "star", x: "mark", p: "prompt", c: "command" };

/**
 * The pictures as cards, of which one has the focus of the keyboard (roving tabindex).
 * @param actions what buttons and keys do: star, mark, prompt, command, open
 * @param state isStarred, isMarked
 */
export function createGrid({ actions, state }) {
	const list = document.querySelector("#grid");
	const cards = createCards(state);
	const placed = createPlacedCards(list, cards.of);
	let shown = [];
	let current;

	function setCurrent(image) {
		cards.setTabIndex(current, -1);
		current = image;
		if (image) cards.of(image);
		cards.setTabIndex(image, 0);
	}

	function focus(image = current) {
		if (!image) return;
		setCurrent(image);
		const card = placed.of(image);
		card.querySelector(".picture").focus();
		card.scrollIntoView({ block: "nearest" });
	}

	const beside = (image, step) => shown[shown.indexOf(image) + step];
	const inRow = (step) => nearestInRow(shown, current, step, placed.of);
	const moves = {
		ArrowLeft: () => beside(current, -1),
		ArrowRight: () => beside(current, 1),
		ArrowUp: () => inRow(-1),
		ArrowDown: () => inRow(1),
		Home: () => shown[0],
		End: () => shown.at(-1),
	};
	listenToClicks(list, { cards, actions, setCurrent });
	addEventListener("beforeprint", placed.showAll);

	return {
		/** @param length how many cards are there at once at least */
		show(next, length) {
			shown = next;
			showShape(list, shown);
			if (!shown.includes(current)) setCurrent(shown[0]);
			placed.show(shown, length);
		},
		showAll: placed.showAll,
		update: cards.update,
		refill: cards.refill,
		focus,
		beside,
		/** @returns whether the key was for the grid */
		key(event) {
			if (!current) return false;
			const move = moves[event.key];
			const letter = letters[event.key.toLowerCase()];
			if (move) focus(move() ?? current);
			else if (letter) actions[letter](current);
			return Boolean(move ?? letter);
		},
	};
}

/** Columns for pictures of one shape, as far as it is known; one that is broken takes the shape of the others. */
function showShape(list, images) {
	const ratios = images.flatMap(({ width, height }) => width / height || []);
	const isEven =
		ratios.length > 0 && Math.max(...ratios) / Math.min(...ratios) < 1.02;
	list.classList.toggle("even", isEven);
	list.style.setProperty("--ratio", isEven ? ratios[0] : null);
}

/** The cards in their places in the list, made as its end comes near. */
function createPlacedCards(list, cardOf) {
	let shown = [];
	const end = new IntersectionObserver(
		([last]) => last.isIntersecting && append(list.childElementCount + 1),
		{ rootMargin: `${near}px 0px` },
	);
	/** Makes the list at least so long, as far as there are pictures. */
	function append(length) {
		const from = list.childElementCount;
		if (length <= from) return;
		const to = Math.max(length, from + cardsAtOnce);
		list.append(...shown.slice(from, to).map(cardOf));
		end.disconnect();
		if (to < shown.length) end.observe(list.lastElementChild);
	}
	return {
		show(next, length) {
			shown = next;
			list.replaceChildren();
			append(length);
		},
		showAll: () => append(shown.length),
		of(image) {
			append(shown.indexOf(image) + 1);
			return cardOf(image);
		},
	};
}

/** The picture above or below: the one whose middle is the nearest in the next row. */
function nearestInRow(shown, current, step, cardOf) {
	const middle = (box) => box.left + box.width / 2;
	const here = cardOf(current).getBoundingClientRect();
	let best;
	for (let at = shown.indexOf(current) + step; ; at += step) {
		const box = shown[at] && cardOf(shown[at]).getBoundingClientRect();
		if (!box || (best && box.top !== best.top)) return best?.image;
		if (box.top === here.top) continue;
		const distance = Math.abs(middle(box) - middle(here));
		if (!best || distance < best.distance)
			best = { image: shown[at], distance, top: box.top };
	}
}

function listenToClicks(list, { cards, actions, setCurrent }) {
	list.addEventListener("click", ({ target }) => {
		const image = cards.imageAt(target);
		const button = target.closest("button");
		if (!button || !image) return;
		setCurrent(image);
		const name = button.dataset.do ?? "open";
		if (name !== "open" || image.damage === undefined) actions[name](image);
	});
	list.addEventListener("focusin", ({ target }) =>
		setCurrent(cards.imageAt(target)),
	);
	// A picture that this browser cannot show is told by its words.
	list.addEventListener(
		"error",
		({ target }) => target.closest(".card")?.classList.add("broken"),
		true,
	);
}
