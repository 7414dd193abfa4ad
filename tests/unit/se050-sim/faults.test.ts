// SPDX-License-Identifier: MIT
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { seededFaults } from "../../../tools/se050-sim/faults/seed.js";
import {
	type Faults,
	readFaults,
	type Simulator,
	startSimulator,
	type TraceRecord,
	UserError,
} from "../../../tools/se050-sim/simulator.js";
import { placeChip } from "./factory.js";
import { bytes, Host, responseTypes } from "./host.js";

const softReset = "5ACF00377F";
const resyncRequest = "5AC000FFFC";
const selectApplet = "5A001600A4040010A000000396545300000001030000000000A8C8";
const selected = "A500090301016FFF010B9000CC8B";
const idleMicroseconds = 5000;

interface Context {
	folder: string;
	chip: Simulator;
	host: Host;
	trace: TraceRecord[];
}

const faults = suite<Context>("faults");

faults.before.each(async context => {
	context.folder = mkdtempSync(join(tmpdir(), "se050-faults-"));
	context.trace = [];
	const stateFile = join(context.folder, "chip.json");
	await placeChip(stateFile);
	context.chip = await startSimulator({
		stateFile,
		listen: { path: join(context.folder, "chip.sock") },
		clock: "virtual",
		latency: "instant",
		seed: "1",
		trace: record => context.trace.push(record),
	});
	context.host = await Host.connect(context.chip.address);
	await context.host.exchange(bytes(softReset));
	await context.host.exchange(bytes(resyncRequest));
});
faults.after.each(async ({ folder, chip, host }) => {
	await host.close();
	await chip.close();
	rmSync(folder, { recursive: true });
});

const upper = (frame: Uint8Array): string => Buffer.from(frame).toString("hex").toUpperCase();
const exchange = async (host: Host, frame: string): Promise<string> => upper(await host.exchange(bytes(frame)));

/** Whether the chip has nothing to say. */
async function isSilent(host: Host): Promise<boolean> {
	await host.sleep(idleMicroseconds);
	return (await host.read(1)).type === responseTypes.nack;
}

/** A case that needs one write and shows in its answer. */
function answers(name: string, list: Exclude<Faults, { seed: string }>, expected: string): void {
	faults(name, async ({ chip, host }) => {
		chip.setFaults(list);
		assert.is(await exchange(host, selectApplet), expected);
	});
}

faults("a block of the host that is lost is executed by nobody, and sent again it works", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "lost", from: "host" }]);
	assert.is((await host.write(bytes(selectApplet))).type, responseTypes.ack);
	assert.ok(await isSilent(host));
	assert.is(await exchange(host, selectApplet), selected);
});

faults("an answer that is lost comes on R-NAK", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "lost", from: "chip" }]);
	await host.write(bytes(selectApplet));
	assert.ok(await isSilent(host));
	assert.is(await exchange(host, "5A820029 89"), selected);
});

answers(
	"a corrupted block of the host is answered R-NAK CRC",
	[{ exchange: 1, kind: "corrupted", from: "host", bit: 40 }],
	"A58100B265",
);
answers(
	"a truncated block of the host is answered R-NAK other",
	[{ exchange: 1, kind: "truncated", from: "host", length: 10 }],
	"A58200DA4F",
);
answers(
	"a wrong NAD of the host is answered R-NAK NAD missed",
	[{ exchange: 1, kind: "wrong-nad", from: "host", value: 0x12 }],
	"A583000256",
);
answers(
	"a wrong LEN of the host is answered R-NAK other",
	[{ exchange: 1, kind: "wrong-length", from: "host", difference: 1 }],
	"A58200DA4F",
);
answers(
	"a wrong N(S) of the host is answered R-NAK other",
	[{ exchange: 1, kind: "wrong-sequence", from: "host" }],
	"A58200DA4F",
);
answers(
	"a duplicate of the host's block is answered R-NAK other with the next N(R)",
	[{ exchange: 1, kind: "duplicated", from: "host" }],
	framed("A59200"),
);
answers("R-NAK on demand", [{ exchange: 1, kind: "r-nak", error: 1 }], "A58100B265");
answers(
	"a corrupted answer has one bit inverted",
	[{ exchange: 1, kind: "corrupted", from: "chip", bit: 31 }],
	selected.replace("A5000903", "A5000902"),
);
answers(
	"a collision has one bit inverted, and a right CRC",
	[{ exchange: 1, kind: "collision", from: "chip", bit: 31 }],
	framed("A500090201016FFF010B9000"),
);
answers(
	"a wrong NAD of the chip has a right CRC",
	[{ exchange: 1, kind: "wrong-nad", from: "chip", value: 0x5a }],
	framed("5A00090301016FFF010B9000"),
);
answers(
	"a wrong N(S) of the chip has a right CRC",
	[{ exchange: 1, kind: "wrong-sequence", from: "chip" }],
	framed("A540090301016FFF010B9000"),
);

faults("a duplicated answer can be read twice", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "duplicated", from: "chip" }]);
	assert.is(await exchange(host, selectApplet), selected);
	assert.is(upper(await host.frame()), selected);
	assert.ok(await isSilent(host));
});

faults("a truncated answer ends early and leaves nothing behind", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "truncated", from: "chip", length: 4 }]);
	await host.write(bytes(selectApplet));
	assert.equal((await host.read(8)).payload, bytes("A5000903FFFFFFFF"));
	assert.ok(await isSilent(host));
});

faults("a wrong LEN of the chip differs by what was asked", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "wrong-length", from: "chip", difference: -2 }]);
	await host.write(bytes(selectApplet));
	assert.equal((await host.read(3)).payload, bytes("A50007"));
});

faults("a late answer comes so much later", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "late", microseconds: 700_000 }]);
	await host.write(bytes(selectApplet));
	const written = host.time;
	assert.is(upper(await host.frame()), selected);
	assert.ok(host.time - written >= 700_000 && host.time - written < 702_000);
});

faults(
	"WTX requests with the multipliers asked come before the answer, one for each response",
	async ({ chip, host }) => {
		chip.setFaults([{ exchange: 1, kind: "wtx", multipliers: [1, 2] }]);
		assert.is(await exchange(host, selectApplet), "A5C301011BDD");
		assert.is(await exchange(host, "5AE30101F21B"), "A5C3010280EF");
		assert.is(await exchange(host, "5AE301026929"), selected);
	},
);

faults("a WTX request that the host did not get comes again on R-NAK", async ({ chip, host }) => {
	chip.setFaults([
		{ exchange: 1, kind: "wtx", multipliers: [1] },
		{ exchange: 1, kind: "corrupted", from: "chip", bit: 30 },
	]);
	assert.is(await exchange(host, selectApplet), "A5C301031BDD");
	assert.is(await exchange(host, "5A810041A3"), "A5C301011BDD");
	assert.is(await exchange(host, "5AE30101F21B"), selected);
});

faults("an IFS request comes before the answer", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "ifs", size: 254 }]);
	assert.is((await exchange(host, selectApplet)).slice(0, 8), "A5C101FE");
	assert.is(await exchange(host, framed("5AE101FE")), selected);
});

faults("an ABORT request takes the answer's place, and its response brings R-ACK", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "abort" }]);
	assert.is((await exchange(host, selectApplet)).slice(0, 6), "A5C200");
	assert.is(await exchange(host, framed("5AE200")), "A59000FBE9");
});

faults("RESYNC ends what a fault has put in the way", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "wtx", multipliers: [1, 1, 1] }]);
	await exchange(host, selectApplet);
	assert.is(await exchange(host, resyncRequest), "A5E0003F19");
	assert.is(await exchange(host, selectApplet), selected);
});

for (const when of ["before", "after"] as const)
	faults(`a reset ${when} the command leaves nothing to read and nothing selected`, async ({ chip, host }) => {
		await exchange(host, selectApplet);
		chip.setFaults([{ exchange: 1, kind: "reset", when }]);
		await host.write(bytes("5A4004800400208C1C"));
		assert.ok(await isSilent(host));
		assert.is(await exchange(host, framed("5A000480040020")), framed("A500026D00"));
	});

faults("a write is refused at a byte as often as asked, and the chip knows nothing of it", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "nack", during: "write", after: 5, times: 2 }]);
	for (let attempt = 0; attempt < 2; attempt++) {
		const refused = await host.write(bytes(selectApplet));
		assert.is(refused.type, responseTypes.nack);
		assert.equal(refused.payload, bytes("0005"));
	}
	assert.is(chip.exchanges, 0);
	assert.is(await exchange(host, selectApplet), selected);
});

faults("an address is refused", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "nack", during: "write", after: 0, times: 1 }]);
	assert.equal((await host.write(bytes(selectApplet))).payload, bytes("0000"));
	assert.is(await exchange(host, selectApplet), selected);
});

faults("reads are refused as often as asked", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "nack", during: "read", after: 0, times: 3 }]);
	await host.write(bytes(selectApplet));
	for (let attempt = 0; attempt < 3; attempt++) assert.is((await host.read(3)).type, responseTypes.nack);
	assert.equal((await host.read(3)).payload, bytes("A50009"));
});

faults("a silent chip acknowledges nothing for so long", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "silent", during: "write", microseconds: 50_000 }]);
	assert.is((await host.write(bytes(selectApplet))).type, responseTypes.nack);
	await host.sleep(40_000);
	assert.is((await host.write(bytes(selectApplet))).type, responseTypes.nack);
	await host.sleep(10_000);
	assert.is(await exchange(host, selectApplet), selected);
});

faults(
	"with SDA low everything is acknowledged, reads are zeros, and the chip hears nothing",
	async ({ chip, host }) => {
		chip.setFaults([{ exchange: 1, kind: "sda-low", during: "read", microseconds: 10_000 }]);
		await host.write(bytes(selectApplet));
		assert.equal((await host.read(3)).payload, bytes("000000"));
		assert.is((await host.write(bytes(selectApplet))).type, responseTypes.ack);
		assert.is(chip.exchanges, 1);
		await host.sleep(10_000);
		assert.is(upper(await host.frame()), selected);
	},
);

faults("power that goes frees SDA", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "sda-low", during: "write", microseconds: 1e9 }]);
	await host.write(bytes(selectApplet));
	await host.ena(0);
	await host.ena(1);
	assert.is(await exchange(host, selectApplet), selected);
});

for (const [kind, type] of [
	["silent", responseTypes.nack],
	["sda-low", responseTypes.ack],
] as const)
	faults(`other faults end one that lasts on the bus: ${kind}`, async ({ chip, host }) => {
		chip.setFaults([{ exchange: 1, kind, during: "write", microseconds: 0xffffffff }]);
		assert.is((await host.write(bytes(selectApplet))).type, type);
		await host.sleep(1_000_000_000);
		assert.is((await host.write(bytes(selectApplet))).type, type);
		chip.setFaults([]);
		assert.is(await exchange(host, selectApplet), selected);
		assert.is(chip.exchanges, 1);
	});

faults("an answer that was silenced can be read once other faults are set", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "silent", during: "read", microseconds: 0xffffffff }]);
	await host.write(bytes(selectApplet));
	assert.is((await host.read(3)).type, responseTypes.nack);
	chip.setFaults([]);
	assert.is(upper(await host.frame()), selected);
});

faults(
	"other faults change nothing about a block that is under way: it stays late, and a request stays inserted",
	async ({ chip, host }) => {
		chip.setFaults([{ exchange: 1, kind: "late", microseconds: 50_000 }]);
		await host.write(bytes(resyncRequest));
		chip.setFaults([]);
		await host.sleep(49_000);
		assert.is((await host.read(5)).type, responseTypes.nack);
		await host.sleep(1000);
		assert.equal((await host.read(5)).payload, bytes("A5E0003F19"));
		chip.setFaults([{ exchange: 1, kind: "wtx", multipliers: [1] }]);
		assert.is(await exchange(host, selectApplet), "A5C301011BDD");
		chip.setFaults([]);
		assert.is(await exchange(host, "5AE30101F21B"), selected);
	},
);

faults("writes refused are not refused again once other faults are set", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "nack", during: "write", after: 0, times: 100 }]);
	assert.is((await host.write(bytes(selectApplet))).type, responseTypes.nack);
	chip.setFaults([]);
	assert.is(await exchange(host, selectApplet), selected);
});

faults("a silence lasts over a loss of power", async ({ chip, host }) => {
	chip.setFaults([{ exchange: 1, kind: "silent", during: "write", microseconds: 50_000 }]);
	await host.write(bytes(selectApplet));
	await host.ena(0);
	await host.ena(1);
	assert.is((await host.write(bytes(selectApplet))).type, responseTypes.nack);
	await host.sleep(50_000);
	assert.is(await exchange(host, selectApplet), selected);
});

faults("a fault comes at its exchange, and each stands in the trace", async ({ chip, host, trace }) => {
	chip.setFaults([
		{ exchange: 2, kind: "late", microseconds: 1000 },
		{ exchange: 3, kind: "nack", during: "write", after: 1, times: 1 },
	]);
	for (let round = 0; round < 3; round++) await host.exchange(bytes(resyncRequest));
	const seen = trace.flatMap(record =>
		record.layer === "fault" ? [`${record.fault.exchange} ${record.fault.kind}`] : [],
	);
	assert.equal(seen, ["2 late", "3 nack"]);
	assert.is(chip.exchanges, 3);
});

faults("a seed draws the same faults again, another draws others, at the rate asked", () => {
	const draw = (seed: string, rate: number): string[] =>
		Array.from({ length: 2000 }, (_, index) => JSON.stringify(seededFaults(seed, rate)(index + 1)));
	assert.equal(draw("a", 100), draw("a", 100));
	assert.not.equal(draw("a", 100), draw("b", 100));
	const hits = draw("a", 100).filter(list => list !== "[]").length;
	assert.ok(hits > 140 && hits < 260, String(hits));
	const kinds = new Set(draw("a", 1000).map(list => (JSON.parse(list) as { kind: string }[])[0]!.kind));
	assert.is(kinds.size, 16);
});

/** One way of a host that knows no retries, with what came of it and when. */
async function run(folder: string, seed: string): Promise<string> {
	const records: TraceRecord[] = [];
	const chip = await startSimulator({
		stateFile: join(folder, "chip.json"),
		listen: { path: join(folder, "again.sock") },
		clock: "virtual",
		seed: "s",
		faults: { seed, rate: 300 },
		trace: record => records.push(record),
	});
	const host = await Host.connect(chip.address);
	for (const frame of [
		softReset,
		selectApplet,
		resyncRequest,
		selectApplet,
		softReset,
		selectApplet,
		resyncRequest,
		selectApplet,
	]) {
		await host.write(bytes(frame));
		await host.sleep(20_000);
		await host.read(40);
	}
	await host.close();
	await chip.close();
	return JSON.stringify(records);
}

faults("the same seed gives the same run, to the byte and the microsecond", async ({ folder, host, chip }) => {
	await host.close();
	await chip.close();
	const runs: string[] = [];
	for (const seed of ["x", "x", "y"]) {
		const again = mkdtempSync(join(tmpdir(), "se050-faults-"));
		copyFileSync(join(folder, "chip.json"), join(again, "chip.json"));
		runs.push(await run(again, seed));
		rmSync(again, { recursive: true });
	}
	assert.is(runs[0], runs[1]);
	assert.is.not(runs[0], runs[2]);
	assert.match(runs[0]!, /"layer":"fault"/);
});

faults("a script is read from a file", ({ folder }) => {
	const list = [
		{ exchange: 1, kind: "lost", from: "chip" },
		{ exchange: 2, kind: "wrong-length", from: "host", difference: -3 },
		{ exchange: 3, kind: "wtx", multipliers: [1, 255] },
		{ exchange: 4, kind: "nack", during: "write", after: 3, times: 9 },
		{ exchange: 5, kind: "abort" },
	];
	writeFileSync(join(folder, "script.json"), JSON.stringify(list));
	assert.equal(readFaults(join(folder, "script.json")), list);
});

for (const [what, text, sentence] of [
	["that is missing", undefined, /no such file/],
	["that is no JSON", "lost", /is not a script of faults/],
	[
		"with an unknown kind",
		`[{"exchange":1,"kind":"abort"},{"exchange":1,"kind":"fire"}]`,
		/fault 2: its kind must be one of lost, /,
	],
	["without an exchange", `[{"kind":"abort"}]`, /fault 1: its exchange is not a count/],
	["with an unknown sender", `[{"exchange":1,"kind":"lost","from":"me"}]`, /its from must be one of host, chip/],
	["with a parameter out of range", `[{"exchange":1,"kind":"ifs","size":255}]`, /its size is not from 1 to 254/],
] as const)
	faults(`a script ${what} is refused in a sentence`, ({ folder }) => {
		const path = join(folder, "script.json");
		if (text !== undefined) writeFileSync(path, text);
		assert.throws(
			() => readFaults(path),
			(error: unknown) => error instanceof UserError && sentence.test(error.message),
		);
	});

/** A frame from its beginning, with the CRC behind it. */
function framed(start: string): string {
	let crc = 0xffff;
	for (const byte of bytes(start)) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
	}
	crc ^= 0xffff;
	return start + upper(Uint8Array.of(crc & 0xff, crc >> 8));
}

faults.run();
