// SPDX-License-Identifier: MIT
import { test } from "uvu";
import { dataLink, fixture, testProgram } from "../t1/program.js";

await testProgram({
	name: "bus-count",
	sources: ["tests/native/se050/bus_count.c", "se050/native/bus_count.c", ...fixture, ...dataLink],
	includes: ["se050/native", "tools/bench", "tests/native/t1"],
});

test.run();
