// SPDX-License-Identifier: MIT
import { createHash, type KeyObject, X509Certificate } from "node:crypto";
import type { Authorities } from "../lib/authorities.js";
import { derElement, signatureAlgorithm, trimCertificate } from "../lib/der.js";
import { pemOf } from "../lib/pem.js";
import { type CertificateFacts, readUsualCertificate } from "../lib/usual-certificate.js";
import { uidBytes } from "./identity.js";
import { isPkcs12, pkcs7Certificates } from "./sources/pkcs7.js";

/** A chip's certificate that AWS will take. */
export interface ChipCertificate {
	/** AWS's certificateId: lower-case hex SHA-256 of the DER. */
	id: string;
	/** PEM of this one certificate, with a line end after it. */
	pem: string;
	/** The chip's UID, 36 lower-case hexadecimal digits. */
	uid: string;
	/** Whether the certificate itself names the UID; else the source's word is all there is. */
	namesUid: boolean;
}

/** Why a certificate cannot be provisioned; the message is for the person. */
export class CertificateError extends Error {
	override readonly name = "CertificateError";
}

/** The certificate is a CA's: chains have them next to the chip's own. */
export class AuthorityError extends CertificateError {}

/** Longest `certificatePem`, in characters (service model, CertificatePem). */
export const maximumPemLength = 65_536;
/** Smallest RSA modulus, in bits (AWS IoT developer guide, "Device certificate key quality"). */
const minimumRsaBits = 2048;
/** P-256, as OpenSSL names it: the curve of the SE050's factory keys. */
const curve = "prime256v1";

/** Signature algorithms of client certificates (AWS IoT developer guide, "X.509 client certificates"), by object identifier. */
const signatureAlgorithms: ReadonlySet<string> = new Set([
	"1.2.840.113549.1.1.11",
	"1.2.840.113549.1.1.12",
	"1.2.840.113549.1.1.13", // RSA PKCS #1 with SHA-256, SHA-384, SHA-512 (RFC 8017)
	"1.2.840.10045.4.3.2",
	"1.2.840.10045.4.3.3",
	"1.2.840.10045.4.3.4", // ECDSA with the same (RFC 5758)
	"2.16.840.1.101.3.4.3.2", // DSA with SHA-256 (RFC 5758)
]);

/** First bytes of every published SE050 UID; they distinguish a serial number made of the UID from a random one. */
const uidPrefix = "040050";

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;
/** Labels of certificates; TRUSTED has OpenSSL's own data after the certificate. */
const pemLabels: ReadonlySet<string> = new Set(["CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE"]);

const unreadable = "it is not an X.509 certificate: its DER cannot be read";

/** A certificate of the usual form with its facts, or another one as OpenSSL has read it. */
type Parsed = { der: Uint8Array; facts: CertificateFacts } | { der: Uint8Array; x509: X509Certificate };

/**
 * As OpenSSL reads it. From DER, Node would take a PEM block that stands anywhere in it, such as the certificate of another chip
 * in an extension of a forged one; a block of its own has no other in it.
 */
const openSslCertificate = (der: Uint8Array): X509Certificate => new X509Certificate(pemOf(der));

function parse(der: Uint8Array): Parsed {
	try {
		const trimmed = trimCertificate(der);
		const facts = readUsualCertificate(trimmed);
		if (facts) return { der: trimmed, facts };
		const x509 = openSslCertificate(trimmed);
		return { der: x509.raw, x509 };
	} catch {
		throw new CertificateError(unreadable);
	}
}

/** The certificate that is not a CA's among several, as a chain has them. */
function leafOf(certificates: readonly Parsed[]): Parsed {
	const leaves = certificates.filter(certificate => "facts" in certificate || !certificate.x509.ca);
	const [only] = certificates.length === 1 ? certificates : leaves;
	if (only && (certificates.length === 1 || leaves.length === 1)) return only;
	throw new CertificateError(
		`it has ${certificates.length} certificates, ${leaves.length} of them not a CA's: one chip has one certificate`,
	);
}

function parseBlock(label: string, base64: string): Parsed {
	const der = Buffer.from(base64, "base64");
	if (label !== "TRUSTED CERTIFICATE") return parse(der);
	try {
		return parse(der.subarray(0, derElement(der, 0).end));
	} catch {
		throw new CertificateError(unreadable);
	}
}

function parsePem(text: string): Parsed {
	const blocks = [...text.matchAll(pemBlock)].map(([, label = "", base64 = ""]) => ({ label, base64 }));
	const certificates = blocks.filter(({ label }) => pemLabels.has(label));
	const [other] = blocks;
	if (certificates.length === 0)
		throw new CertificateError(
			other
				? `it is a PEM block "${other.label}", not a certificate`
				: "its PEM block does not end, or its first or last line is damaged",
		);
	return leafOf(certificates.map(({ label, base64 }) => parseBlock(label, base64)));
}

function parseDer(der: Uint8Array): Parsed {
	if (isPkcs12(der))
		throw new CertificateError(
			"it is a PKCS#12 file, which is for private keys: take the certificate out (openssl pkcs12 -in FILE -nokeys)",
		);
	const bundle = pkcs7Certificates(der);
	if (bundle?.length === 0) throw new CertificateError("it is PKCS#7 without a certificate in it");
	return bundle ? leafOf(bundle.map(parse)) : parse(der);
}

/** A certificate as sources hold it: DER, PEM (line ends may be written `\n` or `\r\n`), base64 of DER, or PKCS#7. */
function read(certificate: string | Uint8Array): Parsed {
	if (typeof certificate !== "string") return parseDer(certificate);
	const text = certificate.replace(/\\r\\n|\\n|\\r/g, "\n").trim();
	const pkcs7 = /^-----BEGIN (?:PKCS7|CMS|PKCS #7 SIGNED DATA)-----([^-]*)-----END/.exec(text);
	if (pkcs7) return parseDer(Buffer.from(pkcs7[1] ?? "", "base64"));
	if (text.includes("-----")) return parsePem(text);
	if (!/^[A-Za-z0-9+/\s]+={0,2}$/.test(text)) throw new CertificateError("it is neither PEM nor DER in base64");
	return parseDer(Buffer.from(text, "base64"));
}

function publicKeyOf(certificate: X509Certificate): KeyObject {
	try {
		return certificate.publicKey;
	} catch {
		throw new CertificateError("its public key cannot be read: it is damaged, or of an unknown kind");
	}
}

function checkKey(certificate: X509Certificate): void {
	const publicKey = publicKeyOf(certificate);
	const { asymmetricKeyType: type, asymmetricKeyDetails: { modulusLength = 0, namedCurve = "" } = {} } = publicKey;
	if (type === "ec" && namedCurve !== curve)
		throw new CertificateError(`its key is on the curve ${namedCurve}; the SE050's factory keys are on P-256`);
	if (type === "rsa" && modulusLength < minimumRsaBits)
		throw new CertificateError(`its RSA key has ${modulusLength} bits; AWS IoT takes ${minimumRsaBits} and more`);
	if (type !== "ec" && type !== "rsa")
		throw new CertificateError(`its key is of the type ${type}; P-256 and RSA are supported`);
}

function checkValidity({ notBefore, notAfter }: CertificateFacts, now: number): void {
	if (notAfter < now)
		throw new CertificateError(
			`it expired at ${new Date(notAfter).toISOString()}: AWS IoT refuses expired certificates`,
		);
	if (notBefore > now)
		throw new CertificateError(
			`it is not valid before ${new Date(notBefore).toISOString()}: check this machine's clock`,
		);
}

function checkUse(certificate: X509Certificate): void {
	if (certificate.ca) throw new AuthorityError("it is a CA's certificate, not a chip's");
	const algorithm = signatureAlgorithm(certificate.raw);
	if (!signatureAlgorithms.has(algorithm))
		throw new CertificateError(
			`it is signed with algorithm ${algorithm}; AWS IoT takes RSA PKCS #1 and ECDSA with SHA-256, SHA-384 or SHA-512`,
		);
}

/** What OpenSSL has read, after the checks that a certificate of the usual form does not need. @throws CertificateError */
function judge(certificate: X509Certificate): CertificateFacts {
	checkUse(certificate);
	checkKey(certificate);
	const { validFrom, validTo, subject, serialNumber } = certificate;
	return {
		notBefore: Date.parse(validFrom),
		notAfter: Date.parse(validTo),
		serialNumber: serialNumber.toLowerCase(),
		commonName: /^CN=(.*)$/m.exec(subject)?.[1],
	};
}

/** UIDs that a certificate names: 36 hexadecimal digits in the subject's CN, or in front of the serial number. */
function namedUids({ commonName = "", serialNumber }: CertificateFacts): string[] {
	const uids = [...commonName.matchAll(/(?<![0-9a-f])[0-9a-f]{36}(?![0-9a-f])/gi)].map(([digits]) =>
		digits.toLowerCase(),
	);
	const serial = serialNumber.padStart(uidBytes * 2, "0");
	return serial.startsWith(uidPrefix) ? [...uids, serial.slice(0, uidBytes * 2)] : uids;
}

function bindUid(facts: CertificateFacts, given: string | undefined): Pick<ChipCertificate, "uid" | "namesUid"> {
	const named = namedUids(facts);
	const uid = given ?? named[0];
	if (uid === undefined)
		throw new CertificateError(
			"its subject and serial number name no UID, and the source gives none: use a ledger with the columns uid and certificatePem, or read the board over serial",
		);
	if (named.some(name => name !== uid))
		throw new CertificateError(
			given === undefined
				? `it names two UIDs, ${named.join(" and ")}`
				: `it is another chip's: it names the UID ${named.find(name => name !== uid)}, the source says ${uid}`,
		);
	return { uid, namesUid: named.length > 0 };
}

function checkIssuer(certificate: Parsed, authorities: Authorities | undefined): void {
	if (!authorities) return;
	const fault = authorities.faultOf("x509" in certificate ? certificate.x509 : openSslCertificate(certificate.der));
	if (fault) throw new CertificateError(fault);
}

export interface CertificateChecks {
	/** Milliseconds since the epoch. */
	now?: number;
	/** The manufacturer's CAs, one of which must have issued the certificate; without them its own word is all there is. */
	authorities?: Authorities;
}

/**
 * Reads a certificate, and checks everything that can be without AWS.
 * @param uid what the source says, 36 lower-case hexadecimal digits; without it the certificate must name its chip
 * @throws CertificateError
 */
export function readChipCertificate(
	certificate: string | Uint8Array,
	uid: string | undefined,
	{ now = Date.now(), authorities }: CertificateChecks = {},
): ChipCertificate {
	if (certificate.length > maximumPemLength)
		throw new CertificateError(`it has ${certificate.length} characters; AWS IoT takes ${maximumPemLength}`);
	const parsed = read(certificate);
	const facts = "facts" in parsed ? parsed.facts : judge(parsed.x509);
	checkValidity(facts, now);
	checkIssuer(parsed, authorities);
	return {
		id: createHash("sha256").update(parsed.der).digest("hex"),
		pem: pemOf(parsed.der),
		...bindUid(facts, uid),
	};
}
