#!/usr/bin/env node
/*
 * Nothing that a Node of years ago could not read: one that is too old must be able to say so.
 * CommonJS, by the package.json here, and so is the bundle: to load ES modules takes a third of the time of a bare Node.
 */
const version = process.versions.node.split(".");
if (Number(version[0]) * 100 + Number(version[1]) < 2019) {
	process.stderr.write(
		"error: flux-ultra needs Node.js 20.19 or later, this is " +
			process.versions.node +
			"\n",
	);
	process.exitCode = 2;
} else {
	// Node 22.8 and later: spares compiling the same files at each start. Older ones only lose time by loading the module.
	if (Number(version[0]) >= 22) {
		const nodeModule = require("node:module");
		if (nodeModule.enableCompileCache) nodeModule.enableCompileCache();
	}
	require("../dist/start.cjs").start();
}
