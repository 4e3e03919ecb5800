/** The environment variables that are read, as help tells of them. */
export const environment: Readonly<Record<string, string>> = {
	RUNFLOW_API_KEY: "the key",
	FLUX_ULTRA_MODEL: "the model, as --model",
	FLUX_ULTRA_MAX_COST:
		"ceiling in dollars for a command: no flag and no setting raises it",
	FLUX_ULTRA_MAX_COST_PER_DAY: "the same for a day",
	FLUX_ULTRA_ASK: "always: ask before any purchase, not only above $1",
	FLUX_ULTRA_API_URL:
		"another address of the service (http: only on this machine)",
	FLUX_ULTRA_CONFIG_DIR: "folder of settings and key",
	FLUX_ULTRA_STATE_DIR: "folder of what is bought or unfinished",
	FLUX_ULTRA_SANDBOX: "1: as --sandbox",
	FLUX_ULTRA_SHARDS:
		"how many tasks there are, for --shard auto where the engine does not say",
	FLUX_ULTRA_CALLBACK_SECRET: "what callbacks are signed with, for --listen",
	NO_COLOR: "no colour",
	FORCE_COLOR: "colour, also off a terminal",
	HTTPS_PROXY: "the proxy",
	HTTP_PROXY: "the same, where HTTPS_PROXY is not set",
	NO_PROXY: "hosts that are reached without it",
	NODE_EXTRA_CA_CERTS: "file of certificates to trust, as a proxy's",
};
