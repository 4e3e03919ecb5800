/** Times the size that fits the window. */
const most = 32;

/**
 * Zooms and moves all pictures of a stage together.
 * @param changed is told the zoom in words
 */
export function createZoom(stage, changed) {
	let scale = 1;
	let x = 0;
	let y = 0;

	function apply() {
		const frames = [...stage.querySelectorAll(".frame")];
		const { width, height } = frames[0].getBoundingClientRect();
		// The picture never leaves the window.
		x = Math.min(0, Math.max(x, width * (1 - scale)));
		y = Math.min(0, Math.max(y, height * (1 - scale)));
		for (const frame of frames) {
			frame.classList.toggle("zoomed", scale > 1);
			for (const img of frame.children)
				img.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
		}
		const percent = Math.round(scale * pixelShare(stage) * 100);
		changed(scale === 1 ? "Fit" : `${percent} %`);
	}

	/** @param at the point that stays where it is, in pixels of the frame; its middle by default */
	function to(next, at) {
		const { width, height } = sizeOf(stage);
		const point = at ?? { x: width / 2, y: height / 2 };
		const before = scale;
		scale = Math.min(most, Math.max(1, next));
		x = point.x - ((point.x - x) * scale) / before;
		y = point.y - ((point.y - y) * scale) / before;
		apply();
	}

	// Until then its size is not known. The event does not bubble.
	stage.addEventListener("load", apply, true);

	const toPixels = (at) => to(1 / pixelShare(stage), at);

	return {
		/** @param shift how far the picture is moved before that, as two fingers do */
		by(factor, at, shift = { x: 0, y: 0 }) {
			x += shift.x;
			y += shift.y;
			to(scale * factor, at);
		},
		/** So large that a pixel of the picture is one of the screen; one that is smaller than the window fits it. */
		toPixels,
		togglePixels(at) {
			if (scale > 1) to(1, at);
			else toPixels(at);
		},
		isZoomed: () => scale > 1,
		move(right, down) {
			x += right;
			y += down;
			apply();
		},
		reset() {
			[scale, x, y] = [1, 0, 0];
			apply();
		},
	};
}

function sizeOf(stage) {
	return stage.querySelector(".frame").getBoundingClientRect();
}

/** How many pixels of the screen a pixel of the picture has where it fits the window. */
function pixelShare(stage) {
	const { width, height } = sizeOf(stage);
	const { naturalWidth, naturalHeight } = stage.querySelector(".full");
	if (!naturalWidth) return 1;
	const fit = Math.min(width / naturalWidth, height / naturalHeight);
	return fit * devicePixelRatio;
}
