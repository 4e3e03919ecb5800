/** Times the size that fits the window. */
const most = 32;

/**
 * Zooms and moves all pictures of a stage together: by calls, wheel, double click, drag and pinch.
 * @param changed is told the zoom in words
 * @param swiped is told that a picture that fits was swept aside: 1 for the next one
 */
export function createZoom(stage, { changed, swiped }) {
	let scale = 1;
	let x = 0;
	let y = 0;
	const fingers = new Map();
	let sweep;

	const frames = () => [...stage.querySelectorAll(".frame")];

	function apply() {
		const { width, height } = frames()[0].getBoundingClientRect();
		// The picture never leaves the window.
		x = Math.min(0, Math.max(x, width * (1 - scale)));
		y = Math.min(0, Math.max(y, height * (1 - scale)));
		for (const frame of frames()) {
			frame.classList.toggle("zoomed", scale > 1);
			for (const img of frame.children)
				img.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
		}
		changed(
			scale === 1 ? "Fit" : `${Math.round(scale * pixelShare() * 100)} %`,
		);
	}

	/** How many pixels of the screen a pixel of the picture has where it fits the window. */
	function pixelShare() {
		const img = stage.querySelector(".full");
		const { width, height } = frames()[0].getBoundingClientRect();
		const { naturalWidth, naturalHeight } = img;
		if (!naturalWidth) return 1;
		const fit = Math.min(width / naturalWidth, height / naturalHeight);
		return fit * devicePixelRatio;
	}

	/** @param at the point that stays where it is, in pixels of the frame; its middle by default */
	function to(next, at) {
		const { width, height } = frames()[0].getBoundingClientRect();
		const point = at ?? { x: width / 2, y: height / 2 };
		const before = scale;
		scale = Math.min(most, Math.max(1, next));
		x = point.x - ((point.x - x) * scale) / before;
		y = point.y - ((point.y - y) * scale) / before;
		apply();
	}

	function pointOf({ clientX, clientY, target }) {
		const frame = target.closest(".frame") ?? frames()[0];
		const { left, top } = frame.getBoundingClientRect();
		return { x: clientX - left, y: clientY - top };
	}

	function toPixels(at) {
		const pixels = 1 / pixelShare();
		to(scale > 1 || pixels <= 1 ? 1 : pixels, at);
	}

	function pinch(event) {
		const [a, b] = [...fingers.values()];
		const spread = Math.hypot(a.x - b.x, a.y - b.y);
		const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
		fingers.set(event.pointerId, pointOf(event));
		const [c, d] = [...fingers.values()];
		x += (c.x + d.x) / 2 - middle.x;
		y += (c.y + d.y) / 2 - middle.y;
		to((scale * Math.hypot(c.x - d.x, c.y - d.y)) / spread, {
			x: (c.x + d.x) / 2,
			y: (c.y + d.y) / 2,
		});
	}

	stage.addEventListener(
		"wheel",
		(event) => {
			if (!event.target.closest(".frame")) return;
			event.preventDefault();
			to(scale * Math.exp(-event.deltaY / 300), pointOf(event));
		},
		{ passive: false },
	);
	stage.addEventListener("dblclick", (event) => {
		if (event.target.closest(".frame")) toPixels(pointOf(event));
	});
	stage.addEventListener("pointerdown", (event) => {
		if (!event.target.closest(".frame")) return;
		event.preventDefault();
		event.target.setPointerCapture(event.pointerId);
		fingers.set(event.pointerId, pointOf(event));
		sweep = fingers.size === 1 && scale === 1 ? event.clientX : undefined;
	});
	stage.addEventListener("pointermove", (event) => {
		const before = fingers.get(event.pointerId);
		if (!before) return;
		if (fingers.size === 2) return pinch(event);
		const now = pointOf(event);
		x += now.x - before.x;
		y += now.y - before.y;
		fingers.set(event.pointerId, now);
		apply();
	});
	for (const end of ["pointerup", "pointercancel"])
		stage.addEventListener(end, (event) => {
			fingers.delete(event.pointerId);
			const distance = event.clientX - (sweep ?? event.clientX);
			sweep = undefined;
			if (end === "pointerup" && Math.abs(distance) > 60)
				swiped(-Math.sign(distance));
		});

	return {
		by: (factor) => to(scale * factor),
		toPixels,
		isZoomed: () => scale > 1,
		move(right, down) {
			x += right;
			y += down;
			apply();
		},
		reset() {
			[scale, x, y] = [1, 0, 0];
			fingers.clear();
			apply();
		},
	};
}
