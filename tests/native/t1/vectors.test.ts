// SPDX-License-Identifier: MIT
import { test } from "uvu";
import { dataLink, fixture, testProgram } from "./program.js";

await testProgram({
	name: "t1-vectors",
	sources: ["tests/native/t1/vectors.c", ...fixture, ...dataLink],
	includes: ["se050/native", "tools/bench", "tests/native/t1"],
});

test.run();
