// SPDX-License-Identifier: MIT
import { test } from "uvu";
import { dataLink, fixture, testProgram } from "../t1/program.js";

await testProgram({
	name: "scp03-vectors",
	sources: [
		"tests/native/se050/scp03_vectors.c",
		...fixture,
		...dataLink,
		"se050/native/scp03.c",
		"se050/native/scp03_crypto.c",
	],
	includes: ["se050/native", "tools/bench", "tests/native/t1"],
	flags: ["-lmbedcrypto"],
});

test.run();
