// SPDX-License-Identifier: MIT
/** Tags of the DER elements that certificates have (X.690, section 8). */
export const derTag = {
	boolean: 0x01,
	integer: 0x02,
	bitString: 0x03,
	octetString: 0x04,
	objectIdentifier: 0x06,
	utf8String: 0x0c,
	numericString: 0x12,
	printableString: 0x13,
	teletexString: 0x14,
	ia5String: 0x16,
	utcTime: 0x17,
	generalizedTime: 0x18,
	universalString: 0x1c,
	bmpString: 0x1e,
	sequence: 0x30,
	set: 0x31,
} as const;

/** One DER element (X.690, section 8.1): where its tag is, and where its content begins and ends. */
export interface DerRange {
	tag: number;
	offset: number;
	start: number;
	end: number;
}

/** Most octets of a length: 16 MB are more than any file that is read here has. */
const longestLength = 3;

/** The element at `offset`. @throws RangeError when it does not lie within `bytes`, or its length is not DER's */
export function derElement(bytes: Uint8Array, offset: number): DerRange {
	const tag = bytes[offset],
		first = bytes[offset + 1];
	if (tag === undefined || first === undefined) throw new RangeError("the DER ends where an element should begin");
	const count = first < 0x80 ? 0 : first - 0x80;
	if (first === 0x80 || count > longestLength)
		throw new RangeError("a DER element has an indefinite or too long length");
	const start = offset + 2 + count;
	let length = count === 0 ? first : 0;
	for (let index = offset + 2; index < start; index++) length = length * 0x100 + (bytes[index] ?? 0);
	if (start + length > bytes.length) throw new RangeError("a DER element is cut off");
	return { tag, offset, start, end: start + length };
}

/** @throws RangeError when there is no element, or it has another tag */
export function expectDer(found: DerRange | undefined, tag: number): DerRange {
	if (found?.tag !== tag) throw new RangeError(`the DER has tag ${found?.tag ?? "none"} where ${tag} belongs`);
	return found;
}

/** The elements in one. @throws RangeError when they do not fill it exactly */
export function derChildren(bytes: Uint8Array, { start, end }: DerRange): DerRange[] {
	const found: DerRange[] = [];
	for (let offset = start; offset < end; ) {
		const child = derElement(bytes, offset);
		if (child.end > end) throw new RangeError("a DER element is longer than the one that it is in");
		found.push(child);
		offset = child.end;
	}
	return found;
}

/** An object identifier's content octets in dotted form (X.690, section 8.19). */
export function dottedIdentifier(octets: Uint8Array): string {
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

/** The part of a chip's zero-padded file that its DER element occupies; undefined where it does not start with a SEQUENCE. */
export function trimDer(file: Uint8Array): Uint8Array | undefined {
	const [tag, form = 0, high = 0, low = 0] = file;
	const length =
		form <= 0x7f ? 2 + form : form === 0x81 ? 3 + high : form === 0x82 ? 4 + ((high << 8) | low) : undefined;
	return tag === derTag.sequence && length !== undefined && length <= file.length ? file.slice(0, length) : undefined;
}

/** What files are filled up with (zeros in a chip's, erased flash), and what editors and Windows put at an end. */
const padding: ReadonlySet<number> = new Set([0x00, 0xff, 0x0a, 0x0d, 0x20, 0x1a]);

/**
 * A certificate without what follows it: the files of a chip are longer than their content.
 * @throws RangeError when it is not a DER sequence, or anything but padding follows
 */
export function trimCertificate(bytes: Uint8Array): Uint8Array {
	const { end } = expectDer(derElement(bytes, 0), derTag.sequence);
	if (bytes.subarray(end).some(byte => !padding.has(byte))) throw new RangeError("other data follow the certificate");
	return bytes.subarray(0, end);
}

/** The signatureAlgorithm of a certificate (RFC 5280, 4.1.1.2) as a dotted object identifier. @throws RangeError */
export function signatureAlgorithm(certificate: Uint8Array): string {
	const { start } = expectDer(derElement(certificate, 0), derTag.sequence);
	const { end } = expectDer(derElement(certificate, start), derTag.sequence);
	return algorithmIdentifier(certificate, derElement(certificate, end));
}

/** The object identifier of an AlgorithmIdentifier (RFC 5280, section 4.1.1.2), in dotted form. @throws RangeError */
export function algorithmIdentifier(bytes: Uint8Array, found: DerRange | undefined): string {
	const [identifier] = derChildren(bytes, expectDer(found, derTag.sequence));
	const { start, end } = expectDer(identifier, derTag.objectIdentifier);
	return dottedIdentifier(bytes.subarray(start, end));
}
