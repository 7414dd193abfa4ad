// SPDX-License-Identifier: MIT
/** What the driver costs on the bus, on XS with a simulated chip in virtual time: the figures that docs/driver.md gives. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
	measureColdStart,
	measureSignatures,
	measureWire,
	type Run,
	type SigningKeyKind,
} from "../../../tools/bench/driver/cold-start.js";
import { type Built, build } from "../../../tools/build/build.js";

let built: Built;
test.before(async () => {
	built = await build();
});

/** A signature has 70 to 72 bytes by chance: 45 us. */
function within(milliseconds: number, { busTime }: Run): void {
	assert.ok(busTime <= milliseconds, `${busTime} ms`);
}

test("a cold start with a certificate of 800 bytes takes four commands and 26 ms of the bus, a reconnect one", async () => {
	const { cold, reconnect } = await measureColdStart(built, "instant");
	assert.equal(cold.commands, ["SELECT", "ReadObject", "ReadObject", "ECDSASign"]);
	within(26, cold);
	assert.ok(cold.sleeps <= 1.5, `${cold.sleeps} ms of sleep`);
	assert.equal(reconnect.commands, ["ECDSASign"]);
});

test("a certificate of 1,000 bytes in two parts fills whole blocks: six commands, 31.8 ms of the bus", async () => {
	const run = await measureWire(built, 1000);
	assert.equal(run.commands, ["SELECT", "ReadObject", "ReadObject", "ReadObject", "ReadObject", "ECDSASign"]);
	within(31.8, run);
	// reset 1, SELECT 1, UID 1, refusal 1, certificate 4, signature 1: two reads a block, and the NACKed one is not among them
	assert.is(run.wire.reads, 2 * 9);
});

test("a signature is noticed within 1 ms, whatever the key, once the driver knows how long it takes", async () => {
	const measured = await measureSignatures(built);
	const kinds: readonly SigningKeyKind[] = ["P-256", "P-384", "RSA 2048", "RSA 4096"];
	for (const kind of kinds) {
		const [first, later] = measured.get(kind) ?? [];
		assert.ok(first && later && first.computing > 40, `${kind} has not signed twice`);
		assert.ok(later.delay <= 1, `${kind}: ${later.delay} ms`);
		assert.ok(later.polls <= first.polls, `${kind}: ${later.polls} polls`);
	}
	const [first] = measured.get("P-256") ?? [];
	assert.ok(first && first.delay <= 1 && first.polls <= 30, JSON.stringify(first));
});

test.run();
