import { altOf, setPressed, setWords } from "./card.js";

/** Made at a time, as their end comes near: all cards of ten thousand pictures would take a second to be laid out, at each letter of a search. */
const cardsAtOnce = 100;
/** How far below the window the end is near, in pixels: some screens. */
const near = 3_000;

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
	const end = new IntersectionObserver(
		([last]) => last.isIntersecting && append(list.childElementCount + 1),
		{ rootMargin: `${near}px 0px` },
	);

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

	/** @param length how many cards are there at once at least */
	function show(next, length) {
		shown = next;
		if (!shown.includes(current)) setCurrent(shown[0]);
		list.replaceChildren();
		append(length);
	}

	/** Makes the list at least so long, as far as there are pictures. */
	function append(length) {
		const from = list.childElementCount;
		if (length <= from) return;
		const to = Math.max(length, from + cardsAtOnce);
		list.append(...shown.slice(from, to).map(cardOf));
		end.disconnect();
		if (to < shown.length) end.observe(list.lastElementChild);
	}

	/** The card of a picture that is shown, in its place. */
	function placedCard(image) {
		append(shown.indexOf(image) + 1);
		return cardOf(image);
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
		const card = placedCard(image);
		card.querySelector(".picture").focus();
		card.scrollIntoView({ block: "nearest" });
	}

	/** The picture above or below: the one whose middle is the nearest in the next row. */
	function inRow(step) {
		const middle = (box) => box.left + box.width / 2;
		const here = placedCard(current).getBoundingClientRect();
		let best;
		for (let at = shown.indexOf(current) + step; ; at += step) {
			const box = shown[at] && placedCard(shown[at]).getBoundingClientRect();
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

	const showAll = () => append(shown.length);
	addEventListener("beforeprint", showAll);

	return {
		show,
		showAll,
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
