import { test } from "uvu";
import { dataLink, fixture, testProgram } from "./t1-program.js";

testProgram({ name: "t1-recovery", sources: ["tests/native/t1-recovery.c", ...fixture, ...dataLink], includes: ["se050/native", "tests/native"] });

test.run();
