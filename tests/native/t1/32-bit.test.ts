// SPDX-License-Identifier: MIT
import { test } from "uvu";
import { ensureSystemPackages } from "../../../tools/lib/system-packages.js";
import { dataLink, fixture, testProgram } from "./program.js";

/* The ESP32's size_t and pointers have 32 bits: all tests of the data link once more, on a 32-bit x86. */
await ensureSystemPackages(["gcc-multilib"]);
const tests = ["vectors", "chaining", "delivery", "faults", "recovery", "reset", "schedule"].map(
	name => `tests/native/t1/${name}.c`,
);
await testProgram({
	name: "t1-32-bit",
	sources: [...tests, ...fixture, ...dataLink],
	includes: ["se050/native", "tools/bench", "tests/native/t1"],
	flags: ["-m32"],
});

test.run();
