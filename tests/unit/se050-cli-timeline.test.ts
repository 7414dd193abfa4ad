import { test } from "uvu";
import * as assert from "uvu/assert";
import type { TraceRecord } from "../../tools/se050-sim/trace.js";
import { timeline } from "../../tools/se050/timeline.js";
import { describeRecord } from "../../tools/se050/trace-file.js";

const records: TraceRecord[] = [
	{ layer: "i2c", time: 0, end: 500, operation: "write", address: 0x48, bytes: "5a00" },
	{ layer: "apdu", time: 500, from: "host", command: "SELECT <&>", bytes: "00a4" },
	{ layer: "apdu", time: 1500, from: "chip", command: "SELECT <&>", status: "9000", bytes: "9000" },
	{ layer: "i2c", time: 2000, end: 2000, operation: "read", address: 0x48, count: 3, nackedAfter: 0 },
	{ layer: "fault", time: 1000, fault: { exchange: 1, kind: "abort" } },
];

test("a span is as wide as its part of the whole time", () => {
	const [write] = /<rect x="60.00" [^>]*width="([\d.]+)"/.exec(timeline(records))!.slice(1);
	assert.is(write, "400.00");
});

test("a command lasts until its answer and names its status word", () => {
	assert.match(timeline(records), /<rect x="460.00" y="20" width="800.00"[^>]*><title>0.500 ms: SELECT &lt;&amp;&gt; 9000</);
});

test("faults have their lane", () => {
	assert.match(timeline(records), /y="140" [^>]*fill="#cc0000"><title>1.000 ms: \{"exchange":1/);
});

test("a record is told with its time, layer and what happened", () => {
	assert.is(describeRecord(records[0]!), "       0.000 i2c   write 5a00");
	assert.is(describeRecord(records[3]!), "       2.000 i2c   read  (NACK after 0 bytes)");
	assert.is(describeRecord(records[2]!), "       1.500 apdu      < SELECT <&> 9000 9000");
});

test.run();
