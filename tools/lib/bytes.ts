// SPDX-License-Identifier: MIT
/** Lower-case hexadecimal digits of some bytes, as state files and traces write them. */
export function toHex(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** The bytes of a string of hexadecimal digits; white space is skipped. Throws a SyntaxError for anything else. */
export function fromHex(digits: string): Uint8Array {
	const compact = digits.replace(/\s+/g, "");
	if (!/^([0-9a-fA-F]{2})*$/.test(compact)) throw new SyntaxError(`"${digits.slice(0, 20)}" is not hexadecimal`);
	return new Uint8Array(Buffer.from(compact, "hex"));
}

export function concat(...parts: Uint8Array[]): Uint8Array {
	let length = 0;
	for (const part of parts) length += part.length;
	const whole = new Uint8Array(length);
	let offset = 0;
	for (const part of parts) {
		whole.set(part, offset);
		offset += part.length;
	}
	return whole;
}

export { equal } from "../../se050/bytes.js";

/** Most bytes of an integer that a number holds exactly. */
const longestInteger = 6;

/** A big-endian unsigned integer of one to six bytes. Throws a RangeError for another length. */
export function toUnsigned(bytes: Uint8Array): number {
	if (bytes.length === 0 || bytes.length > longestInteger)
		throw new RangeError(`an integer has 1 to ${longestInteger} bytes, not ${bytes.length}`);
	let value = 0;
	for (const byte of bytes) value = value * 0x100 + byte;
	return value;
}

/** 1 to 6 bytes, big-endian. Throws a RangeError for a value that does not fit. */
export function fromUnsigned(value: number, length: number): Uint8Array {
	if (!Number.isInteger(value) || value < 0 || length < 1 || length > longestInteger || value >= 0x100 ** length)
		throw new RangeError(`${value} is not an unsigned integer of ${length} bytes`);
	const bytes = new Uint8Array(length);
	let rest = value;
	for (let index = length - 1; index >= 0; index--) {
		bytes[index] = rest % 0x100;
		rest = Math.floor(rest / 0x100);
	}
	return bytes;
}
