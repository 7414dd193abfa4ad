import { test } from "uvu";
import { dataLink, fixture, testProgram } from "./t1-program.js";

testProgram({
	name: "scp03-vectors",
	sources: ["tests/native/scp03-vectors.c", ...fixture, ...dataLink, "se050/native/scp03.c", "se050/native/scp03_crypto.c"],
	includes: ["se050/native", "tests/native"],
	flags: ["-lmbedcrypto"],
});

test.run();
