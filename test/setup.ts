import { expect } from "vitest";

// Bytes are compared as such: by vitest's own way, key by key, a picture takes seconds.
expect.addEqualityTesters([
	(one, other) =>
		Buffer.isBuffer(one) && Buffer.isBuffer(other)
			? one.equals(other)
			: undefined,
]);
