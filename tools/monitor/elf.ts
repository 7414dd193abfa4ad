// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";

/** e_machine of the ELF specification. */
export const machines = { x86: 62, xtensa: 94, riscv: 243 } as const;

/** Offsets in the header and a program header of a 32-bit ELF file (System V ABI, "ELF Header", "Program Header"). */
const header = { machine: 18, programHeaders: 28, programHeaderSize: 42, programHeaderCount: 44 } as const;
const programHeader = { offset: 4, virtualAddress: 8, fileSize: 16 } as const;

/** Whether the instruction that ends at `code`'s end is a call (RISC-V ISA: JAL and JALR to ra, C.JAL, C.JALR). */
function endsInCall(code: Buffer): boolean {
	const half = code.readUInt16LE(code.length - 2);
	if ((half & 0xe003) === 0x2001 || ((half & 0xf07f) === 0x9002 && (half & 0x0f80) !== 0)) return true;
	if (code.length < 4) return false;
	const word = code.readUInt32LE(code.length - 4);
	return (word & 0xfff) === 0x0ef || (word & 0x7fff) === 0x00e7;
}

/** A linked firmware, as far as a panic needs it. */
export class Elf {
	readonly machine: number;
	readonly #bytes: Buffer;

	/** @throws Error of one sentence when the file is not an ELF file */
	constructor(path: string) {
		try {
			this.#bytes = readFileSync(path);
		} catch (error) {
			throw new Error(`The ELF file ${path} cannot be read: ${(error as Error).message}.`);
		}
		const isElf = this.#bytes.length > 52 && this.#bytes.toString("latin1", 0, 4) === "\x7fELF";
		this.machine = isElf ? this.#bytes.readUInt16LE(header.machine) : 0;
		if (!Object.values<number>(machines).includes(this.machine))
			throw new Error(`${path} is not the ELF file of an ESP32's firmware: give the .elf that mcconfig built.`);
	}

	/** Whether an address can be where a call returns to. Only RISC-V is looked at: elsewhere, it always can. */
	followsCall(address: number): boolean {
		if (this.machine !== machines.riscv) return true;
		const code = this.#before(address);
		return code !== undefined && code.length >= 2 && endsInCall(code);
	}

	/** Up to four bytes that lie in front of an address; undefined when the file has none there. */
	#before(address: number): Buffer | undefined {
		const bytes = this.#bytes;
		const size = bytes.readUInt16LE(header.programHeaderSize);
		for (let index = 0; index < bytes.readUInt16LE(header.programHeaderCount); index++) {
			const at = bytes.readUInt32LE(header.programHeaders) + index * size;
			const offset = bytes.readUInt32LE(at + programHeader.offset);
			const distance = address - bytes.readUInt32LE(at + programHeader.virtualAddress);
			if (distance > 0 && distance <= bytes.readUInt32LE(at + programHeader.fileSize))
				return bytes.subarray(offset + Math.max(distance - 4, 0), offset + distance);
		}
		return undefined;
	}
}
