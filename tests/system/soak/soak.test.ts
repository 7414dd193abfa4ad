// SPDX-License-Identifier: MIT
/** The soak in its short form: the firmware on XS, simulated chips, the local AWS IoT Core, and connections that end. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { faultNames } from "../../../tools/soak/faults.js";
import { faultsOf, report } from "../../../tools/soak/report.js";
import { soak } from "../../../tools/soak/run.js";

test("30 ends of connections of all kinds lose no message that was acknowledged, of 300 each way", async () => {
	const soaked = await soak({
		built: await build(),
		devices: 5,
		disconnects: 30,
		messages: 300,
		seed: "short",
		timeLimit: 1_200,
	});
	assert.equal(faultsOf(soaked), [], report(soaked));
	for (const fault of faultNames)
		assert.ok(
			soaked.devices.some(({ saboteur }) => (saboteur.done.get(fault) ?? 0) > 0),
			fault,
		);
	for (const ledger of soaked.devices.flatMap(({ ledgers }) => [ledgers.up, ledgers.down]))
		assert.ok(ledger.acknowledged.size >= 60 && ledger.arrived >= 60);
});

test.run();
