// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Addr2line, type PanicAddresses, PanicReader } from "../../../tools/monitor/backtrace.js";
import { Elf, machines } from "../../../tools/monitor/elf.js";
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

/** What a panic's lines have, by line. */
function addressesIn(...lines: string[]): (PanicAddresses | undefined)[] {
	const reader = new PanicReader();
	return lines.map(line => reader.push(line));
}

test("the addresses of panics are found, and no others", () => {
	assert.equal(
		addressesIn(
			"Backtrace: 0x400d1234:0x3ffb1f20 0x40081abc:0x3ffb1f40 |<-CORRUPTED",
			"PC      : 0x400d1234  PS      : 0x00060630  A0      : 0x800d2345  A1      : 0x3ffb1f20",
			"EPC1    : 0x400d1111  EPC2    : 0x00000000  EPC3    : 0x00000000  EPC4    : 0x40081abc",
			"MEPC    : 0x42009f1e  RA      : 0x42009f10  SP      : 0x3fc93460  GP      : 0x3fc8b400",
			"TP      : 0x3fc93470  T0      : 0x42001234  T1      : 0x00000000  T2      : 0x00000000",
			"abort() was called at PC 0x400d1230 on core 0",
			"    0.1 receive payload=0x400d1234",
		),
		[
			{ places: ["0x400d1234", "0x40081abc"], returns: [], stack: [] },
			{ places: ["0x400d1234"], returns: [], stack: [] },
			{ places: ["0x400d1111", "0x40081abc"], returns: [], stack: [] },
			{ places: ["0x42009f1e"], returns: ["0x42009f10"], stack: [] },
			undefined,
			{ places: ["0x400d1230"], returns: [], stack: [] },
			undefined,
		],
	);
});

test("the code addresses of RISC-V's stack memory come once, after its last line", () => {
	const line = (...words: string[]) =>
		`3fc93460: ${[...words, ...Array(8 - words.length).fill("0x00000000")].join(" ")}`;
	assert.equal(
		addressesIn("Stack memory:", line("0x42009f10", "0x3fc93480", "0x40380122"), line("0x42009f10"), "", ""),
		[undefined, undefined, undefined, { places: [], returns: [], stack: ["0x42009f10", "0x40380122"] }, undefined],
	);
});

test("addresses are said as function, file and line by the ELF file", async () => {
	const source = join(folder, "crash.c"),
		elf = join(folder, "crash.elf");
	writeFileSync(source, "int crash(int x) { return *(volatile int *)0 + x; }\nint main(void) { return crash(1); }\n");
	const args = ["-g", "-O0", "-no-pie", "-Wl,-Ttext-segment=0x40000000", "-o", elf, source];
	assert.is(spawnSync("gcc", args).status, 0);
	const symbols = spawnSync("nm", [elf], { encoding: "utf8" }).stdout;
	const address = `0x${/^0*(4[0-9a-f]{7}) T crash$/m.exec(symbols)?.[1]}`;
	const addr2line = new Addr2line(elf);
	const [line] = await addr2line.explain({ places: [address], returns: [], stack: [] });
	assert.match(line ?? "", /crash at .*crash\.c:1/);
	const after = `0x${(Number(address) + 1).toString(16)}`;
	const lines = await addr2line.explain({ places: [], returns: [after], stack: [after] });
	assert.match(lines.join("\n"), /^0x.*: crash at .*crash\.c:1.*\non the stack: 0x.*: crash at .*crash\.c:1/);
});

/** A 32-bit ELF file with one segment. */
function elfFile(machine: number, address: number, code: readonly number[]): string {
	const bytes = Buffer.alloc(52 + 32 + code.length);
	bytes.write("\x7fELF", "latin1");
	bytes.writeUInt16LE(machine, 18);
	bytes.writeUInt32LE(52, 28);
	bytes.writeUInt16LE(32, 42);
	bytes.writeUInt16LE(1, 44);
	bytes.writeUInt32LE(84, 52 + 4);
	bytes.writeUInt32LE(address, 52 + 8);
	bytes.writeUInt32LE(code.length, 52 + 16);
	bytes.set(code, 84);
	const path = join(folder, `${machine}.elf`);
	writeFileSync(path, bytes);
	return path;
}

test("on RISC-V, only an address after a call is where one returns to", () => {
	// As GNU as assembles: jal ra,.+8; jalr ra,4(a5); c.jal .+8; c.jalr a5; addi sp,sp,-16; c.jr ra; c.ebreak; jal zero,.+4
	const code = [0xef, 0x00, 0x80, 0x00, 0xe7, 0x80, 0x47, 0x00, 0x21, 0x20, 0x82, 0x97, 0x13, 0x01, 0x01, 0xff];
	const others = [0x82, 0x80, 0x02, 0x90, 0x6f, 0x00, 0x40, 0x00];
	const base = 0x42000020;
	const elf = new Elf(elfFile(machines.riscv, base, [...code, ...others]));
	const offsets = [0, 2, 4, 8, 10, 12, 16, 18, 20, 24, 26];
	assert.equal(
		offsets.filter(offset => elf.followsCall(base + offset)),
		[4, 8, 10, 12],
	);
	assert.ok(new Elf(elfFile(machines.xtensa, base, code)).followsCall(base));
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
	const lines = await new Addr2line(join(folder, "xtensa.elf")).explain({
		places: ["0x400d1234"],
		returns: [],
		stack: [],
	});
	process.env.PATH = path;
	assert.match(
		lines.join(),
		/^the crash is not decoded: none of xtensa-esp32-elf-addr2line, .*xtensa-esp-elf-addr2line is on PATH.*export\.sh/,
	);
});

test.run();
