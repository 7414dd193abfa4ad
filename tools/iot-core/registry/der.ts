// SPDX-License-Identifier: MIT
/** One DER element (X.690, section 8.1): its tag and where its content begins and ends. */
interface DerElement {
	tag: number;
	start: number;
	end: number;
}

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

const integer = 0x02,
	objectIdentifier = 0x06,
	utf8String = 0x0c,
	numericString = 0x12,
	printableString = 0x13,
	teletexString = 0x14,
	ia5String = 0x16,
	universalString = 0x1c,
	bmpString = 0x1e,
	sequence = 0x30,
	set = 0x31,
	/** `version [0] EXPLICIT` (RFC 5280, section 4.1). */
	version = 0xa0;

/**
 * Reads a certificate's serial number, signature algorithm, names and curve.
 * @throws RangeError where the DER is not what RFC 5280 has there
 */
export function readCertificateFields(der: Uint8Array): CertificateFields {
	const bytes = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
	const certificate = expect(element(bytes, 0), sequence);
	const [tbsCertificate, signatureAlgorithm] = children(bytes, certificate);
	const fields = children(bytes, expect(tbsCertificate, sequence));
	const [serialNumber, , issuer, , subject, publicKey] = fields[0]?.tag === version ? fields.slice(1) : fields;
	return {
		serialNumber: signed(content(bytes, expect(serialNumber, integer))),
		signatureAlgorithm: algorithm(bytes, signatureAlgorithm),
		issuer: name(bytes, issuer),
		subject: name(bytes, subject),
		curve: curve(bytes, publicKey),
	};
}

/** The element at `offset`. @throws RangeError when it does not lie within `bytes`, or its length is not DER's */
function element(bytes: Buffer, offset: number): DerElement {
	const [tag, first] = [bytes[offset], bytes[offset + 1]];
	if (tag === undefined || first === undefined) throw new RangeError("the DER ends where an element should begin");
	const count = first < 0x80 ? 0 : first - 0x80;
	if (first === 0x80 || count > 4) throw new RangeError("a DER element has an indefinite or too long length");
	const start = offset + 2 + count;
	const length = count === 0 ? first : start > bytes.length ? Infinity : bytes.readUIntBE(offset + 2, count);
	if (start + length > bytes.length) throw new RangeError("a DER element is cut off");
	return { tag, start, end: start + length };
}

function expect(found: DerElement | undefined, tag: number): DerElement {
	if (found?.tag !== tag) throw new RangeError(`the DER has tag ${found?.tag ?? "none"} where ${tag} belongs`);
	return found;
}

function children(bytes: Buffer, { start, end }: DerElement): DerElement[] {
	const found: DerElement[] = [];
	for (let offset = start; offset < end; ) {
		const child = element(bytes, offset);
		if (child.end > end) throw new RangeError("a DER element is longer than the one that it is in");
		found.push(child);
		offset = child.end;
	}
	return found;
}

function content(bytes: Buffer, { start, end }: DerElement): Buffer {
	return bytes.subarray(start, end);
}

/** An integer's value (X.690, section 8.3): two's complement, big-endian. */
function signed(octets: Buffer): bigint {
	return octets.length === 0 ? 0n : BigInt.asIntN(8 * octets.length, BigInt(`0x${octets.toString("hex")}`));
}

function algorithm(bytes: Buffer, found: DerElement | undefined): string {
	const [identifier] = children(bytes, expect(found, sequence));
	return dotted(content(bytes, expect(identifier, objectIdentifier)));
}

/** The parameters of a SubjectPublicKeyInfo's algorithm, where they are an object identifier. */
function curve(bytes: Buffer, found: DerElement | undefined): string | undefined {
	const [identifier] = children(bytes, expect(found, sequence));
	const [, parameters] = children(bytes, expect(identifier, sequence));
	return parameters?.tag === objectIdentifier ? dotted(content(bytes, parameters)) : undefined;
}

/** An object identifier in dotted form (X.690, section 8.19). */
function dotted(octets: Buffer): string {
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

/** The attributes of a name that are text, in their order. */
function name(bytes: Buffer, found: DerElement | undefined): NameAttribute[] {
	const attributes = children(bytes, expect(found, sequence)).flatMap(relative =>
		children(bytes, expect(relative, set)),
	);
	return attributes.flatMap(attribute => {
		const [type, value] = children(bytes, expect(attribute, sequence));
		const text = value && textOf(value.tag, content(bytes, value));
		const identifier = dotted(content(bytes, expect(type, objectIdentifier)));
		return text === undefined ? [] : [{ type: identifier, value: text }];
	});
}

/** The text of a string type (X.690, section 8.23); undefined for other types. */
function textOf(tag: number, octets: Buffer): string | undefined {
	switch (tag) {
		case utf8String:
			return octets.toString("utf8");
		case numericString:
		case printableString:
		case teletexString:
		case ia5String:
			return octets.toString("latin1");
		case bmpString:
			return bigEndian(octets, 2);
		case universalString:
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
