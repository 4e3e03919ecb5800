import { expect, it } from "vitest";
import { settingNames } from "../../src/settings/settings.ts";
import { mistypedName, nearestName } from "../../src/system/nearest-name.ts";

it.each([
	["modle", "model"],
	["MAX_COST", "max-cost"],
	["max-costs", "max-cost"],
	["max", "max-cost"],
	["api", "api-url"],
	["time-out", "timeout"],
	["colour", undefined],
	["", undefined],
	["x".repeat(10_000), undefined],
])("%j means %s", (text, name) => {
	expect(nearestName(text, settingNames)).toBe(name);
});

it.each([
	["resme", "resume"],
	["modles", "models"],
	["modle", "models"],
	["ressume", "resume"],
	["bacth", "batch"],
	["beach", undefined],
	["models", undefined],
	["a garden", undefined],
])("%j is a slip of the name %j", (text, name) => {
	expect(mistypedName(text, ["resume", "batch", "models"])).toBe(name);
});
