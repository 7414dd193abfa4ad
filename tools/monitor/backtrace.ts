// SPDX-License-Identifier: MIT
import { execFile } from "node:child_process";
import { Elf, machines } from "./elf.js";

/** Code addresses of a panic, as 0x… */
export interface PanicAddresses {
	/** Where something happened. ESP-IDF's backtrace on Xtensa already has the calls themselves. */
	places: string[];
	/** Where calls return to, which is one instruction after them. */
	returns: string[];
	/** Words on the stack: some of them are where calls return to, of this or of earlier ones. */
	stack: string[];
}

/** Code of ESP32s is from 0x40000000 on: ROM, IRAM, and flash through the cache (technical reference manuals, "Address mapping"). */
const codeAddress = /\b0x4[0-9a-f]{7}\b/gi;
/** A register in a dump of ESP-IDF's panic handler: PC and EPC1 to EPC4 on Xtensa, MEPC and RA on RISC-V; "abort() was called at PC 0x…". */
const register = /\b(M?E?PC\d?|RA)(?: *:)? (0x4[0-9a-f]{7})\b/g;
/** A line of RISC-V's "Stack memory": address and eight words. */
const stackLine = /^[0-9a-f]{8}:(?: 0x[0-9a-f]{8}){8}\s*$/i;

const unique = (texts: Iterable<string>): string[] => [...new Set(texts)];

/** Finds the code addresses in what ESP-IDF's panic handler prints. */
export class PanicReader {
	#stack: string[] = [];

	/** Takes a line; answers with the addresses that it has or completes. */
	push(line: string): PanicAddresses | undefined {
		if (stackLine.test(line)) {
			this.#stack.push(...(line.slice(9).match(codeAddress) ?? []));
			return undefined;
		}
		const stack = unique(this.#stack);
		this.#stack = [];
		const registers = [...line.matchAll(register)].map(([, name = "", address = ""]) => ({ name, address }));
		const places = /\bBacktrace:/.test(line)
			? (line.match(codeAddress) ?? [])
			: registers.filter(({ name }) => name !== "RA").map(({ address }) => address);
		const returns = registers.filter(({ name }) => name === "RA").map(({ address }) => address);
		if (places.length + returns.length + stack.length === 0) return undefined;
		return { places: unique(places), returns, stack };
	}
}

/** addr2line of the toolchain, by the ELF's machine. */
const programs: Readonly<Record<number, readonly string[]>> = {
	[machines.xtensa]: ["xtensa-esp32-elf-addr2line", "xtensa-esp32s3-elf-addr2line", "xtensa-esp-elf-addr2line"],
	[machines.riscv]: ["riscv32-esp-elf-addr2line", "riscv64-unknown-elf-addr2line"],
	[machines.x86]: ["addr2line"],
};

const run = (program: string, args: readonly string[]): Promise<string> =>
	new Promise((resolve, reject) => {
		execFile(program, args, (error, output) => (error ? reject(error) : resolve(output)));
	});

/** Says where in the source the addresses of a panic are. */
export class Addr2line {
	readonly #path: string;
	readonly #elf: Elf;

	/** @throws Error of one sentence when the ELF file cannot be used */
	constructor(path: string) {
		this.#path = path;
		this.#elf = new Elf(path);
	}

	/** One line for each address that is known, inlined functions among them; or why there is none. */
	async explain({ places, returns, stack }: PanicAddresses): Promise<string[]> {
		try {
			const lines = await this.#lookUp([...places, ...this.#calls(returns)]);
			const onStack = await this.#lookUp(this.#calls(stack));
			return [...lines, ...onStack.map(line => `on the stack: ${line.trimStart()}`)];
		} catch (error) {
			return [`the crash is not decoded: ${(error as Error).message}`];
		}
	}

	/** The calls that return to these addresses: one byte back is inside of the instruction. */
	#calls(returns: readonly string[]): string[] {
		return returns
			.map(Number)
			.filter(address => this.#elf.followsCall(address))
			.map(address => `0x${(address - 1).toString(16)}`);
	}

	/** @throws Error of one sentence when addr2line cannot be used */
	async #lookUp(addresses: readonly string[]): Promise<string[]> {
		if (addresses.length === 0) return [];
		const names = programs[this.#elf.machine] ?? [];
		for (const program of names) {
			try {
				const output = await run(program, ["-pfiaC", "-e", this.#path, ...addresses]);
				return output.split("\n").filter(line => line.trim() !== "" && !/\?\? \?\?:/.test(line));
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
			}
		}
		throw new Error(`none of ${names.join(", ")} is on PATH. Run ESP-IDF's export.sh in this terminal.`);
	}
}
