/** Where a fault can strike. Each point counts its own turns from 1. */
const points = {
	any: "every request, on either port",
	post: "a POST that buys a run",
	poll: "GET of one run",
	list: "the listing of runs",
	logs: "the logs of a run",
	auth: "GET /v1/auth/me",
	balance: "either balance endpoint",
	models: "the catalogue",
	upload: "all three steps of an upload, in turn: announce, bytes, confirm",
	put: "the bytes of an upload alone",
	image: "the download of a picture",
	link: "the making of a run's links, at each reading",
	run: "a run that is created",
	callback: "a callback that is sent",
} as const;

export type Point = keyof typeof points;

export const pointTable = Object.entries(points).map(([point, where]) => ({
	point: point as Point,
	where,
}));

/** Where a kind can strike; the first is meant where none is written. */
export type Points = readonly [Point, ...Point[]];

/** Points that are endpoints of the API. */
export const api = [
	"post",
	"poll",
	"list",
	"logs",
	"auth",
	"balance",
	"models",
	"upload",
] as const satisfies readonly Point[];

/** Points at the port of the storage. */
export const storage = ["image", "put"] as const satisfies readonly Point[];
