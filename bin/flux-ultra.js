#!/usr/bin/env node
import module from "node:module";

// Node 22.8 and later: spares compiling the same files at each start.
module.enableCompileCache?.();

const { start } = await import("../dist/start.js");
await start();
