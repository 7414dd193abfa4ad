// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { TraceRecord } from "../../../tools/lib/chip-bus/records.js";
import { timeline } from "../../../tools/se050/timeline.js";
import { describeRecord } from "../../../tools/se050/trace-file.js";
import { exchangesOf, withLayers } from "../../../tools/se050/trace-layers.js";

const records: TraceRecord[] = [
	{ layer: "i2c", time: 0, end: 500, operation: "write", address: 0x48, bytes: "5a00" },
	{ layer: "apdu", time: 500, from: "host", command: "SELECT", bytes: "00a4" },
	{ layer: "apdu", time: 1500, from: "chip", command: "SELECT", status: "9000", bytes: "9000" },
	{ layer: "i2c", time: 2000, end: 2000, operation: "read", address: 0x48, count: 3, nackedAfter: 0 },
	{ layer: "fault", time: 1000, fault: { exchange: 1, kind: "abort" } },
];

/** What crosses a bus for a soft reset and a SELECT, the frames of se050-sim-vectors; the answers in two reads each. */
const wire: TraceRecord[] = (
	[
		["read", 0, 22],
		["write", 1000, 1100, "5acf00377f"],
		["sleep", 1100, 1200],
		["read", 1200, 1300, "a5ef2300a0"],
		["read", 1300, 2000, "000003960403e800fe020b03e80801000000006400000a4a434f5034204154504f8777"],
		["write", 3000, 3600, "5a001600a4040010a000000396545300000001030000000000a8c8"],
		["read", 3700, 3722],
		["read", 5600, 5700, "a500090301"],
		["read", 5700, 6000, "016fff010b9000cc8b"],
	] as const
).map(([operation, time, end, bytes]) => ({
	layer: "i2c",
	operation,
	time,
	end,
	...(operation !== "sleep" && { address: 0x48 }),
	...(bytes ? { bytes } : operation === "read" && { nackedAfter: 0 }),
}));

test("blocks and APDUs are reported from transactions alone, as a logic analyser tells them", () => {
	const told = withLayers(wire).flatMap(record =>
		record.layer === "t1"
			? `${record.time} ${record.from} ${record.block}`
			: record.layer === "apdu"
				? `${record.time} ${record.from} ${record.command} ${record.status ?? ""}`
				: [],
	);
	assert.equal(told, [
		"1100 host S(interface soft reset request)",
		"2000 chip S(interface soft reset response)",
		"3600 host I(0,0)",
		"3600 host SELECT ",
		"6000 chip I(0,0)",
		"6000 chip SELECT 9000",
	]);
});

test("a trace that has blocks already is left as it is", () => {
	assert.is(withLayers(records), records);
});

test("a block that comes a second time is no second command", () => {
	const twice = [...wire.slice(0, 6), { ...wire[5]!, time: 3650, end: 3690 }, ...wire.slice(6)] as TraceRecord[];
	assert.is(withLayers(twice).filter(record => record.layer === "apdu").length, 2);
	assert.is(exchangesOf(twice).length, exchangesOf(wire).length);
});

test("what an earlier host left on the bus is no block", () => {
	const left = [{ ...wire[3]!, time: 10, end: 20, bytes: "8b" }, ...wire] as TraceRecord[];
	assert.is(withLayers(left).filter(record => record.layer === "t1").length, 4);
});

test("a trace is taken apart by the host's requests, with their answers' status words", () => {
	assert.equal(
		exchangesOf(wire).map(({ name, status, transactions }) => [name, status, transactions.length]),
		[
			["", undefined, 1],
			["S(interface soft reset request)", undefined, 4],
			["SELECT", "9000", 4],
		],
	);
});

test("a second run in the same file begins anew", () => {
	assert.is(exchangesOf([...wire, ...wire]).length, 6);
});

test("the timeline has a row for each request, on the scale of the longest", () => {
	const picture = timeline(wire);
	assert.match(picture, />SELECT 9000<\/text>/);
	assert.match(picture, />27 bytes in 1 write, 14 in 2 reads, 1 not acknowledged</);
	assert.match(picture, />3 exchanges, 4\.02 ms together; each row from its own beginning</);
	assert.match(
		picture,
		/<rect x="346.00" y="155" width="200.00" height="18" fill="#2e7d32"><title>3.00 ms: write 5a0016[0-9a-f]+ I\(0,0\), SELECT</,
	);
	assert.match(picture, /fill="#e3f2fd"><title>the chip computes: 2\.00 ms</);
});

test("a request that is far longer than the others is cut off, and says how long it took", () => {
	const long = wire.map(record =>
		record.layer === "i2c" && record.time >= 5600
			? { ...record, time: record.time + 1e6, end: record.end + 1e6 }
			: record,
	);
	assert.match(timeline(long), />… 1003\.0 ms</);
});

test("a row's time stands after its last mark, also after a poll that belongs to no request any more", () => {
	const polled = wire.flatMap((record): TraceRecord[] =>
		record.layer === "i2c" && record.time === 3000
			? [{ layer: "i2c", operation: "read", address: 0x48, time: 2050, end: 2400, nackedAfter: 0 }, record]
			: [record],
	);
	const picture = timeline(polled);
	const [, poll = "", width = ""] = /<rect x="([\d.]+)" [^>]*width="([\d.]+)"[^>]*><title>2\.05 ms/.exec(picture) ?? [];
	const [, label = ""] = /<text x="([\d.]+)" y="128"[^>]*>1\.00 ms</.exec(picture) ?? [];
	assert.ok(Number(poll) > 0);
	assert.ok(Number(label) > Number(poll) + Number(width), `${label} ${poll} ${width}`);
});

test("faults are marked where they came, and no text can leave its element", () => {
	const faulty: TraceRecord[] = [...wire, { layer: "fault", time: 3500, fault: { exchange: 2, kind: "abort" } }];
	assert.match(timeline(faulty), /fill="#c62828"><title>fault: \{"exchange":2/);
	assert.not.match(timeline(faulty), /<title>[^<]*[<>][^/]/);
});

test("a record is reported with its time, layer and what happened", () => {
	assert.is(describeRecord(records[0]!), "       0.000 i2c   write 5a00");
	assert.is(describeRecord(records[3]!), "       2.000 i2c   read  (NACK after 0 bytes)");
	assert.is(describeRecord(records[2]!), "       1.500 apdu      < SELECT 9000 9000");
	const foreign: TraceRecord = { layer: "t1", time: 0, from: "chip", block: "\u009b2J\u202e", bytes: "" };
	assert.is(describeRecord(foreign), "       0.000 t1      < \\u009b2J\\u202e");
});

test.run();
