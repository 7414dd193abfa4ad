// SPDX-License-Identifier: MIT
import { concatenate } from "./bytes.js";

/** The SE050's TLVs: a tag of one byte; a length of one, two (81 xx) or three bytes (82 xx xx); a value of up to 65,535 bytes. */
export interface Tlv {
	tag: number;
	value: Uint8Array;
}

/** Bytes that are no sequence of TLVs, or not the expected one. */
export class TlvError extends Error {
	override readonly name = "TlvError";
}

function encodeLength(length: number): Uint8Array {
	if (length < 0x80) return Uint8Array.of(length);
	if (length <= 0xff) return Uint8Array.of(0x81, length);
	if (length <= 0xffff) return Uint8Array.of(0x82, length >> 8, length);
	throw new RangeError(`a TLV's value has at most 65535 bytes, not ${length}`);
}

/** One TLV, with the shortest form of its length. */
export function encodeTlv(tag: number, value: Uint8Array): Uint8Array {
	return concatenate(Uint8Array.of(tag), encodeLength(value.length), value);
}

function byteAt(bytes: Uint8Array, offset: number): number {
	const byte = bytes[offset];
	if (byte === undefined) throw new TlvError(`TLV cut off at byte ${bytes.length}: its length is missing`);
	return byte;
}

/** The length field at an offset and where the value begins. The applet uses longer forms than needed (AN12413, 4.1.3.2). */
function decodeLength(bytes: Uint8Array, offset: number): { length: number; start: number } {
	const first = byteAt(bytes, offset);
	if (first < 0x80) return { length: first, start: offset + 1 };
	if (first === 0x81) return { length: byteAt(bytes, offset + 1), start: offset + 2 };
	if (first === 0x82)
		return { length: (byteAt(bytes, offset + 1) << 8) | byteAt(bytes, offset + 2), start: offset + 3 };
	throw new TlvError(
		`TLV length at byte ${offset} begins with ${first.toString(16).toUpperCase()}: only 81 and 82 exist`,
	);
}

/** All TLVs of a byte string, which they must fill. Values are views, not copies. @throws {TlvError} */
export function decodeTlvs(bytes: Uint8Array): Tlv[] {
	const tlvs: Tlv[] = [];
	let offset = 0;
	while (offset < bytes.length) {
		const { length, start } = decodeLength(bytes, offset + 1);
		const end = start + length;
		if (end > bytes.length)
			throw new TlvError(`TLV at byte ${offset} has ${length} bytes, but only ${bytes.length - start} follow`);
		tlvs.push({ tag: byteAt(bytes, offset), value: bytes.subarray(start, end) });
		offset = end;
	}
	return tlvs;
}

/** The value of the only TLV with that tag. @throws {TlvError} when there is none, or more than one */
export function valueOf(tlvs: readonly Tlv[], tag: number): Uint8Array {
	const found = tlvs.filter(tlv => tlv.tag === tag);
	const first = found[0];
	if (first === undefined || found.length > 1)
		throw new TlvError(`tag ${tag.toString(16).toUpperCase()} occurs ${found.length} times where one is needed`);
	return first.value;
}
