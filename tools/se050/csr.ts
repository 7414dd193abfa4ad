/** A certificate request (PKCS#10, RFC 2986) for a P-256 key that signs elsewhere. All of it is DER. */

const sequence = 0x30;
const objectId = { commonName: "0603550403", ecdsaWithSha256: "06082a8648ce3d040302" } as const;

function element(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
	const body = Buffer.concat(content);
	const length = body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xFF];
	return Buffer.concat([Uint8Array.of(tag, ...length), body]);
}

const digits = (hex: string): Uint8Array => Buffer.from(hex, "hex");

/** A name of one common name, a UTF8String. */
function name(commonName: string): Uint8Array {
	const attribute = element(sequence, digits(objectId.commonName), element(0x0C, Buffer.from(commonName)));
	return element(sequence, element(0x31, attribute));
}

/** SubjectPublicKeyInfo of a P-256 point: 04, X, Y (RFC 5480). */
export function subjectPublicKeyInfo(point: Uint8Array): Uint8Array {
	return Buffer.concat([digits("3059301306072a8648ce3d020106082a8648ce3d030107034200"), point]);
}

/** CertificationRequestInfo, version 0, without attributes: what is to be signed. */
export function requestInfo(commonName: string, point: Uint8Array): Uint8Array {
	return element(sequence, digits("020100"), name(commonName), subjectPublicKeyInfo(point), digits("a000"));
}

/** @param signature DER ECDSA-Sig-Value over the SHA-256 digest of `info` */
export function certificationRequest(info: Uint8Array, signature: Uint8Array): Uint8Array {
	return element(sequence, info, element(sequence, digits(objectId.ecdsaWithSha256)), element(0x03, Uint8Array.of(0), signature));
}

/** PEM (RFC 7468). */
export function pem(label: string, der: Uint8Array): string {
	const lines = Buffer.from(der).toString("base64").match(/.{1,64}/g) ?? [];
	return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
