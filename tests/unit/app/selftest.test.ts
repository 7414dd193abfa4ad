// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Chip, SelfTest, type SelfTestOptions } from "../../../app/selftest/selftest.js";
import { Table } from "../../../app/selftest/table.js";
import { measure } from "../../../app/selftest/timing.js";

test("minimum, median and maximum are of all runs, in milliseconds", () => {
	const durations = [5_000, 1_000, 9_000, 3_000];
	let time = 0;
	assert.equal(
		measure(
			4,
			() => time,
			() => {
				time += durations.shift() ?? 0;
			},
		),
		{ runs: 4, minimum: 1, median: 4, maximum: 9 },
	);
});

test("the median of an odd count is the middle one, and one run is all three", () => {
	let time = 0;
	const durations = [2_000, 8_000, 4_000];
	assert.is(
		measure(
			3,
			() => time,
			() => {
				time += durations.shift() ?? 0;
			},
		).median,
		4,
	);
	assert.equal(
		measure(
			1,
			() => time,
			() => {
				time += 1_500;
			},
		),
		{ runs: 1, minimum: 1.5, median: 1.5, maximum: 1.5 },
	);
});

test("the table is Markdown with columns that line up, whatever is in a cell", () => {
	const table = new Table();
	table.add("bus", "", "a | b");
	table.add("random", "ok", "32 bytes", { runs: 20, minimum: 1, median: 2.25, maximum: 10 });
	const lines = table.lines();
	assert.is(new Set(lines.map(line => line.length)).size, 1);
	assert.match(lines[2] ?? "", /^\| bus +\| +\| a \\\| b/);
	assert.match(lines[3] ?? "", /\| ok \| 32 bytes +\| 1\.0 \/ 2\.3 \/ 10\.0 \(20\) +\|$/);
});

const counts = { writes: 700, reads: 1900, nacked: 450, repeats: 3, errors: 2, bytesOut: 12_000, bytesIn: 34_000 };
const certificate = new Uint8Array([0x30, 0x00]);

function chip(changes: Partial<Chip> = {}): Chip {
	let counter = 0;
	return {
		select: () => ({ major: 3, minor: 1, patch: 1, config: 0x6fff, secureBox: 0x010b, variant: "SE050A/B/C" }),
		uid: () => new Uint8Array(18).fill(4),
		exists: id => id !== 0xf0000102,
		size: () => 18,
		certificate: () => certificate,
		random: length => new Uint8Array(length).fill(counter++),
		key: () => ({ sign: () => new Uint8Array(71) }),
		...changes,
	};
}

function run(changes: Partial<SelfTestOptions> = {}) {
	const lines: string[] = [];
	let time = 0;
	const outcome = new SelfTest({
		link: { reset: () => new Uint8Array([0x00, 0xa0]).buffer, counts },
		chip: chip(),
		bus: "sim:x",
		hz: 400_000,
		objects: { uniqueId: 0x7fff0206, cloudKey1: 0xf0000102 },
		describe: () => ({
			subject: "CN=chip",
			issuer: "CN=maker",
			key: "EC 256 bits",
			validFrom: "2023-01-01",
			validTo: "2043-01-01",
		}),
		verify: () => undefined,
		sha256: () => new Uint8Array(32),
		microseconds: () => (time += 500),
		memory: () => ({ free: 100_000, least: 90_000, largest: 60_000, stack: 5_000 }),
		runs: 2,
		print: line => lines.push(line),
		...changes,
	}).run();
	return { outcome, row: (name: string) => lines.find(line => line.startsWith(`| ${name} `)) ?? "" };
}

test("a chip that is well passes every check", () => {
	const { outcome, row } = run();
	assert.equal(outcome, { checks: 9, failed: 0 });
	assert.match(row("ATR"), /\| ok +\| 00a0 +\| 0\.5 \/ 0\.5 \/ 0\.5 \(2\)/);
	assert.match(row("applet"), /3\.1\.1, configuration 6fff, secure box 10b: SE050A\/B\/C/);
	assert.match(row("object 7fff0206"), /uniqueId: size 18/);
	assert.match(row("object f0000102"), /cloudKey1: not on this part/);
	assert.match(row("its subject"), /CN=chip/);
	assert.match(row("free heap"), /100000 bytes, at least 90000, in one piece 60000/);
});

test("the bus' speed, transactions, what was not acknowledged, what was repeated and errors are reported", () => {
	const { row } = run();
	assert.match(row("bus"), /sim:x at 400000 Hz/);
	assert.match(row("transactions"), /700 writes, 12000 bytes; 1900 reads, 34000 bytes/);
	assert.match(row("not acknowledged"), /450 of them/);
	assert.match(row("blocks repeated"), /\| 3 +\|/);
	assert.match(row("bus errors"), /\| 2 +\|/);
});

test("the counts are those of all checks", () => {
	let writes = 0;
	const reset = () => {
		writes += 1;
		return new ArrayBuffer(2);
	};
	const { row } = run({
		link: {
			reset,
			get counts() {
				return { ...counts, writes };
			},
		},
		runs: 3,
	});
	assert.match(row("transactions"), /\| 4 writes/);
});

test("a check that fails is reported with its reason, and the others go on", () => {
	const { outcome, row } = run({
		chip: chip({
			uid() {
				throw new Error("NACK for 1 s");
			},
		}),
	});
	assert.equal(outcome, { checks: 9, failed: 1 });
	assert.match(row("UID"), /\| FAILED \| NACK for 1 s/);
	assert.match(row("random"), /\| ok /);
});

test("a signature that the certificate's key did not make fails", () => {
	const { outcome, row } = run({
		verify() {
			throw new Error("Mbed TLS: error -0x4e00");
		},
	});
	assert.is(outcome.failed, 1);
	assert.match(row("signature"), /FAILED \| Mbed TLS: error -0x4e00/);
});

test("random bytes that repeat or are too few fail", () => {
	assert.match(
		run({ chip: chip({ random: length => new Uint8Array(length) }) }).row("random"),
		/FAILED \| the same bytes twice/,
	);
	assert.match(run({ chip: chip({ random: () => new Uint8Array(31) }) }).row("random"), /FAILED \| not the 32 bytes/);
});

test("a chip without a certificate fails there, and its signature cannot be checked", () => {
	const { outcome, row } = run({
		chip: chip({
			certificate() {
				throw new Error("no such object");
			},
		}),
		verify() {
			throw new Error("no certificate");
		},
	});
	assert.is(outcome.failed, 2);
	assert.match(row("certificate"), /FAILED \| no such object/);
	assert.match(row("signature alone"), /\| ok /);
});

test("memory that has no limit is said to have none", () => {
	assert.match(run({ memory: () => undefined }).row("free heap"), /not limited here/);
});

test.run();
