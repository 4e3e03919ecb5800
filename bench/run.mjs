/** `npm run bench -- [name] [options]`: runs one of the measurements beside this file, or each in turn. */
const benches = {
	kills: () => import("./kills.mjs"),
};

const [name, ...words] = process.argv.slice(2);
const wanted = name === undefined ? Object.keys(benches) : [name];
const unknown = wanted.find((one) => !Object.hasOwn(benches, one));
if (unknown !== undefined) {
	console.error(
		`no bench ${unknown}; there are: ${Object.keys(benches).join(", ")}`,
	);
	process.exitCode = 2;
} else
	for (const one of wanted) {
		console.log(`\n${one}\n`);
		const { run } = await benches[one]();
		process.exitCode ||= await run(words);
	}
