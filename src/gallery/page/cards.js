import { altOf, setPressed, setWords } from "./card.js";

/** The card of each picture, made when it is asked for. @param state isStarred, isMarked */
export function createCards(state) {
	const template = document.querySelector("#card");
	const cards = new Map();
	const images = new WeakMap();

	function fill(card, image) {
		const { thumb, src, width, height, damage, prompt, command } = image;
		const { otherFormat } = image;
		if (width) card.style.setProperty("--ratio", width / height);
		const picture = card.querySelector(".picture");
		const isBroken = damage !== undefined;
		picture.ariaLabel = isBroken
			? null
			: `Open ${image.number}: ${altOf(image)}`;
		card.classList.toggle("broken", isBroken);
		if (isBroken) picture.textContent = damage;
		else
			setSource(picture, thumb ?? src, template, () => {
				// A browser may show what we don't read.
				if (otherFormat === undefined) return;
				image.damage = `${otherFormat}, which is not shown here`;
				fill(card, image);
			});
		setWords(card, image);
		card.querySelector('[data-do="prompt"]').hidden = prompt === undefined;
		card.querySelector('[data-do="command"]').hidden = command === undefined;
		update(image);
	}

	function update(image) {
		const card = cards.get(image);
		if (!card) return;
		setPressed(card, "star", state.isStarred(image));
		setPressed(card, "mark", state.isMarked(image));
	}

	return {
		of(image) {
			if (!cards.has(image)) {
				const card = template.content.firstElementChild.cloneNode(true);
				cards.set(image, card);
				images.set(card, image);
				fill(card, image);
			}
			return cards.get(image);
		},
		imageAt: (element) => images.get(element.closest(".card")),
		update,
		refill: (image) => cards.has(image) && fill(cards.get(image), image),
		/** Which buttons of a card Tab reaches. */
		setTabIndex(image, value) {
			for (const button of cards.get(image)?.querySelectorAll("button") ?? [])
				button.tabIndex = value;
		},
	};
}

function setSource(picture, source, template, failed) {
	let img = picture.querySelector("img");
	if (!img) {
		img = template.content.querySelector("img").cloneNode();
		picture.replaceChildren(img);
	}
	img.onerror = failed;
	if (img.getAttribute("src") !== source) img.src = source;
}
