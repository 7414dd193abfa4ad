// SPDX-License-Identifier: MIT
import { execFile } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";

/** Lines of ESP-IDF's panic handler that have code addresses: a backtrace (Xtensa), or registers (RISC-V and Xtensa). */
const panicLine = /\bBacktrace:|\b(?:PC|EPC\d|MEPC|RA)\s*:\s*0x/;
/** Code of ESP32s is from 0x40000000 on: ROM, IRAM, and flash through the cache (technical reference manuals, "Address mapping"). */
const codeAddress = /0x4[0-9a-f]{7}\b/gi;

/** The code addresses of a line of a panic; none for any other line. */
export function panicAddresses(line: string): string[] {
	if (!panicLine.test(line)) return [];
	return [...new Set(line.match(codeAddress) ?? [])];
}

/** addr2line of the toolchain, by the ELF's machine (e_machine at offset 18, little-endian). */
const programs: Readonly<Record<number, readonly string[]>> = {
	94: ["xtensa-esp32-elf-addr2line", "xtensa-esp-elf-addr2line"],
	243: ["riscv32-esp-elf-addr2line"],
	62: ["addr2line"],
};

/** @throws Error of one sentence when the file is not an ELF file of a known machine */
function programsFor(path: string): readonly string[] {
	const header = Buffer.alloc(20);
	try {
		const fd = openSync(path, "r");
		readSync(fd, header, 0, header.length, 0);
		closeSync(fd);
	} catch (error) {
		throw new Error(`The ELF file ${path} cannot be read: ${(error as Error).message}.`);
	}
	const found = header.toString("latin1", 0, 4) === "\x7fELF" ? programs[header.readUInt16LE(18)] : undefined;
	if (!found) throw new Error(`${path} is not the ELF file of an ESP32's firmware: give the .elf that mcconfig built.`);
	return found;
}

const run = (program: string, args: readonly string[]): Promise<string> =>
	new Promise((resolve, reject) => {
		execFile(program, args, (error, output) => (error ? reject(error) : resolve(output)));
	});

/** Says where in the source the addresses of a panic are. */
export class Addr2line {
	readonly #elf: string;
	readonly #programs: readonly string[];

	/** @throws Error of one sentence when the ELF file cannot be used */
	constructor(elf: string) {
		this.#elf = elf;
		this.#programs = programsFor(elf);
	}

	/** One line for each address that is known, inlined functions among them; or why there is none. */
	async explain(addresses: readonly string[]): Promise<string[]> {
		for (const program of this.#programs) {
			try {
				const output = await run(program, ["-pfiaC", "-e", this.#elf, ...addresses]);
				return output.split("\n").filter(line => line.trim() !== "" && !/\?\? \?\?:/.test(line));
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== "ENOENT") return [`${program}: ${(error as Error).message}`];
			}
		}
		return [
			`the backtrace is not decoded: ${this.#programs.join(" and ")} are not on PATH. Run ESP-IDF's export.sh in this terminal.`,
		];
	}
}
