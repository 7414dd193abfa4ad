// SPDX-License-Identifier: MIT
import { frozen } from "./frozen.js";

/** Bytes that are not the DER that was expected. */
export class DerError extends Error {
	override readonly name = "DerError";
}

/** Tags (X.690), as far as they are used here. */
export const derTags = frozen({
	integer: 0x02,
	bitString: 0x03,
	octetString: 0x04,
	oid: 0x06,
	utcTime: 0x17,
	generalizedTime: 0x18,
	sequence: 0x30,
	context0: 0xa0,
});

/** One DER element: where its content and its end are, counted from the beginning of the bytes that it stands in. */
export interface DerElement {
	tag: number;
	start: number;
	content: number;
	end: number;
}

function digits2(byte: number | undefined): string {
	return byte === undefined ? "nothing" : byte.toString(16).padStart(2, "0");
}

/** The header at an offset (X.690, 8.1.3 and 10.1); its end may be after that of the bytes. @throws {DerError} */
function headerAt(bytes: Uint8Array, start: number): DerElement {
	const [tag = 0, first] = bytes.subarray(start);
	if (first === undefined) throw new DerError("DER cut off: an element without a length");
	const content = start + 2;
	if (first < 0x80) return { tag, start, content, end: content + first };
	const count = first & 0x7f;
	const digits = bytes.subarray(content, content + count);
	if (count === 0 || count > 3 || digits.length < count)
		throw new DerError("not DER: the SEQUENCE's length is of a form that is not used here");
	const length = digits.reduce((value, digit) => (value << 8) | digit, 0);
	if (length < 0x80 || digits[0] === 0)
		throw new DerError("not DER: the SEQUENCE's length is not in its shortest form");
	return { tag, start, content: content + count, end: content + count + length };
}

/** The elements between two offsets, one after another. @throws {DerError} they do not fill that space exactly */
export function elementsBetween(bytes: Uint8Array, start: number, end: number): DerElement[] {
	const elements: DerElement[] = [];
	for (let offset = start; offset < end; ) {
		const element = headerAt(bytes, offset);
		if (element.end > end) throw new DerError("not DER: an element is longer than what it stands in");
		elements.push(element);
		offset = element.end;
	}
	return elements;
}

/** How long a DER SEQUENCE is by its own header, tag and length included. */
export function sequenceLength(bytes: Uint8Array): number {
	const [tag, first] = bytes;
	if (tag !== derTags.sequence || first === undefined)
		throw new DerError(`not DER: a SEQUENCE begins with 30, not with ${digits2(tag)}`);
	return headerAt(bytes, 0).end;
}

/** The SEQUENCE at the beginning, without what follows it (a file in the chip is zero-padded). @throws {DerError} */
export function trimSequence(bytes: Uint8Array): Uint8Array {
	const length = sequenceLength(bytes);
	if (length > bytes.length)
		throw new DerError(`DER cut off: the SEQUENCE has ${length} bytes, but only ${bytes.length} are there`);
	return bytes.slice(0, length);
}
