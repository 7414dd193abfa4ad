// SPDX-License-Identifier: MIT
import { concat, fromUnsigned } from "../../lib/bytes.js";
import { StatusWordError, sw } from "./status.js";

/**
 * How lengths below 256 are written in answers: `long` gives byte strings the form `82 hi lo` whatever their length,
 * as NXP's log of a real part shows (`41 82 00 11 …`, AN12413 4.1.3.2); `short` gives the shortest form.
 */
export type TlvLength = "short" | "long";

/** Values of a command's TLVs by tag. */
export type Tlvs = ReadonlyMap<number, Uint8Array>;

function encodeLength(length: number): Uint8Array {
	if (length <= 0x7f) return Uint8Array.of(length);
	return length <= 0xff ? Uint8Array.of(0x81, length) : concat(Uint8Array.of(0x82), fromUnsigned(length, 2));
}

/** A TLV with the shortest length. */
export function tlv(tag: number, value: Uint8Array): Uint8Array {
	return concat(Uint8Array.of(tag), encodeLength(value.length), value);
}

/** A TLV that holds a byte string, in the chip's own form of lengths. */
export function byteStringTlv(tag: number, value: Uint8Array, form: TlvLength): Uint8Array {
	return form === "short" ? tlv(tag, value) : concat(Uint8Array.of(tag, 0x82), fromUnsigned(value.length, 2), value);
}

interface Length {
	value: number;
	size: number;
}

function decodeLength(bytes: Uint8Array): Length {
	const [first, second, third] = bytes;
	if (first !== undefined && first <= 0x7f) return { value: first, size: 1 };
	if (first === 0x81 && second !== undefined) return { value: second, size: 2 };
	if (first === 0x82 && second !== undefined && third !== undefined) return { value: (second << 8) | third, size: 3 };
	throw new StatusWordError(sw.wrongData);
}

/** Takes a command's data apart. Throws 6A80 where it is malformed or has a tag twice. */
export function parseTlvs(data: Uint8Array): Tlvs {
	const tlvs = new Map<number, Uint8Array>();
	for (let rest = data; rest.length > 0; ) {
		const tag = rest[0]!;
		const length = decodeLength(rest.subarray(1));
		const start = 1 + length.size;
		if (tlvs.has(tag) || rest.length < start + length.value) throw new StatusWordError(sw.wrongData);
		tlvs.set(tag, rest.slice(start, start + length.value));
		rest = rest.subarray(start + length.value);
	}
	return tlvs;
}
