// SPDX-License-Identifier: MIT
/** Big-endian integers and byte strings, as APDUs have them. */

export function u16(value: number): Uint8Array {
	return Uint8Array.of(value >> 8, value);
}

export function u32(value: number): Uint8Array {
	return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function concatenate(...parts: Uint8Array[]): Uint8Array {
	const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
	let offset = 0;
	for (const part of parts) {
		whole.set(part, offset);
		offset += part.length;
	}
	return whole;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Bytes of hexadecimal digits, two each. */
export function fromDigits(digits: string): Uint8Array {
	return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
		Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
	);
}

/** A number as people write it: "0xF0000101", "0x6985". */
export function hex(value: number, digits: number): string {
	return `0x${value.toString(16).toUpperCase().padStart(digits, "0")}`;
}
