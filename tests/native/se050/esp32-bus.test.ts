// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../../tools/lib/compile-c.js";

const sources = [
	"tests/native/se050/bus.c",
	"tests/native/se050/esp32-idf/idf.c",
	"se050/native/esp32/bus_idf.c",
	"se050/native/esp32/time_idf.c",
];
const includes = ["se050/native", "se050/native/esp32", "tests/native/se050/esp32-idf"];
const program = await compile({ name: "esp32-bus", sources, includes });
/** As for a board whose manifest in the SDK has I2C pins. */
const boardProgram = await compile({
	name: "esp32-bus-board",
	sources,
	includes,
	flags: ["-DMODDEF_I2C_SDA_PIN=(5)", "-DMODDEF_I2C_SCL_PIN=(6)"],
});

const bus = "i2c:sda=21,scl=22";

/** Runs operations on a bus; `script` says what becomes of opening it and of each transaction (esp32-idf/idf.c). */
function run(
	script: string,
	operations: readonly string[],
	name = bus,
	executable = program,
): { lines: string[]; driver: string[] } {
	const { stdout, stderr, signal } = spawnSync(executable, [name, ...operations], {
		encoding: "utf8",
		timeout: 10_000,
		env: { ...process.env, IDF_SCRIPT: script },
	});
	assert.is(signal, null, stderr);
	return { lines: stdout.trimEnd().split("\n"), driver: stderr.trimEnd().split("\n") };
}

test("a write and a read are a transaction each, at the chip's address and clock", () => {
	const { lines, driver } = run("ok ok ok", ["w 5AC000FFFC", "r 3"]);
	assert.equal(lines, ["ok", "ok A0A1A2"]);
	assert.equal(driver, [
		"bus sda 21 scl 22 at 0",
		"device 48 at 400000 Hz",
		"write 5, limit 20: 5A C0 00 FF FC",
		"read 3, limit 20",
		"device removed",
		"bus deleted",
	]);
});

test("a transaction's limit is twice its time on the wire and 20 ms", () => {
	const { driver } = run("", ["r 259"]);
	assert.ok(driver.includes("read 259, limit 31"), driver.join("\n"));
});

test("a NACK is a NACK, and polling leaves no log line", () => {
	const { lines, driver } = run("ok nack nack nack ok", ["r 2", "r 2", "r 2", "r 2"]);
	assert.equal(lines, ["nack", "nack", "nack", "ok A0A1"]);
	assert.is(driver.filter(line => line.startsWith("E ")).length, 0);
});

test("the same answer of the driver after the time-out may be a NACK that was noticed late: it is a disturbance", () => {
	assert.match(
		run("ok slow", ["r 2"]).lines[0] ?? "",
		/^disturbed: transactions do not end in time: check the pull-ups/,
	);
});

test("a driver that is busy or refuses is a disturbance with its number", () => {
	assert.match(run("ok busy", ["r 2"]).lines[0] ?? "", /^disturbed: transactions do not end in time/);
	assert.match(run("ok state", ["r 2"]).lines[0] ?? "", /^disturbed: the I2C driver answered esp_err_t 0x103/);
});

test("an SDA that nine clocks free is a disturbance, and the next transaction works", () => {
	const { lines, driver } = run("ok sda-freed ok", ["r 2", "r 2"]);
	assert.equal(lines, ["disturbed: SDA was held low until nine clocks freed it: check the wiring", "ok A0A1"]);
	assert.is(driver.filter(line => line === "bus reset").length, 1);
});

test("an SDA that stays low is reported with the remedy, which depends on the enable pin", () => {
	assert.match(
		run("ok sda", ["r 2"]).lines[0] ?? "",
		/^disturbed: SDA is held low, and nine clocks did not free it: switch .* off and on, or wire its ENA pin/,
	);
	assert.match(
		run("ok sda", ["r 2"], `${bus},ena=4`).lines[0] ?? "",
		/^disturbed: SDA is held low, .*: the ENA pin is used to switch the chip off and on; check that it is wired/,
	);
});

test("an SCL that is low is reported with the remedy, and is not clocked", () => {
	const { lines, driver } = run("ok scl", ["r 2"]);
	assert.match(lines[0] ?? "", /^disturbed: SCL is held low: check the wiring/);
	assert.not(driver.includes("bus reset"));
});

test("a bus whose lines are held low at the start opens, so that it can be tried again without a restart", () => {
	assert.match(run("sda sda ok", ["r 2"]).lines[0] ?? "", /^disturbed: SDA is held low/);
	assert.equal(run("sda sda-freed ok", ["r 2", "r 2"]).lines.slice(1), ["ok A0A1"]);
});

test("a bus that does not open releases what it took", () => {
	assert.match(run("state", []).lines[0] ?? "", /^not open: .*esp_err_t 0x103 .*nothing else uses them/);
});

test("a chip is switched off and on by its enable pin whenever the data link asks for it", () => {
	assert.equal(run("", ["e"]).lines, ["no enable pin"]);
	const { lines, driver } = run("", ["e"], `${bus},ena=4`);
	assert.equal(lines, ["restarted"]);
	assert.equal(
		driver.filter(line => /^gpio 4 [01]/.test(line)),
		["gpio 4 0 at 0", "gpio 4 1 at 5000", "gpio 4 0 at 10000", "gpio 4 1 at 15000"],
	);
});

test("empty transactions, and reads for which ESP-IDF makes an empty one, never reach the driver", () => {
	const { lines, driver } = run("", ["w ", "r 0", "r 1"]);
	assert.match(lines.join("\n"), /^error: an empty write .*\nerror: a read of less than two.*\nerror: a read of less/);
	assert.is(driver.filter(line => /^(write|read)/.test(line)).length, 0);
});

test("an enable pin that is wired switches the chip off and on before the bus opens", () => {
	const { driver } = run("", ["t"], `${bus},ena=4`);
	assert.equal(
		driver.filter(line => /^(gpio|bus sda)/.test(line)),
		["gpio 4 output", "gpio 4 0 at 0", "gpio 4 1 at 5000", "bus sda 21 scl 22 at 10000"],
	);
});

test("a sleep is never shorter than asked for, leaves whole ticks to others and waits out less than two", () => {
	for (const microseconds of [0, 1, 100, 999, 1_000, 1_001, 1_999, 2_000, 8_500, 1_000_000]) {
		const { lines, driver } = run("", ["s 300", `s ${microseconds}`, "t"]);
		const busy = driver
			.filter(line => line.startsWith("busy"))
			.slice(1)
			.map(line => Number(line.split(" ")[2]));
		assert.ok(Number(lines[2]) >= 300 + microseconds, `${microseconds}: ${lines[2]}`);
		assert.ok(
			busy.every(time => time < 2_000),
			`${microseconds}: ${busy}`,
		);
		assert.is(
			driver.some(line => line.startsWith("delay")),
			microseconds >= 1_000,
		);
	}
});

test("a serial line is named as what this build does not have", () => {
	assert.is(
		run("", [], "uart:tx=17,rx=16").lines[0],
		"not open: uart:tx=17,rx=16: this build has no simulated chip on a serial line: build with esp32/uart.json",
	);
});

test("without sda and scl, a board's own pins are used", () => {
	const portOf = (name: string) => run("", [], name, boardProgram).driver.find(line => line.startsWith("bus sda"));
	assert.is(portOf("i2c"), "bus sda 5 scl 6 at 0");
	assert.is(portOf("i2c:ena=4"), "bus sda 5 scl 6 at 10000");
	assert.is(portOf("i2c:scl=7,sda=8"), "bus sda 8 scl 7 at 0");
	for (const name of ["i2c:sda=21", "i2c:scl=22", "i2c:", "i2c,", "i2cx"])
		assert.match(run("", [], name, boardProgram).lines[0] ?? "", /is not a bus: use i2c:sda=/, name);
});

test("a name that is not a bus is answered with the form to use", () => {
	for (const name of [
		"",
		"/dev/i2c-1",
		"i2c",
		"i2c:ena=4",
		"i2c:",
		"i2c:sda=21",
		"i2c:sda=21,scl=",
		"i2c:sda=21,scl=22,",
		"i2c:sda=21,scl=22,en=4",
		"i2c:sda=21,scl=-1",
		"i2c:sda=21,scl=34",
		"i2c:sda=21,scl=99999999999999999999",
		"i2c:sda=21;scl=22",
	])
		assert.is(
			run("", [], name).lines[0],
			`not open: "${name}" is not a bus: use i2c:sda=21,scl=22 with GPIO numbers of this chip, and ,ena=… where ENA is wired`,
		);
});

test.run();
