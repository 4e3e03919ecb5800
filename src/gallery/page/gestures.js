/**
 * Zooms the pictures of a stage by wheel, double click, drag and pinch.
 * @param swiped is told that a picture that fits was swept aside: 1 for the next one
 * @returns what forgets the fingers that are down, for other pictures
 */
export function addGestures(stage, zoom, swiped) {
	stage.addEventListener(
		"wheel",
		(event) => {
			if (!event.target.closest(".frame")) return;
			event.preventDefault();
			zoom.by(Math.exp(-event.deltaY / 300), pointOf(event));
		},
		{ passive: false },
	);
	stage.addEventListener("dblclick", (event) => {
		if (event.target.closest(".frame")) zoom.togglePixels(pointOf(event));
	});
	return addFingers(stage, zoom, swiped);
}

function addFingers(stage, zoom, swiped) {
	const fingers = new Map();
	let sweep;
	stage.addEventListener("pointerdown", (event) => {
		if (!event.target.closest(".frame")) return;
		event.preventDefault();
		event.target.setPointerCapture(event.pointerId);
		fingers.set(event.pointerId, pointOf(event));
		const isSweep = fingers.size === 1 && !zoom.isZoomed();
		sweep = isSweep ? event.clientX : undefined;
	});
	stage.addEventListener("pointermove", (event) => {
		const before = fingers.get(event.pointerId);
		if (!before) return;
		const from = spanOf(fingers);
		const now = pointOf(event);
		fingers.set(event.pointerId, now);
		if (fingers.size !== 2) zoom.move(now.x - before.x, now.y - before.y);
		else pinch(zoom, from, spanOf(fingers));
	});
	for (const end of ["pointerup", "pointercancel"])
		stage.addEventListener(end, (event) => {
			fingers.delete(event.pointerId);
			const distance = event.clientX - (sweep ?? event.clientX);
			sweep = undefined;
			if (end === "pointerup" && Math.abs(distance) > 60)
				swiped(-Math.sign(distance));
		});
	return () => fingers.clear();
}

/** How far two fingers are apart, and the point between them. */
function spanOf(fingers) {
	const [a, b = a] = fingers.values();
	return {
		spread: Math.hypot(a.x - b.x, a.y - b.y),
		middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
	};
}

function pinch(zoom, from, to) {
	zoom.by(to.spread / from.spread, to.middle, {
		x: to.middle.x - from.middle.x,
		y: to.middle.y - from.middle.y,
	});
}

/** In pixels of the frame. */
function pointOf({ clientX, clientY, target, currentTarget }) {
	const frame =
		target.closest(".frame") ?? currentTarget.querySelector(".frame");
	const { left, top } = frame.getBoundingClientRect();
	return { x: clientX - left, y: clientY - top };
}
