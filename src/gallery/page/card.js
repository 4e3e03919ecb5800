/** Shows the words under a picture. Everything that came from elsewhere is text, and never markup. */
export function setWords(place, image) {
	const { caption = "", prompt = "", file } = image;
	place.querySelector(".caption").textContent = caption;
	place.querySelector(".prompt").textContent = prompt;
	place.querySelector(".prompt").title = prompt;
	place.querySelector(".figures").textContent = figures(image);
	place.querySelector(".file").textContent = file;
	place.querySelector(".file").title = file;
}

function figures(image) {
	const { number, seed, model, cost, width, height } = image;
	const { otherFormat, isChanged } = image;
	const size = width ? `${width} × ${height}` : undefined;
	const parts = [`#${number}`, seed && `seed ${seed}`, model, cost];
	const rest = [model ? undefined : size, otherFormat];
	return [...parts, ...rest, isChanged && "not as delivered"]
		.filter(Boolean)
		.join(" · ");
}

/** What a picture shows, for those who don't see it. */
export function altOf({ prompt, caption, file }) {
	return (prompt || caption || file).slice(0, 300);
}

/** Brings a star or mark button up to date. */
export function setPressed(place, name, isPressed) {
	const button = place.querySelector(`[data-do="${name}"]`);
	button.ariaPressed = String(isPressed);
	if (name === "star") button.textContent = isPressed ? "★" : "☆";
}

/** A line that is gone after a while, and read aloud. */
export function say(text) {
	const status = document.querySelector("#status");
	// What is outside an open dialog is neither seen nor heard.
	(document.querySelector("dialog[open]") ?? document.body).append(status);
	status.textContent = text;
	clearTimeout(say.timer);
	say.timer = setTimeout(() => {
		status.textContent = "";
	}, 2_500);
}

export async function copy(text, name) {
	if (text === undefined) return say(`${name} not known`);
	try {
		await navigator.clipboard.writeText(text);
		say(`${name} copied`);
	} catch {
		say(
			copyBySelection(text)
				? `${name} copied`
				: "The browser lets nothing be copied",
		);
	}
}

/** Where there is no clipboard for pages: an address without https, a setting of the browser. */
function copyBySelection(text) {
	const area = document.createElement("textarea");
	area.value = text;
	(document.querySelector("dialog[open]") ?? document.body).append(area);
	area.select();
	const isCopied = document.execCommand("copy");
	area.remove();
	return isCopied;
}
