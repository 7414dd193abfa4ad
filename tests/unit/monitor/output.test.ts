// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Addr2line, panicAddresses } from "../../../tools/monitor/backtrace.js";
import { Output, type OutputOptions } from "../../../tools/monitor/output.js";
import { View } from "../../../tools/monitor/view.js";

const folder = mkdtempSync(join(tmpdir(), "output-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function shown(options: Partial<OutputOptions>): { output: Output; lines: string[] } {
	const lines: string[] = [];
	const output = new Output({
		view: new View({}),
		print: line => lines.push(line),
		time: false,
		filter: undefined,
		log: undefined,
		raw: false,
		now: () => new Date(2026, 10, 28, 2, 0, 0, 123),
		...options,
	});
	return { output, lines };
}

test("lines have a source and a time where they are asked for", () => {
	const { output, lines } = shown({ time: true });
	output.line("ttyUSB0", "hello");
	output.line(undefined, "one board");
	output.note("ttyUSB0", "went away");
	assert.equal(lines, [
		"ttyUSB0 │ [2026-11-28 02:00:00.123] hello",
		"[2026-11-28 02:00:00.123] one board",
		"ttyUSB0 │ [2026-11-28 02:00:00.123] — went away",
	]);
});

test("a filter holds back lines that do not match, and nothing that the monitor says; the log file has all", () => {
	const log = join(folder, "all.log");
	const { output, lines } = shown({ filter: /error|identity/, log });
	output.line(undefined, "    0.1 identity");
	output.line(undefined, "noise \u001b[2J");
	output.note(undefined, "saved");
	output.close();
	assert.equal(lines, ["    0.1 identity", "— saved"]);
	assert.is(
		readFileSync(log, "utf8"),
		"[2026-11-28 02:00:00.123]     0.1 identity\n[2026-11-28 02:00:00.123] noise \\u001b[2J\n[2026-11-28 02:00:00.123] — saved\n",
	);
});

test("control characters are escaped, unless raw output was asked for", () => {
	const { output, lines } = shown({});
	output.line(undefined, "\u009b31m\u202e");
	assert.equal(lines, ["\\u009b31m\\u202e"]);
	const raw = shown({ raw: true });
	raw.output.line(undefined, "\u009b31m");
	assert.equal(raw.lines, ["\u009b31m"]);
});

test("a log file that cannot be written is named", () => {
	assert.throws(() => shown({ log: join(folder, "none", "x") }), /log file .* cannot be written: ENOENT/);
});

test("the addresses of panics are found, and no others", () => {
	assert.equal(panicAddresses("Backtrace: 0x400d1234:0x3ffb1f20 0x40081abc:0x3ffb1f40 |<-CORRUPTED"), [
		"0x400d1234",
		"0x40081abc",
	]);
	assert.equal(panicAddresses("PC      : 0x400d1234  PS      : 0x00060630  A0      : 0x800d2345"), ["0x400d1234"]);
	assert.equal(panicAddresses("MEPC    : 0x42009f1e  RA      : 0x42009f10  SP      : 0x3fc93460"), [
		"0x42009f1e",
		"0x42009f10",
	]);
	assert.equal(panicAddresses("    0.1 receive payload=0x400d1234"), []);
});

test("addresses are said as function, file and line by the ELF file", async () => {
	const source = join(folder, "crash.c"),
		elf = join(folder, "crash.elf");
	writeFileSync(source, "int crash(int x) { return *(volatile int *)0 + x; }\nint main(void) { return crash(1); }\n");
	const args = ["-g", "-O0", "-no-pie", "-Wl,-Ttext-segment=0x40000000", "-o", elf, source];
	assert.is(spawnSync("gcc", args).status, 0);
	const symbols = spawnSync("nm", [elf], { encoding: "utf8" }).stdout;
	const address = /^0*(4[0-9a-f]{7}) T crash$/m.exec(symbols)?.[1] ?? "";
	const [line] = await new Addr2line(elf).explain(panicAddresses(`Backtrace: 0x${address}:0x3ffb1f20`));
	assert.match(line ?? "", /crash at .*crash\.c:1/);
});

test("an ELF file that is none is refused, and a toolchain that is not there is named", async () => {
	assert.throws(() => new Addr2line(join(folder, "missing.elf")), /cannot be read: ENOENT/);
	writeFileSync(join(folder, "text"), "hello, this is no ELF file");
	assert.throws(() => new Addr2line(join(folder, "text")), /is not the ELF file/);
	const header = Buffer.alloc(64);
	header.write("\x7fELF", "latin1");
	header.writeUInt16LE(94, 18);
	writeFileSync(join(folder, "xtensa.elf"), header);
	const path = process.env.PATH;
	process.env.PATH = folder;
	const lines = await new Addr2line(join(folder, "xtensa.elf")).explain(["0x400d1234"]);
	process.env.PATH = path;
	assert.match(lines.join(), /xtensa-esp32-elf-addr2line and xtensa-esp-elf-addr2line are not on PATH.*export\.sh/);
});

test.run();
