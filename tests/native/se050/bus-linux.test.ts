// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { constants } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../../tools/lib/compile-c.js";

const program = await compile({
	name: "se050-bus-linux",
	sources: [
		"tests/native/se050/bus.c",
		"tests/native/se050/bus_linux_shim.c",
		"se050/native/posix/bus_posix.c",
		"se050/native/posix/bus_sim.c",
		"se050/native/sim/sim_link.c",
		"se050/native/posix/bus_linux.c",
		"se050/native/posix/bus_trace.c",
		"se050/native/posix/posix_time.c",
	],
	includes: ["se050/native", "se050/native/posix", "se050/native/sim"],
	flags: ["-Wl,--wrap=open,--wrap=ioctl,--wrap=close,--wrap=fcntl,--wrap=posix_now,--wrap=posix_sleep"],
});

function run(bus: string, ...operations: string[]): { lines: string[]; kernel: string[] } {
	const { stdout, stderr, signal } = spawnSync(program, [bus, ...operations], { encoding: "utf8", timeout: 10_000 });
	assert.is(signal, null);
	return { lines: stdout.trimEnd().split("\n"), kernel: stderr.trimEnd().split("\n") };
}

/** Linux' number; node:os does not have it. */
const eremoteio = 121;

test("a write is one plain message", () => {
	const { lines, kernel } = run("/adapter:0", "w 5AC000FFFC");
	assert.equal(lines, ["ok"]);
	assert.equal(kernel, ["1 message(s): address 48 flags 0 length 5 5A C0 00 FF FC", "closed"]);
});

test("a read is one message of its own: no repeated start", () => {
	const { lines, kernel } = run("/adapter:0", "r 3");
	assert.equal(lines, ["ok A0A1A2"]);
	assert.equal(kernel, ["1 message(s): address 48 flags 1 length 3", "closed"]);
});

test("an empty write, at which an SE050 stalls, never reaches the adapter", () => {
	const { lines, kernel } = run("/adapter:0", "w ", "r 0");
	assert.match(lines[0] ?? "", /^error: /);
	assert.match(lines[1] ?? "", /^error: /);
	assert.equal(kernel, ["closed"]);
});

test("ENXIO and EREMOTEIO are how adapters say NACK", () => {
	for (const errno of [constants.errno.ENXIO, eremoteio])
		assert.equal(run(`/adapter:${errno}`, "w 5AC000FFFC", "r 1").lines, ["nack", "nack"]);
});

test("what some adapters say for a NACK, and what may pass, is a disturbance with its cause", () => {
	const { EIO, ETIMEDOUT, EPROTO, EAGAIN, EBUSY, EOVERFLOW } = constants.errno;
	const said = (errno: number) => run(`/adapter:${errno}`, "r 2").lines[0] ?? "";
	assert.match(said(ETIMEDOUT), /^disturbed: I2C adapter: .*SCL or SDA may be held low/);
	assert.match(said(EBUSY), /^disturbed: I2C adapter: .*held low/);
	assert.match(said(EAGAIN), /^disturbed: I2C adapter: lost arbitration: another master/);
	for (const errno of [EIO, EPROTO, EOVERFLOW])
		assert.match(said(errno), /^disturbed: I2C adapter: .+: check the chip's address and power/);
});

test("a transfer of no message without an error is no success", () => {
	const { lines } = run("/adapter:-1", "w 5AC000FFFC", "r 3");
	for (const line of lines) assert.match(line, /^disturbed: I2C adapter: nothing was transferred/);
});

test("an adapter that is gone, or cannot do this, is an error", () => {
	const { ENODEV, EOPNOTSUPP } = constants.errno;
	assert.match(
		run(`/adapter:${ENODEV}`, "r 2").lines[0] ?? "",
		/^error: I2C adapter: No such device: it was unplugged/,
	);
	assert.match(run(`/adapter:${EOPNOTSUPP}`, "r 2").lines[0] ?? "", /^error: .*does not take this transfer/);
});

test("a transaction that a signal interrupts is made again", () => {
	assert.equal(run("/adapter/interrupted", "r 1").lines, ["ok A0"]);
});

test("an adapter that is not there, not ours, or only for SMBus is reported with what to do", () => {
	assert.match(run("/adapter/none").lines[0] ?? "", /there is no such adapter; switch I2C on/);
	assert.match(run("/adapter/forbidden").lines[0] ?? "", /join the group/);
	const { lines, kernel } = run("/adapter/smbus");
	assert.match(lines[0] ?? "", /cannot send plain I2C messages/);
	assert.equal(kernel, ["closed"]);
});

test("an adapter that another process has for a while is waited for", () => {
	assert.equal(run("/adapter/locked-a-while", "w 5AC000FFFC").lines, ["ok"]);
});

test("an adapter that another process keeps is an error that names the process, after ten seconds", () => {
	const { lines, kernel } = run("/adapter/locked");
	assert.match(
		lines[0] ?? "",
		/^not open: \/adapter\/locked: in use by process \d+ \(se050-bus-linux\): wait until it ends, or end it$/,
	);
	assert.equal(kernel, ["closed"]);
});

test("sleeping takes the time it says", () => {
	const [before, , after] = run("/adapter:0", "t", "s 20000", "t").lines;
	assert.ok(Number(after) - Number(before) >= 20000);
});

test.run();
