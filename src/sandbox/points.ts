/** Where a fault can strike. Each point counts its own turns from 1. */
export const pointTable = [
	{ point: "any", where: "every request, on either port" },
	{ point: "post", where: "a POST that buys a run" },
	{ point: "poll", where: "GET of one run" },
	{ point: "list", where: "the listing of runs" },
	{ point: "logs", where: "the logs of a run" },
	{ point: "auth", where: "GET /v1/auth/me" },
	{ point: "balance", where: "either balance endpoint" },
	{ point: "models", where: "the catalogue" },
	{
		point: "upload",
		where: "all three steps of an upload, in turn: announce, bytes, confirm",
	},
	{ point: "put", where: "the bytes of an upload alone" },
	{ point: "image", where: "the download of a picture" },
	{ point: "link", where: "the making of a run's links, at each reading" },
	{ point: "run", where: "a run that is created" },
	{ point: "callback", where: "a callback that is sent" },
] as const;

export type Point = (typeof pointTable)[number]["point"];
