// SPDX-License-Identifier: MIT
import { equal } from "./bytes.js";
import { type DerElement, DerError, derTags, elementsBetween, sequenceLength, trimSequence } from "./der.js";
import { type PemBlock, pemBlocks } from "./pem.js";

const { integer, bitString, octetString, oid, utcTime, generalizedTime, sequence, context0 } = derTags;

/** A certificate, DER, and the names by which certificates are put in order, DER too. */
interface Named {
	der: Uint8Array;
	issuer: Uint8Array;
	subject: Uint8Array;
}

function tagsOf(elements: readonly DerElement[]): number[] {
	return elements.map(({ tag }) => tag);
}

function begins(tags: readonly number[], expected: readonly number[]): boolean {
	return expected.every((tag, index) => tags[index] === tag);
}

function inside(bytes: Uint8Array, { content, end }: DerElement): DerElement[] {
	return elementsBetween(bytes, content, end);
}

/** What a SEQUENCE is that is not a certificate, by the tags in it (RFC 2986, 5280, 2315, 5958, 5915, 8017). */
function kindOf(bytes: Uint8Array, elements: readonly DerElement[]): string {
	const tags = tagsOf(elements);
	const [first] = elements;
	const inner = first?.tag === sequence ? tagsOf(inside(bytes, first)) : [];
	if (begins(tags, [sequence, sequence, bitString])) {
		if (begins(inner, [integer, sequence, sequence])) return "a certificate request (CSR)";
		const dates = inner.filter(tag => tag === utcTime || tag === generalizedTime);
		return dates.length > 0 ? "a revocation list (CRL)" : "a signed SEQUENCE that is not a certificate";
	}
	if (begins(tags, [sequence, bitString]) && inner[0] === oid) return "a public key";
	if (begins(tags, [integer, sequence, octetString]) || begins(tags, [integer, octetString])) return "a private key";
	if (begins(tags, [integer, integer, integer])) return "a private key (RSA)";
	if (begins(tags, [integer, integer])) return "a public key (RSA)";
	if (begins(tags, [sequence, octetString])) return "an encrypted private key";
	if (begins(tags, [oid, context0])) return "a PKCS#7 bundle";
	if (begins(tags, [integer, sequence])) return "a PKCS#12 or another bundle";
	return "a SEQUENCE that is not a certificate";
}

/** Takes a certificate's names (RFC 5280, 4.1): the rest is not looked at. @throws {DerError} it is something else */
function certificateOf(der: Uint8Array): Named {
	const [whole] = elementsBetween(der, 0, der.length);
	const elements = whole === undefined ? [] : inside(der, whole);
	const [signed] = elements;
	if (signed !== undefined && begins(tagsOf(elements), [sequence, sequence, bitString])) {
		const fields = inside(der, signed);
		if (fields[0]?.tag === context0) fields.shift(); // the version, which the first one lacks
		const [, , issuer, , subject] = fields;
		if (issuer && subject && begins(tagsOf(fields), [integer, sequence, sequence, sequence, sequence, sequence]))
			return { der, issuer: der.slice(issuer.start, issuer.end), subject: der.slice(subject.start, subject.end) };
	}
	throw new DerError(`it holds ${kindOf(der, elements)}`);
}

function consistsOf(bytes: Uint8Array, value: number): boolean {
	return bytes.every(byte => byte === value);
}

/** Whether bytes are lines of ASCII, up to the zeros or FF that fill the rest of a file. */
function isText(bytes: Uint8Array): boolean {
	const end = bytes.findIndex(byte => byte === 0 || byte === 0xff);
	return bytes
		.subarray(0, end < 0 ? bytes.length : end)
		.every(byte => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d));
}

/** Why there is no certificate at the beginning, where that can be seen without DER. */
function refusalOf(content: Uint8Array): string | undefined {
	if (content.length === 0) return "it is empty";
	if (consistsOf(content, 0)) return "it holds only zeros: nothing was written yet";
	if (consistsOf(content, 0xff)) return "it holds only FF: nothing was written yet";
	if (content.length === 1) return "it holds a single byte";
	if (content.length === 65 && content[0] === octetString) return "it holds the point of an EC public key";
	return undefined;
}

/** Whether bytes begin like a certificate, be it one that is cut off. */
function beginsLikeCertificate(bytes: Uint8Array): boolean {
	return bytes[0] === sequence && bytes[1] === 0x82 && bytes[4] === sequence;
}

/** Certificates in DER, one after another. What follows the last one is a file's padding, or what was in it before. */
function fromDer(content: Uint8Array): Named[] {
	const found = [certificateOf(trimSequence(content))];
	let rest = content.subarray(sequenceLength(content));
	while (beginsLikeCertificate(rest)) {
		found.push(certificateOf(trimSequence(rest)));
		rest = rest.subarray(sequenceLength(rest));
	}
	return found;
}

function fromPem(blocks: readonly PemBlock[]): Named[] {
	const certificates = blocks.filter(({ label }) => label === "CERTIFICATE" || label === "X509 CERTIFICATE");
	if (certificates.length === 0)
		throw new DerError(`it holds PEM of another kind: ${blocks.map(({ label }) => label).join(", ")}`);
	return certificates.map(({ bytes }) => certificateOf(trimSequence(bytes)));
}

function withoutRepetitions(certificates: readonly Named[]): Named[] {
	return certificates.filter(({ der }, index) => certificates.findIndex(other => equal(other.der, der)) === index);
}

/** From the certificate that has issued none of the others upwards; what does not belong to its chain comes last. */
function inOrder(certificates: readonly Named[]): Named[] {
	const left = withoutRepetitions(certificates);
	const ordered: Named[] = [];
	const hasIssued = ({ subject }: Named) =>
		left.some(other => equal(other.issuer, subject) && !equal(other.subject, subject));
	let next = left.find(each => !hasIssued(each)) ?? left[0];
	while (next !== undefined) {
		const { issuer } = next;
		ordered.push(next);
		left.splice(left.indexOf(next), 1);
		next = left.find(({ subject }) => equal(subject, issuer)) ?? left[0];
	}
	return ordered;
}

/**
 * The certificates that an object of the chip holds, DER, the device's own first and then the one that has issued it and so
 * on, in whatever order they stand there, as DER or PEM.
 * @throws {DerError} it holds something else, which its message names, or half of a certificate
 */
export function certificatesIn(content: Uint8Array): Uint8Array[] {
	const refusal = refusalOf(content);
	if (refusal !== undefined) throw new DerError(refusal);
	const blocks = content[0] === sequence ? [] : pemBlocks(content);
	if (content[0] !== sequence && content[0] !== 0 && blocks.length === 0 && isText(content))
		throw new DerError("it holds text without the BEGIN and END lines of PEM");
	return inOrder(blocks.length > 0 ? fromPem(blocks) : fromDer(content)).map(({ der }) => der);
}
