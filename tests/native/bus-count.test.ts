import { test } from "uvu";
import { dataLink, fixture, testProgram } from "./t1-program.js";

testProgram({ name: "bus-count", sources: ["tests/native/bus-count.c", "se050/native/bus_count.c", ...fixture, ...dataLink], includes: ["se050/native", "tests/native"] });

test.run();
