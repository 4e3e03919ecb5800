import type { Input } from "../../src/models/check-inputs.ts";
import type { BatchOrder } from "../../src/orders/plan-rows.ts";
import { findModel } from "../models/find-model.ts";

export const ultra = "black-forest-labs/flux-1-1-pro-ultra";

/** A batch as `flux-ultra batch rows -o /out/` asks for it. */
export const batchOrder: BatchOrder = {
	service: "https://api.test",
	read: reading(),
	assumedMicros: undefined,
	output: "/out/",
	allowsAbsolute: false,
	force: false,
	sidecar: false,
	callbackUrl: undefined,
	project: undefined,
	command: "flux-ultra batch rows",
	cwd: "/home/ann",
	nowMs: new Date(2026, 10, 3, 12).getTime(),
	countRows: async () => 12,
};

/** What rows ask for, of this model where they name none, with these inputs for all. */
export function reading(params: Input = {}, model = ultra): BatchOrder["read"] {
	return async (row) => ({
		model: findModel(row.model ?? model),
		input: { ...params, ...row.inputs },
		files: [],
	});
}
