#!/usr/bin/env node
// SPDX-License-Identifier: MIT

// The package's binary: the program as it is in a project that has installed this package. Plain JavaScript, so that Node starts it.
import { register } from "tsx/esm/api";

register();
await import("./main.ts");
