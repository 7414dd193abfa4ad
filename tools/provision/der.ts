// SPDX-License-Identifier: MIT
/** One DER element (X.690, 8.1): where its content begins and ends. */
export interface DerRange {
	tag: number;
	start: number;
	end: number;
}

const sequence = 0x30;
const objectIdentifier = 0x06;

/** The element at `offset`. @throws RangeError when it does not lie within `bytes`, or its length is not DER's */
export function derElement(bytes: Uint8Array, offset: number): DerRange {
	const [tag = -1, first = -1] = bytes.subarray(offset, offset + 2);
	const count = first >= 0x80 ? first - 0x80 : 0;
	if (tag < 0 || first < 0 || first === 0x80 || count > 3) throw new RangeError("no DER element");
	const start = offset + 2 + count;
	let length = count === 0 ? first : 0;
	for (const byte of bytes.subarray(offset + 2, start)) length = length * 256 + byte;
	if (start + length > bytes.length) throw new RangeError("the DER element is cut off");
	return { tag, start, end: start + length };
}

function expect(bytes: Uint8Array, offset: number, tag: number): DerRange {
	const found = derElement(bytes, offset);
	if (found.tag !== tag) throw new RangeError(`DER tag ${found.tag}, not ${tag}`);
	return found;
}

/** What files are filled up with (zeros in a chip's, erased flash), and what editors and Windows put at an end. */
const padding: ReadonlySet<number> = new Set([0x00, 0xff, 0x0a, 0x0d, 0x20, 0x1a]);

/**
 * A certificate without what follows it: the files of a chip are longer than their content.
 * @throws RangeError when it is not a DER sequence, or anything but padding follows
 */
export function trimCertificate(bytes: Uint8Array): Uint8Array {
	const { end } = expect(bytes, 0, sequence);
	if (bytes.subarray(end).some(byte => !padding.has(byte))) throw new RangeError("other data follow the certificate");
	return bytes.subarray(0, end);
}

/** An object identifier's content octets in dotted form (X.690, 8.19). */
function dotted(octets: Uint8Array): string {
	const arcs: number[] = [];
	let arc = 0;
	for (const octet of octets) {
		arc = arc * 128 + (octet & 0x7f);
		if (octet >= 0x80) continue;
		arcs.push(arc);
		arc = 0;
	}
	const [first = 0, ...rest] = arcs;
	const root = Math.min(2, Math.floor(first / 40));
	return [root, first - root * 40, ...rest].join(".");
}

/** The signatureAlgorithm of a certificate (RFC 5280, 4.1.1.2) as a dotted object identifier. @throws RangeError */
export function signatureAlgorithm(certificate: Uint8Array): string {
	const { start } = expect(certificate, 0, sequence);
	const tbsCertificate = expect(certificate, start, sequence);
	const algorithm = expect(certificate, tbsCertificate.end, sequence);
	const identifier = expect(certificate, algorithm.start, objectIdentifier);
	return dotted(certificate.subarray(identifier.start, identifier.end));
}
