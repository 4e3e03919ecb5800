/** What goes back on the wire: a status, headers and the whole body. */
export interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: Buffer;
}

export function json(status: number, value: unknown): Answer {
	return {
		status,
		headers: { "content-type": "application/json" },
		body: Buffer.from(JSON.stringify(value)),
	};
}

/** A page as a proxy or CDN writes it in place of the service (met in official code). */
export function htmlPage(status: number): Answer {
	const title = status === 200 ? "Please wait" : `${status} Bad Gateway`;
	return {
		status,
		headers: { "content-type": "text/html; charset=utf-8" },
		body: Buffer.from(
			`<!DOCTYPE html>\n<html><head><title>${title}</title></head>\n<body><center><h1>${title}</h1></center><hr><center>cloud-proxy</center></body></html>\n`,
		),
	};
}

/** An error as S3 and its like write it. */
export function storageError(
	status: number,
	code: string,
	message: string,
): Answer {
	return {
		status,
		headers: { "content-type": "application/xml" },
		body: Buffer.from(
			`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`,
		),
	};
}

function escapeXml(text: string): string {
	return text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
}
