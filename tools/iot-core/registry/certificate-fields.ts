// SPDX-License-Identifier: MIT
import {
	algorithmIdentifier,
	type DerRange,
	derChildren,
	derElement,
	derTag,
	dottedIdentifier,
	expectDer,
} from "../../lib/der.js";

/** One attribute of a distinguished name. */
export interface NameAttribute {
	/** Object identifier in dotted form. */
	type: string;
	value: string;
}

/** What policies and checks need of a certificate (RFC 5280, section 4.1) in addition to what Node reads. */
export interface CertificateFields {
	/** Signed: certificates with a negative serial number exist, against RFC 5280, section 4.1.2.2. */
	serialNumber: bigint;
	/** Object identifier of the signature's algorithm. */
	signatureAlgorithm: string;
	issuer: NameAttribute[];
	subject: NameAttribute[];
	/** Object identifier of an EC key's curve (RFC 5480, section 2.1.1); undefined for other keys. */
	curve: string | undefined;
}

/** `version [0] EXPLICIT` (RFC 5280, section 4.1). */
const version = 0xa0;

/**
 * Reads a certificate's serial number, signature algorithm, names and curve.
 * @throws RangeError where the DER is not what RFC 5280 has there
 */
export function readCertificateFields(der: Uint8Array): CertificateFields {
	const bytes = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
	const certificate = expectDer(derElement(bytes, 0), derTag.sequence);
	const [tbsCertificate, signatureAlgorithm] = derChildren(bytes, certificate);
	const fields = derChildren(bytes, expectDer(tbsCertificate, derTag.sequence));
	const [serialNumber, , issuer, , subject, publicKey] = fields[0]?.tag === version ? fields.slice(1) : fields;
	return {
		serialNumber: signed(content(bytes, expectDer(serialNumber, derTag.integer))),
		signatureAlgorithm: algorithmIdentifier(bytes, signatureAlgorithm),
		issuer: name(bytes, issuer),
		subject: name(bytes, subject),
		curve: curve(bytes, publicKey),
	};
}

function content(bytes: Buffer, { start, end }: DerRange): Buffer {
	return bytes.subarray(start, end);
}

/** An integer's value (X.690, section 8.3): two's complement, big-endian. */
function signed(octets: Buffer): bigint {
	return octets.length === 0 ? 0n : BigInt.asIntN(8 * octets.length, BigInt(`0x${octets.toString("hex")}`));
}

/** The parameters of a SubjectPublicKeyInfo's algorithm, where they are an object identifier. */
function curve(bytes: Buffer, found: DerRange | undefined): string | undefined {
	const [identifier] = derChildren(bytes, expectDer(found, derTag.sequence));
	const [, parameters] = derChildren(bytes, expectDer(identifier, derTag.sequence));
	return parameters?.tag === derTag.objectIdentifier ? dottedIdentifier(content(bytes, parameters)) : undefined;
}

/** The attributes of a name that are text, in their order. */
function name(bytes: Buffer, found: DerRange | undefined): NameAttribute[] {
	const attributes = derChildren(bytes, expectDer(found, derTag.sequence)).flatMap(relative =>
		derChildren(bytes, expectDer(relative, derTag.set)),
	);
	return attributes.flatMap(attribute => {
		const [type, value] = derChildren(bytes, expectDer(attribute, derTag.sequence));
		const text = value && textOf(value.tag, content(bytes, value));
		const identifier = dottedIdentifier(content(bytes, expectDer(type, derTag.objectIdentifier)));
		return text === undefined ? [] : [{ type: identifier, value: text }];
	});
}

/** The text of a string type (X.690, section 8.23); undefined for other types. */
function textOf(tag: number, octets: Buffer): string | undefined {
	switch (tag) {
		case derTag.utf8String:
			return octets.toString("utf8");
		case derTag.numericString:
		case derTag.printableString:
		case derTag.teletexString:
		case derTag.ia5String:
			return octets.toString("latin1");
		case derTag.bmpString:
			return bigEndian(octets, 2);
		case derTag.universalString:
			return bigEndian(octets, 4);
		default:
			return undefined;
	}
}

/** Characters of two or four octets, big-endian. */
function bigEndian(octets: Buffer, width: 2 | 4): string {
	if (octets.length % width !== 0) throw new RangeError("a string's length is not a multiple of its characters'");
	const points = Array.from({ length: octets.length / width }, (_, index) => octets.readUIntBE(index * width, width));
	return width === 2 ? String.fromCharCode(...points) : String.fromCodePoint(...points);
}
