// SPDX-License-Identifier: MIT
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { withChip } from "../../../tools/se050/chip.js";
import { info, infoLines } from "../../../tools/se050/info.js";
import { endBench, hex, startBench } from "./tool.js";

const variants = suite("parts told apart");

/** The simulator's variants that differ in applet, keys or channel; the name that IDENTIFY's OEF id stands for. */
const parts = {
	SE050A1: ["SE050A1", "3.1.1"],
	SE050B1: ["SE050B1", "3.1.1"],
	SE050E2: ["SE050E2", "7.2.0"],
	SE050F2: ["SE050F2", "3.6.0"],
	SE051C2: ["SE051C2", "7.2.0"],
} as const;

for (const [variant, [name, version]] of Object.entries(parts))
	variants(`an ${variant} is reported by its OEF id, its version and its features`, async () => {
		const bench = await startBench({ variant });
		try {
			const lines = infoLines(
				await withChip({ bus: bench.chip.address, scp03: variant === "SE050F2" ? "auto" : "" }, info),
			).join("\n");
			assert.match(lines, new RegExp(`^part +${name}$`, "m"));
			assert.match(lines, new RegExp(`^applet +${version.replaceAll(".", "\\.")},`, "m"));
			assert.match(lines, new RegExp(`^UID +${hex(bench.chip.uid)}$`, "m"));
			assert.is(/^features .*RSA/m.test(lines), !["SE050A1", "SE050E2"].includes(variant), lines);
			assert.is(/^features .*ECDSA/m.test(lines), variant !== "SE050B1", lines);
		} finally {
			await endBench(bench);
		}
	});

variants("an SE050F2 without a secure channel says what it can, and what it wants", async () => {
	const bench = await startBench({ variant: "SE050F2" });
	try {
		const lines = infoLines(await withChip({ bus: bench.chip.address }, info)).join("\n");
		assert.match(lines, /^part +SE050F2$/m);
		assert.match(lines, /^UID +not readable: this chip requires a secure channel, try --scp03 auto$/m);
	} finally {
		await endBench(bench);
	}
});

variants.run();
