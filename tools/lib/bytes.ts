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
	return new Uint8Array(Buffer.concat(parts));
}

export { equal } from "../../se050/bytes.js";

/** A big-endian unsigned integer of one to six bytes. */
export function toUnsigned(bytes: Uint8Array): number {
	return Buffer.from(bytes).readUIntBE(0, bytes.length);
}

/** `length` bytes, big-endian. */
export function fromUnsigned(value: number, length: number): Uint8Array {
	const bytes = Buffer.alloc(length);
	bytes.writeUIntBE(value, 0, length);
	return new Uint8Array(bytes);
}
