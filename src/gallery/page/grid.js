import { altOf, setPressed, setWords } from "./card.js";

/** Cards beyond the first screens are made later, twice as many each time: each time all of them are laid out. */
const firstCards = 200;

/**
 * The pictures as cards, of which one has the focus of the keyboard (roving tabindex).
 * @param actions what buttons and keys do: star, mark, prompt, command, open
 * @param state isStarred, isMarked
 */
export function createGrid({ actions, state }) {
	const list = document.querySelector("#grid");
	const template = document.querySelector("#card");
	const cards = new Map();
	const images = new WeakMap();
	let shown = [];
	let current;
	let turn = 0;

	function cardOf(image) {
		if (!cards.has(image)) {
			const card = template.content.firstElementChild.cloneNode(true);
			cards.set(image, card);
			images.set(card, image);
			fill(card, image);
		}
		return cards.get(image);
	}

	function fill(card, image) {
		const { thumb, src, width, height, damage, prompt, command } = image;
		if (width) card.style.setProperty("--ratio", width / height);
		const picture = card.querySelector(".picture");
		const isBroken = damage !== undefined;
		picture.ariaLabel = isBroken
			? null
			: `Open ${image.number}: ${altOf(image)}`;
		card.classList.toggle("broken", isBroken);
		if (isBroken) picture.textContent = damage;
		else setSource(picture, thumb ?? src);
		setWords(card, image);
		card.querySelector('[data-do="prompt"]').hidden = prompt === undefined;
		card.querySelector('[data-do="command"]').hidden = command === undefined;
		update(image);
	}

	function setSource(picture, source) {
		let img = picture.querySelector("img");
		if (!img) {
			img = template.content.querySelector("img").cloneNode();
			picture.replaceChildren(img);
		}
		if (img.getAttribute("src") !== source) img.src = source;
	}

	function update(image) {
		const card = cards.get(image);
		if (!card) return;
		setPressed(card, "star", state.isStarred(image));
		setPressed(card, "mark", state.isMarked(image));
	}

	function show(next) {
		shown = next;
		turn += 1;
		if (!shown.includes(current)) setCurrent(shown[0]);
		list.replaceChildren();
		append(0, firstCards, turn);
	}

	function append(from, to, mine) {
		if (mine !== turn) return;
		list.append(...shown.slice(from, to).map(cardOf));
		if (to < shown.length) setTimeout(append, 0, to, 2 * to, mine);
	}

	function setCurrent(image) {
		const index = (one, value) => {
			for (const button of cards.get(one)?.querySelectorAll("button") ?? [])
				button.tabIndex = value;
		};
		index(current, -1);
		current = image;
		if (image) cardOf(image);
		index(image, 0);
	}

	function focus(image = current) {
		if (!image) return;
		setCurrent(image);
		const card = cardOf(image);
		card.querySelector(".picture").focus();
		card.scrollIntoView({ block: "nearest" });
	}

	/** The picture above or below: the one whose middle is the nearest in the next row. */
	function inRow(step) {
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

	const beside = (image, step) => shown[shown.indexOf(image) + step];
	const moves = {
		ArrowLeft: () => beside(current, -1),
		ArrowRight: () => beside(current, 1),
		ArrowUp: () => inRow(-1),
		ArrowDown: () => inRow(1),
		Home: () => shown[0],
		End: () => shown.at(-1),
	};
	const letters = { s: "star", x: "mark", p: "prompt", c: "command" };

	list.addEventListener("click", ({ target }) => {
		const button = target.closest("button");
		const image = images.get(target.closest(".card"));
		if (!button || !image) return;
		setCurrent(image);
		const name = button.dataset.do ?? "open";
		if (name !== "open" || image.damage === undefined) actions[name](image);
	});
	list.addEventListener("focusin", ({ target }) =>
		setCurrent(images.get(target.closest(".card"))),
	);
	// A picture that this browser cannot show is told by its words.
	list.addEventListener(
		"error",
		({ target }) => target.closest(".card")?.classList.add("broken"),
		true,
	);

	return {
		show,
		update,
		refill: (image) => cards.has(image) && fill(cards.get(image), image),
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
