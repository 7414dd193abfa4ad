// SPDX-License-Identifier: MIT
/** Bytes that are not the DER that was expected. */
export class DerError extends Error {
	override readonly name = "DerError";
}

const sequence = 0x30;

/** How long a DER SEQUENCE is by its own header (X.690, 8.1.3 and 10.1), tag and length included. */
export function sequenceLength(bytes: Uint8Array): number {
	const [tag, first] = bytes;
	if (tag !== sequence || first === undefined)
		throw new DerError(
			`not DER: a SEQUENCE begins with 30, this with ${tag === undefined ? "nothing" : tag.toString(16).padStart(2, "0")}`,
		);
	if (first < 0x80) return 2 + first;
	const count = first & 0x7f;
	const digits = bytes.subarray(2, 2 + count);
	if (count === 0 || count > 3 || digits.length < count)
		throw new DerError("not DER: the SEQUENCE's length is of a form that is not used here");
	const length = digits.reduce((value, digit) => (value << 8) | digit, 0);
	if (length < 0x80 || digits[0] === 0)
		throw new DerError("not DER: the SEQUENCE's length is not in its shortest form");
	return 2 + count + length;
}

/** The SEQUENCE at the beginning, without what follows it (a file in the chip is zero-padded). @throws {DerError} */
export function trimSequence(bytes: Uint8Array): Uint8Array {
	const length = sequenceLength(bytes);
	if (length > bytes.length)
		throw new DerError(`DER cut off: the SEQUENCE has ${length} bytes, but only ${bytes.length} are there`);
	return bytes.slice(0, length);
}
