/** Stars are kept by the browser, for this page; where it keeps nothing, until the page is closed. */
export function createStars() {
	const place = `flux-ultra stars ${location.pathname}`;
	const starred = new Set(read(place));
	return {
		has: (image) => starred.has(image.id),
		of: (images) => images.filter((image) => starred.has(image.id)),
		/** @returns whether it has a star now */
		toggle(image) {
			if (!starred.delete(image.id)) starred.add(image.id);
			try {
				localStorage.setItem(place, JSON.stringify([...starred]));
			} catch {}
			return starred.has(image.id);
		},
		/** For a shell in the folder of the page: `xargs -d '\n' cp -t best/ < stars.txt`. */
		exportFiles(images) {
			const paths = this.of(images).map(pathOf);
			// A list of lines cannot hold such a name; the rows can.
			const lines = paths.filter((path) => !path.includes("\n"));
			save("stars.txt", lines.map((line) => `${line}\n`).join(""));
			const left = paths.length - lines.length;
			return left === 0
				? `${lines.length} in stars.txt`
				: `${lines.length} in stars.txt; ${left} with a line break in its name left out`;
		},
		/** For `flux-ultra batch`, in the folder of the page: each row starts from a starred picture. */
		exportRows(images) {
			const rows = this.of(images).map((image) => ({
				image: pathOf(image),
				prompt: image.prompt,
			}));
			save(
				"stars.jsonl",
				rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
			);
			return `${rows.length} in stars.jsonl`;
		},
	};
}

/** As the folder of the page sees it. A name that begins with a dash would be taken for an option. */
function pathOf({ path }) {
	return path.startsWith("-") ? `./${path}` : path;
}

function read(place) {
	try {
		return JSON.parse(localStorage.getItem(place)) ?? [];
	} catch {
		return [];
	}
}

function save(name, text) {
	const link = document.createElement("a");
	link.download = name;
	link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
