// SPDX-License-Identifier: MIT
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { TransactionRecord } from "../../../tools/lib/chip-bus/records.js";
import { Bus } from "../../../tools/se050-sim/bus/bus.js";
import { type BusClock, RealClock } from "../../../tools/se050-sim/bus/clock.js";
import type { BusTarget } from "../../../tools/se050-sim/bus/i2c.js";
import {
	type Simulator,
	type SimulatorOptions,
	startSimulator,
	type TraceRecord,
} from "../../../tools/se050-sim/simulator.js";
import { placeChip } from "./factory.js";
import { bytes, Host, requestTypes, responseTypes, Terminal } from "./host.js";

const folder = mkdtempSync(join(tmpdir(), "se050-sim-"));
const abc = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
const signCommand = bytes(`5A 40 30 80030C092B4104F00001004201214320${abc} 1C81`);
const resyncRequest = bytes("5AC000FFFC");

const time = suite("simulated time");
time.after(() => rmSync(folder, { recursive: true }));

async function start(name: string, options: Partial<SimulatorOptions>): Promise<Simulator> {
	const stateFile = join(folder, `${name}.json`);
	if (!existsSync(stateFile)) await placeChip(stateFile);
	return startSimulator({ stateFile, listen: { path: join(folder, `${name}.sock`) }, clock: "virtual", ...options });
}

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
	for (const apdu of [
		"80020000 000006 41047FFF0206 0000",
		"80020000 000006 4104F0000101 0000",
		"80040049 000004 41020020 0000",
	])
		await terminal.transceive(apdu);
	for (let round = 0; round < 4; round++)
		await terminal.transceive(`80030C092B4104F00001004201214320${abc.slice(2)}0${round}`);
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
	assert.ok(performance.now() - began < 60_000, "it waited");
	await host.close();
	await chip.close();
});

/** How far the real clock may be behind the machine's and ahead of it, in milliseconds; clock.ts says why. */
const behind = 1.5;
const ahead = 0.5;

/** How much later than a bare timer the simulator may be, in milliseconds: timers have a grain of one. */
const grain = 2;

/** Median, so that stalls of a busy machine do not decide. */
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Milliseconds by which a bare timer of this machine is late now. */
async function timerLateness(milliseconds: number): Promise<number> {
	const began = performance.now();
	await pause(milliseconds);
	return performance.now() - began - milliseconds;
}

time("real: the clock stays with the machine's to a millisecond and a half, however busy that is", async () => {
	const clock = new RealClock();
	const awake = setInterval(() => {}, 1000); // the clock's own timers let the process end
	const offsets: number[] = [];
	for (let count = 0; count < 400; count++) {
		const before = clock.now();
		await clock.elapse(90 + count);
		assert.ok(clock.now() - before >= 90 + count, "time was skipped");
		const [early, simulated, late] = [performance.now(), clock.now() / 1000, performance.now()];
		if (late - early < 0.1) offsets.push(early - simulated);
	}
	clearInterval(awake);
	assert.ok(offsets.length > 100);
	const spread = Math.max(...offsets) - Math.min(...offsets);
	assert.ok(spread <= behind + ahead + 0.2, `${spread} ms`);
});

time("real: a transaction that a dead host has left is finished before the next host's begins", async () => {
	const steps: string[] = [];
	const waits: (() => void)[] = [];
	const clock: BusClock = { kind: "real", now: () => 0, elapse: () => new Promise(resolve => waits.push(resolve)) };
	const target: BusTarget = {
		acknowledges(_, length) {
			steps.push("begin");
			return length;
		},
		write: written => steps.push(`write ${written[0]}`),
		read() {
			steps.push("read");
			return Uint8Array.of(0);
		},
		enable() {},
		hasAnswer: () => true,
	};
	const bus = new Bus(target, clock, undefined);
	const left = bus.perform({ type: "write", address: 0x48, bytes: Uint8Array.of(1), stop: true });
	const next = bus.perform({ type: "write", address: 0x48, bytes: Uint8Array.of(2), stop: true });
	const last = bus.perform({ type: "read", address: 0x48, count: 1 });
	for (const transaction of [left, next, last]) {
		while (waits.length === 0) await pause(0);
		waits.shift()?.();
		await transaction;
	}
	assert.equal(steps, ["begin", "write 1", "begin", "write 2", "read"]);
});

/** Records of the bus' transactions of one kind. */
const transactions = (trace: readonly TraceRecord[], operation: "write" | "read"): TransactionRecord[] =>
	trace.flatMap(record => (record.layer === "i2c" && record.operation === operation ? [record] : []));

/** Has a chip sign, and reads until the answer comes; milliseconds on the machine's clock, from before the command. */
async function signOnce(host: Host): Promise<number> {
	await pause(5);
	await new Terminal(host).open();
	const began = performance.now();
	await host.write(signCommand);
	await pause(46);
	while ((await host.read(3)).payload.length < 3) await pause(0);
	const duration = performance.now() - began;
	await host.read(100);
	return duration;
}

/** Reads between a command and the next one, each with the microseconds from the command's end to its beginning. */
function readsAfter(trace: readonly TraceRecord[], { end }: TransactionRecord): { after: number; refused: boolean }[] {
	const next = transactions(trace, "write").find(({ time: begin }) => begin >= end)?.time ?? Infinity;
	return transactions(trace, "read")
		.filter(({ time: begin }) => begin >= end && begin < next)
		.map(({ time: begin, nackedAfter }) => ({ after: begin - end, refused: nackedAfter !== undefined }));
}

async function signRounds(name: string, rounds: number): Promise<void> {
	const trace: TraceRecord[] = [];
	const chip = await start(name, { clock: "real", trace: record => trace.push(record) });
	const host = await Host.connect(chip.address);
	const durations: number[] = [];
	for (let round = 0; round < rounds; round++) durations.push(await signOnce(host));
	await host.close();
	await chip.close();
	const commands = transactions(trace, "write").filter(({ bytes: frame }) => frame === signCommand.toString("hex"));
	assert.is(commands.length, rounds);
	for (const { after, refused } of commands.flatMap(command => readsAfter(trace, command)))
		assert.is(refused, after < 48_000, `a read after ${after} µs`);
	assert.ok(Math.min(...durations) >= 48 - behind - ahead, `early: ${Math.min(...durations)} ms`);
}

time("real: three chips of one process each sign in 48 ms: all reads before are refused, and none after", async () => {
	await Promise.all(["a", "b", "c"].map(name => signRounds(name, 9)));
});

time("real: short transactions last as long as their bytes do, and simulated time does not run ahead", async () => {
	const trace: TraceRecord[] = [];
	const chip = await start("short", { clock: "real", trace: record => trace.push(record) });
	const host = await Host.connect(chip.address, 100_000);
	for (let round = 0; round < 5; round++) {
		const began = performance.now();
		await host.request(requestTypes.time);
		const from = host.time;
		for (let count = 0; count < 200; count++) await host.read(1); // not acknowledged: 90 µs each
		assert.ok(performance.now() - began >= (host.time - from) / 1000 - behind - ahead, "simulated time ran ahead");
	}
	await host.close();
	await chip.close();
	const durations = transactions(trace, "read").map(({ time: begin, end }) => Math.round(end - begin));
	assert.is(durations.length, 1000);
	assert.ok(Math.min(...durations) >= 90);
	assert.ok(median(durations) < 90 + 1000 * ahead, `${median(durations)} µs`);
});

time("real: a long frame takes its time on the bus, never less, and its host waits for it", async () => {
	const trace: TraceRecord[] = [];
	const chip = await start("long", { clock: "real", trace: record => trace.push(record) });
	const host = await Host.connect(chip.address, 100_000);
	await pause(5);
	const lateness: number[] = [];
	const references: number[] = [];
	for (let round = 0; round < 15; round++) {
		await host.read(300);
		const reference = timerLateness(18);
		const began = performance.now();
		await host.write(Buffer.concat([resyncRequest, Buffer.alloc(200)])); // 206 bytes with the address
		lateness.push(performance.now() - began - 18.54);
		references.push(await reference);
		await pause(3);
	}
	await host.close();
	await chip.close();
	const durations = transactions(trace, "write").map(({ time: begin, end }) => Math.round(end - begin));
	assert.ok(Math.min(...durations) >= 18_540);
	const allowance = 1000 * (median(references) + grain);
	assert.ok(
		median(durations) <= 18_540 + allowance,
		`${median(durations)} µs on the bus, timers late by ${median(references)} ms`,
	);
	assert.ok(Math.min(...lateness) >= -behind - ahead, `early by ${-Math.min(...lateness)} ms`);
	assert.ok(
		median(lateness) <= median(references) + grain,
		`late by ${median(lateness)} ms, timers by ${median(references)} ms`,
	);
});

time("real: SLEEP is answered after its time", async () => {
	const chip = await start("sleep", { clock: "real" });
	const host = await Host.connect(chip.address);
	await host.request(requestTypes.time);
	const [began, from] = [performance.now(), host.time];
	await host.sleep(25_000);
	assert.ok(performance.now() - began >= 25 - behind - ahead);
	assert.ok(host.time - from >= 25_000);
	await host.close();
	await chip.close();
});

time("real: AFTER is refused, so that no transaction outlives its host", async () => {
	const trace: TraceRecord[] = [];
	const chip = await start("after", { clock: "real", trace: record => trace.push(record) });
	const host = await Host.connect(chip.address);
	host.send(bytes("07 0009 000061A8 03 48 00 0003"));
	const { type, payload } = await host.response();
	assert.is(type, responseTypes.error);
	assert.match(payload.toString(), /only for virtual time/);
	await pause(50);
	assert.equal(trace, []);
	await host.close();
	await chip.close();
});

time("real: a request that comes while the last is being done is answered by ERROR", async () => {
	const chip = await start("early", { clock: "real" });
	const host = await Host.connect(chip.address);
	host.send(bytes("04 0004 00030D40")); // SLEEP of 200 ms
	await pause(20);
	host.send(bytes("05 0000"));
	const { type, payload } = await host.response();
	assert.is(type, responseTypes.error);
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
	await host.request(requestTypes.time);
	const before = process.cpuUsage();
	await pause(300);
	const { user, system } = process.cpuUsage(before);
	assert.ok(user + system < 60_000, `${user + system} µs`);
	await host.close();
	await chip.close();
});

time.run();
