import { setFlagsFromString } from "node:v8";

/** Sets an option of V8 from now on, where this Node is known to have it: V8 complains on stderr of one that it does not know. */
export function setV8Option(option: string): void {
	if (Number.parseInt(process.versions.node, 10) <= lastKnownNode)
		setFlagsFromString(option);
}

const lastKnownNode = 24;
