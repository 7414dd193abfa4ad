// SPDX-License-Identifier: MIT
import { type DerRange, derChildren, derElement, derTag, dottedIdentifier, expectDer } from "./der.js";

/** What a certificate says about itself. */
export interface CertificateFacts {
	/** Milliseconds since the epoch. */
	notBefore: number;
	notAfter: number;
	/** Hexadecimal, lower case, without the octet that keeps an INTEGER positive. */
	serialNumber: string;
	/** The subject's first one; undefined if it has none. */
	commonName: string | undefined;
}

/** `version [0] EXPLICIT INTEGER 2`: v3 (RFC 5280, section 4.1). */
const version3 = Buffer.from("a003020102", "hex");
/** AlgorithmIdentifier of ECDSA with SHA-256, SHA-384 and SHA-512 (RFC 5758, section 3.2). */
const ecdsa = ["02", "03", "04"].map(last => Buffer.from(`300a06082a8648ce3d0403${last}`, "hex"));
/** SubjectPublicKeyInfo of a P-256 key up to its coordinates (RFC 5480, section 2). */
const p256 = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex");
const coordinateLength = 32;
/** Its prime, and b of y² = x³ − 3x + b (SEC 2, section 2.4.2). */
const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
	b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
/** BasicConstraints of an end entity: all of it is the default (RFC 5280, section 4.2.1.9). */
const noAuthority = Buffer.from("3000", "hex");
/** `extensions [3] EXPLICIT`. */
const extensionsTag = 0xa3;
/** Of a time (RFC 5280, section 4.1.2.5): UTCTime has the years 1950 to 2049. */
const utcTime = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
	generalizedTime = /^(2\d\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const identifiers = { commonName: "2.5.4.3", basicConstraints: "2.5.29.19" } as const;
const asciiText = /^[\x20-\x7e]*$/;

/**
 * Reads what almost all devices have: an end entity's certificate of version 3 with a P-256 key, signed with ECDSA, its
 * names ASCII text. OpenSSL needs ten times as long. It accepts every certificate that this accepts, and reads the same
 * facts from it.
 * @returns undefined for any other certificate, and for bytes that are not a certificate: OpenSSL must judge those
 */
export function readUsualCertificate(der: Uint8Array): CertificateFacts | undefined {
	try {
		return new Reader(der).certificate();
	} catch {
		return undefined;
	}
}

/** A form that is not the usual one. */
function unusual(): never {
	throw new RangeError("not the usual form");
}

/** Octets of an element's tag and length, the length in its shortest form. */
function headerLength({ start, end }: DerRange): number {
	const length = end - start;
	return length < 0x80 ? 2 : length < 0x100 ? 3 : length < 0x10000 ? 4 : 5;
}

class Reader {
	readonly #der: Buffer;

	constructor(der: Uint8Array) {
		this.#der = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
	}

	/** @throws RangeError where the form is not the usual one, as all methods do */
	certificate(): CertificateFacts {
		const whole = derElement(this.#der, 0);
		if (whole.end !== this.#der.length || whole.start !== headerLength(whole)) unusual();
		const [signed, algorithm, signature, ...more] = this.#children(whole, derTag.sequence);
		const [version, serialNumber, inner, issuer, validity, subject, key, extensions, ...others] = this.#children(
			signed,
			derTag.sequence,
		);
		if (more.length > 0 || others.length > 0 || !this.#is(version, version3)) unusual();
		if (!ecdsa.some(expected => this.#is(algorithm, expected) && this.#is(inner, expected))) unusual();
		this.#checkSignature(signature);
		this.#checkKey(key);
		if (extensions !== undefined) this.#checkExtensions(extensions);
		this.#name(issuer);
		const [notBefore, notAfter, ...noTimes] = this.#children(validity, derTag.sequence);
		if (noTimes.length > 0) unusual();
		return {
			notBefore: this.#time(notBefore),
			notAfter: this.#time(notAfter),
			serialNumber: this.#positive(serialNumber),
			commonName: this.#name(subject),
		};
	}

	#content(found: DerRange | undefined, tag: number): Buffer {
		const { start, end } = expectDer(found, tag);
		return this.#der.subarray(start, end);
	}

	#children(found: DerRange | undefined, tag: number): DerRange[] {
		const children = derChildren(this.#der, expectDer(found, tag));
		for (const child of children) if (child.start - child.offset !== headerLength(child)) unusual();
		return children;
	}

	#is(found: DerRange | undefined, expected: Buffer): boolean {
		return found !== undefined && this.#der.subarray(found.offset, found.end).equals(expected);
	}

	#checkSignature(found: DerRange | undefined): void {
		const octets = this.#content(found, derTag.bitString);
		if (octets.length < 2 || octets[0] !== 0) unusual();
	}

	/** An uncompressed point of the curve. */
	#checkKey(found: DerRange | undefined): void {
		const { offset, end } = expectDer(found, derTag.sequence);
		const at = offset + p256.length;
		if (end !== at + 2 * coordinateLength || !this.#der.subarray(offset, at).equals(p256)) unusual();
		const x = this.#integer(at),
			y = this.#integer(at + coordinateLength);
		if (x >= prime || y >= prime || (y * y - (x * x * x - 3n * x + b)) % prime !== 0n) unusual();
	}

	#integer(at: number): bigint {
		return BigInt(`0x${this.#der.toString("hex", at, at + coordinateLength)}`);
	}

	/** Each at most once. Of their values only BasicConstraints matters: OpenSSL does not read them to parse a certificate. */
	#checkExtensions(found: DerRange): void {
		const [list, ...more] = this.#children(found, extensionsTag);
		const seen = new Set<string>();
		for (const extension of this.#children(list, derTag.sequence)) {
			const [type, ...rest] = this.#children(extension, derTag.sequence);
			const critical = rest[0]?.tag === derTag.boolean ? this.#content(rest.shift(), derTag.boolean) : undefined;
			const value = this.#content(rest.shift(), derTag.octetString);
			const identifier = this.#identifier(type);
			if (rest.length > 0 || seen.has(identifier)) unusual();
			if (critical !== undefined && (critical.length !== 1 || critical[0] !== 0xff)) unusual();
			if (identifier === identifiers.basicConstraints && !value.equals(noAuthority)) unusual();
			seen.add(identifier);
		}
		if (more.length > 0) unusual();
	}

	#identifier(found: DerRange | undefined): string {
		const octets = this.#content(found, derTag.objectIdentifier);
		const ends = octets.length > 0 && octets[octets.length - 1]! < 0x80;
		const isShortest = octets.every((octet, index) => octet !== 0x80 || (index > 0 && octets[index - 1]! >= 0x80));
		if (!ends || !isShortest || octets.length > 16) unusual();
		return dottedIdentifier(octets);
	}

	#positive(found: DerRange | undefined): string {
		const octets = this.#content(found, derTag.integer);
		const [first = 0x80, second = 0] = octets;
		if (first >= 0x80 || (first === 0 && second < 0x80)) unusual();
		return octets.toString("hex", first === 0 ? 1 : 0);
	}

	#time(found: DerRange | undefined): number {
		const isUtc = found?.tag === derTag.utcTime;
		const text = this.#content(found, isUtc ? derTag.utcTime : derTag.generalizedTime).toString("latin1");
		const [, ...digits] = (isUtc ? utcTime : generalizedTime).exec(text) ?? unusual();
		const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.map(Number);
		const fullYear = isUtc ? year + (year < 50 ? 2000 : 1900) : year;
		const date = new Date(Date.UTC(fullYear, month - 1, day, hour, minute, second));
		// Date takes the 31st of June for the 1st of July, 24 hours for a day, and 60 seconds for a minute.
		const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
		if (!isDate || minute > 59 || second > 59) unusual();
		return date.getTime();
	}

	/** The first common name of a name whose attributes are text in ASCII, each in a set of its own. */
	#name(found: DerRange | undefined): string | undefined {
		let commonName: string | undefined;
		for (const relative of this.#children(found, derTag.sequence)) {
			const [attribute, ...others] = this.#children(relative, derTag.set);
			const [type, value, ...more] = this.#children(attribute, derTag.sequence);
			const isUtf8 = value?.tag === derTag.utf8String;
			const text = this.#content(value, isUtf8 ? derTag.utf8String : derTag.printableString).toString("latin1");
			if (others.length > 0 || more.length > 0 || !asciiText.test(text)) unusual();
			if (this.#identifier(type) === identifiers.commonName) commonName ??= text;
		}
		return commonName;
	}
}
