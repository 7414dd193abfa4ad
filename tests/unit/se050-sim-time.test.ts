import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Simulator, type SimulatorOptions, type TraceRecord, startSimulator } from "../../tools/se050-sim/simulator.js";
import { Host, REQUEST, RESPONSE, Terminal, bytes } from "./se050-sim-host.js";

const folder = mkdtempSync(join(tmpdir(), "se050-sim-"));
const ABC = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
const SIGN = bytes(`5A 40 30 80030C092B4104F00001004201214320${ABC} 1C81`);
const RESYNC = bytes("5AC000FFFC");

const time = suite("simulated time");
time.after(() => rmSync(folder, { recursive: true }));

const start = (name: string, options: Partial<SimulatorOptions>): Promise<Simulator> => startSimulator({
	stateFile: join(folder, `${name}.json`), listen: { path: join(folder, `${name}.sock`) }, clock: "virtual", ...options,
});

const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds));

/** A cold start: reset, SELECT, UID, certificate, random, signature; the trace of it. */
async function coldStart(name: string): Promise<TraceRecord[]> {
	const trace: TraceRecord[] = [];
	const chip = await start(name, { seed: "1", trace: record => trace.push(record) });
	const host = await Host.connect(chip.address);
	await host.ena(0);
	await host.ena(1);
	const terminal = new Terminal(host);
	await terminal.open();
	for (const apdu of ["80020000 000006 41047FFF0206 0000", "80020000 000006 4104F0000101 0000", "80040049 000004 41020020 0000"])
		await terminal.transceive(apdu);
	for (let round = 0; round < 4; round++)
		await terminal.transceive(`80030C092B4104F00001004201214320${ABC.slice(2)}0${round}`);
	await host.close();
	await chip.close();
	return trace;
}

time("repeats to the microsecond and to the byte when it is virtual and seeded", async () => {
	const first = await coldStart("repeat");
	assert.ok(first.length > 100);
	assert.equal(await coldStart("repeat"), first);
});

time("costs nothing to wait for when it is virtual", async () => {
	const chip = await start("virtual", {});
	const host = await Host.connect(chip.address);
	const began = performance.now();
	await host.sleep(3_600_000_000);
	assert.is(host.time, 3_600_000_000);
	assert.ok(performance.now() - began < 1000);
	await host.close();
	await chip.close();
});

/**
 * Milliseconds by which a busy machine may be late: these tests tell a simulator that keeps time from one that does not.
 * How exact it is on an idle machine is a figure, not a test.
 */
const SLACK = 25;

/** Median, so that one stall of a busy machine does not decide. */
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

/** Milliseconds from a signature's command to the moment from which its answer can be read, by the wall clock. */
async function measureSignatures(chip: Simulator, rounds: number): Promise<number[]> {
	const host = await Host.connect(chip.address);
	const durations: number[] = [];
	for (let round = 0; round < rounds; round++) {
		await pause(5);
		await new Terminal(host).open();
		await host.write(SIGN);
		const began = performance.now();
		await pause(46);
		while ((await host.read(3)).payload.length < 3)
			await pause(0);
		durations.push(performance.now() - began);
		await host.read(100);
	}
	await host.close();
	return durations;
}

time("real: three chips of one process each sign in 48 ms", async () => {
	const chips = await Promise.all(["a", "b", "c"].map(name => start(name, { clock: "real" })));
	const all = await Promise.all(chips.map(chip => measureSignatures(chip, 5)));
	for (const durations of all) {
		const typical = median(durations);
		assert.ok(typical > 46.5 && typical < SLACK + 48, `${typical} ms`);
	}
	await Promise.all(chips.map(chip => chip.close()));
});

time("real: many short transactions take as long as their bytes do", async () => {
	const chip = await start("short", { clock: "real" });
	const host = await Host.connect(chip.address, 100_000);
	const differences: number[] = [];
	for (let round = 0; round < 5; round++) {
		const began = performance.now();
		const from = host.time;
		for (let count = 0; count < 500; count++)
			await host.read(1);	// not acknowledged: 90 µs each
		const [wall, simulated] = [performance.now() - began, (host.time - from) / 1000];
		assert.ok(simulated > 44.9, `${simulated} ms`);
		differences.push(Math.abs(wall - simulated));
	}
	assert.ok(median(differences) < SLACK, `${differences} ms`);
	await host.close();
	await chip.close();
});

time("real: a long frame takes its time on the bus, not a millisecond less", async () => {
	const chip = await start("long", { clock: "real" });
	const host = await Host.connect(chip.address, 100_000);
	await pause(5);
	const durations: number[] = [];
	for (let round = 0; round < 9; round++) {
		await host.read(300);
		const began = performance.now();
		await host.write(Buffer.concat([RESYNC, Buffer.alloc(200)]));	// 206 bytes with the address: 18.5 ms
		durations.push(performance.now() - began);
		await pause(3);
	}
	const typical = median(durations);
	assert.ok(typical > 17.5 && typical < SLACK + 18.5, `${typical} ms`);
	await host.close();
	await chip.close();
});

time("real: SLEEP is answered after its time", async () => {
	const chip = await start("sleep", { clock: "real" });
	const host = await Host.connect(chip.address);
	const began = performance.now();
	await host.sleep(25_000);
	const elapsed = performance.now() - began;
	assert.ok(elapsed > 24 && elapsed < 40, `${elapsed} ms`);
	await host.close();
	await chip.close();
});

time("real: a request that comes while the last is being done is answered by ERROR", async () => {
	const chip = await start("early", { clock: "real" });
	const host = await Host.connect(chip.address);
	host.send(bytes("04 0004 00030D40"));	// SLEEP of 200 ms
	await pause(20);
	host.send(bytes("05 0000"));
	const { type, payload } = await host.response();
	assert.is(type, RESPONSE.error);
	assert.match(payload.toString(), /before the response/);
	await host.close();
	await chip.close();
});

time("real: a simulator closes while its host sleeps", async () => {
	const chip = await start("closing", { clock: "real" });
	const host = await Host.connect(chip.address);
	const sleeping = host.sleep(4_000_000_000).catch((error: Error) => error.message);
	await pause(5);
	await chip.close();
	assert.is(await sleeping, "the simulator closed the connection");
});

time("real: an idle simulator uses no processor time", async () => {
	const chip = await start("idle", { clock: "real" });
	const host = await Host.connect(chip.address);
	await host.request(REQUEST.time);
	const before = process.cpuUsage();
	await pause(300);
	const { user, system } = process.cpuUsage(before);
	assert.ok(user + system < 60_000, `${user + system} µs`);
	await host.close();
	await chip.close();
});

time.run();
