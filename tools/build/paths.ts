// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { root } from "../lib/root.js";

/** Everything that the build makes; never committed. */
export const buildFolder = join(root, "build");

/** What tsc makes of the firmware, the stand-ins and the XS tests. */
export const firmwareFolder = join(buildFolder, "firmware");

/** The firmware's mc.xs.h, natives.c and sources.mk, and the engine.mk of all projects. */
export const generatedFolder = join(buildFolder, "host", "generated");

/** Full output of the programs that the build runs. */
export const logFolder = join(buildFolder, "logs");
