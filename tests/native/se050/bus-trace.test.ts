// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../../tools/lib/compile-c.js";
import { readTrace } from "../../../tools/se050/trace-file.js";
import { withLayers } from "../../../tools/se050/trace-layers.js";
import { startSimulator, type TraceRecord } from "../../../tools/se050-sim/simulator.js";

const program = await compile({
	name: "se050-bus",
	sources: [
		"tests/native/se050/bus.c",
		"se050/native/posix/bus_posix.c",
		"se050/native/posix/bus_sim.c",
		"se050/native/sim/sim_link.c",
		"se050/native/posix/bus_linux.c",
		"se050/native/posix/bus_trace.c",
		"se050/native/posix/posix_time.c",
	],
	includes: ["se050/native", "se050/native/posix", "se050/native/sim"],
});

async function run(...args: string[]): Promise<{ status: number | null; output: string }> {
	const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
	let output = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
	const [status] = (await once(child, "close")) as [number | null];
	return { status, output };
}

/** The chip has booted: soft reset, its ATR in two reads, SELECT and its answer, with polls between. */
const coldStart = [
	"s 5000",
	"r 1",
	"w 5acf00377f",
	"s 5000",
	"r 5",
	"r 35",
	"w 5a001600a4040010a000000396545300000001030000000000a8c8",
	"r 5",
	"s 5000",
	"r 5",
	"r 9",
];

test("a traced bus does what the bus does, and its trace has the transactions and sleeps of the simulator's own", async () => {
	const folder = mkdtempSync(join(tmpdir(), "se050-bus-trace-"));
	const own: TraceRecord[] = [];
	const chip = await startSimulator({
		stateFile: join(folder, "chip.json"),
		listen: { path: join(folder, "s") },
		clock: "virtual",
		trace: record => own.push(record),
	});
	try {
		const file = join(folder, "trace.ndjson");
		const { status, output } = await run(
			`trace:${file},${chip.address}`,
			...coldStart.map(operation => operation.replace(" ", ":")),
		);
		assert.is(status, 0);
		assert.match(output, /nack/);
		const traced = readTrace(file);
		const what = (record: TraceRecord) =>
			record.layer === "i2c" ? [`${record.operation} ${record.bytes ?? ""} ${record.nackedAfter ?? ""}`] : [];
		assert.equal(traced.flatMap(what), own.flatMap(what));
		const lasted = (record: TraceRecord) => (record.layer === "i2c" ? [record.end - record.time] : []);
		const expected = own.flatMap(lasted);
		traced
			.flatMap(lasted)
			.forEach((time, index) => assert.ok(Math.abs(time - expected[index]!) <= 1, `${index}: ${time} µs`));
		assert.is(statSync(file).mode & 0o777, 0o600);
		const layers = (records: readonly TraceRecord[]) =>
			records.flatMap(record =>
				record.layer === "t1"
					? `${record.from} ${record.block}`
					: record.layer === "apdu"
						? `${record.from} ${record.command} ${record.bytes}`
						: [],
			);
		assert.equal(layers(withLayers(traced)).sort(), layers(own).sort());
		assert.is(layers(own).length, 6);
	} finally {
		await chip.close();
		rmSync(folder, { recursive: true });
	}
});

test("a trace that cannot be written, and a name without a bus, are refused in a sentence", async () => {
	assert.match(
		(await run("trace:/nowhere/at/all,sim:/nowhere")).output,
		/the trace \/nowhere\/at\/all cannot be written \(No such file/,
	);
	for (const wrong of ["trace:", "trace:/tmp/x", "trace:,sim:/x"])
		assert.match((await run(wrong)).output, /a traced bus is trace:FILE,BUS/);
	assert.match((await run("trace:/dev/null,sim:/nowhere/at/all")).output, /nowhere/);
});

test("a disk that is full fails the bus and says why", async () => {
	const folder = mkdtempSync(join(tmpdir(), "se050-bus-trace-"));
	const chip = await startSimulator({
		stateFile: join(folder, "chip.json"),
		listen: { path: join(folder, "s") },
		clock: "virtual",
	});
	try {
		assert.match(
			(await run(`trace:/dev/full,${chip.address}`, "w:5acf00377f")).output,
			/error: the trace cannot be written; check the disk/,
		);
	} finally {
		await chip.close();
		rmSync(folder, { recursive: true });
	}
});

test.run();
