import type { Runtime } from "../runtime.ts";

/** Whether the built-in sandbox is asked for, by the option or the variable. */
export function wantsSandbox(
	options: { readonly sandbox?: boolean },
	env: Runtime["env"],
): boolean {
	const variable = env.FLUX_ULTRA_SANDBOX ?? "";
	return options.sandbox ?? !["", "0", "false"].includes(variable);
}
