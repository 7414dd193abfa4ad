// SPDX-License-Identifier: MIT
import { derChildren, derElement, derTag } from "../../lib/der.js";

/** Object identifier of SignedData (RFC 5652, 5.1), as DER. */
const signedData = Buffer.from("06092a864886f70d010702", "hex");
/** `certificates [0]` of SignedData. */
const certificatesTag = 0xa0;

/**
 * The certificates of a PKCS#7 file (`.p7b`, `.p7c`): SignedData as certificate stores export it (RFC 5652, 5.1).
 * @returns undefined when the DER is something else
 */
export function pkcs7Certificates(bytes: Uint8Array): Uint8Array[] | undefined {
	try {
		const [type, content] = derChildren(bytes, derElement(bytes, 0));
		if (!type || !content || !signedData.equals(bytes.subarray(type.offset, type.end))) return undefined;
		const [signed] = derChildren(bytes, content);
		const set = signed && derChildren(bytes, signed).find(({ tag }) => tag === certificatesTag);
		if (!set) return [];
		return derChildren(bytes, set)
			.filter(({ tag }) => tag === derTag.sequence)
			.map(({ offset, end }) => bytes.subarray(offset, end));
	} catch {
		return undefined;
	}
}

/** True for PKCS#12 (RFC 7292, 4): a SEQUENCE that begins with the INTEGER 3. */
export function isPkcs12(bytes: Uint8Array): boolean {
	try {
		const { start } = derElement(bytes, 0);
		return bytes[start] === 0x02 && bytes[start + 1] === 1 && bytes[start + 2] === 3;
	} catch {
		return false;
	}
}
