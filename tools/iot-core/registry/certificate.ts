// SPDX-License-Identifier: MIT
import { createHash, type KeyObject, X509Certificate } from "node:crypto";
import { pemOf } from "../../lib/pem.js";
import { readUsualCertificate } from "../../lib/usual-certificate.js";
import { ServiceError } from "../errors.js";
import { type CertificateFields, readCertificateFields } from "./certificate-fields.js";

/** A client certificate as the control plane needs it. */
export interface ClientCertificate {
	/** Lower-case hex SHA-256 of the DER: the certificateId of AWS. */
	certificateId: string;
	/** PEM of this one certificate, with a newline at its end. */
	pem: string;
	/** Seconds since the epoch. */
	validity: { notBefore: number; notAfter: number };
}

/** Longest `certificatePem`, in characters (service model, CertificatePem). */
const maxPemLength = 65_536;
/** Smallest RSA modulus, in bits (developer guide, "Device certificate key quality"). */
const minRsaBits = 2048;
/** P-256, P-384, P-521 (service model, CreateCertificateFromCsr; RFC 5480, section 2.1.1.1), and their names in Node. */
const curves: ReadonlyMap<string, string> = new Map([
	["1.2.840.10045.3.1.7", "prime256v1"],
	["1.3.132.0.34", "secp384r1"],
	["1.3.132.0.35", "secp521r1"],
]);
/** Developer guide, "Supported certificate signing algorithms" (RFC 8017, appendix A.2.4; RFC 5758, section 3.2). */
const signatures: ReadonlyMap<string, string> = new Map([
	["1.2.840.113549.1.1.11", "sha256WithRSAEncryption"],
	["1.2.840.113549.1.1.12", "sha384WithRSAEncryption"],
	["1.2.840.113549.1.1.13", "sha512WithRSAEncryption"],
	["1.2.840.10045.4.3.2", "ecdsa-with-SHA256"],
	["1.2.840.10045.4.3.3", "ecdsa-with-SHA384"],
	["1.2.840.10045.4.3.4", "ecdsa-with-SHA512"],
	["2.16.840.1.101.3.4.3.2", "dsa-with-SHA256"],
]);
/** Those that people still meet, by a name that says why they are refused. */
const refusedSignatures: ReadonlyMap<string, string> = new Map([
	["1.2.840.113549.1.1.4", "MD5 (md5WithRSAEncryption)"],
	["1.2.840.113549.1.1.5", "SHA-1 (sha1WithRSAEncryption)"],
	["1.2.840.10045.4.1", "SHA-1 (ecdsa-with-SHA1)"],
	["1.2.840.113549.1.1.10", "RSASSA-PSS"],
	["1.3.101.112", "Ed25519"],
]);
const pemBegin = "-----BEGIN CERTIFICATE-----",
	pemEnd = "-----END CERTIFICATE-----";
const oneCertificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** The name that AWS gives a certificate: lower-case hex SHA-256 of its DER. */
export function certificateIdFromDer(der: Uint8Array): string {
	return createHash("sha256").update(der).digest("hex");
}

/**
 * Reads and checks a certificate that is to be registered.
 * @throws ServiceError InvalidRequestException for a value that is not PEM text, CertificateValidationException
 * for a certificate that AWS would not take: unreadable, expired, weak or unsupported key, unsupported signature.
 */
export function readClientCertificate(pemText: unknown, now = Date.now()): ClientCertificate {
	if (typeof pemText !== "string" || pemText.length < 1 || pemText.length > maxPemLength)
		throw new ServiceError(
			"InvalidRequestException",
			`certificatePem must be a string of 1 to ${maxPemLength} characters.`,
		);
	const block = onlyBlock(pemText);
	const usual = usualCertificate(block);
	if (usual !== undefined) return inTime(usual, now);
	const certificate = parse(block);
	try {
		return judge(certificate, now);
	} catch (error) {
		if (error instanceof ServiceError) throw error;
		throw new ServiceError(
			"CertificateValidationException",
			`The certificate could not be parsed: ${error instanceof Error ? error.message : error}.`,
		);
	}
}

/** Reads all that is needed when a device shows the certificate, so that nothing is left to fail then. */
function judge(certificate: X509Certificate, now: number): ClientCertificate {
	const fields = readCertificateFields(certificate.raw);
	checkKey(certificate.publicKey, fields);
	checkSignature(fields);
	const validity = validityOf(certificate);
	if (!Number.isFinite(validity.notBefore) || !Number.isFinite(validity.notAfter))
		throw new RangeError(`its validity dates ("${certificate.validFrom}" to "${certificate.validTo}") are not dates`);
	const pem = `${certificate.toString().trim()}\n`;
	return inTime({ certificateId: certificateIdFromDer(certificate.raw), pem, validity }, now);
}

/**
 * A certificate of the usual form, in PEM with lines of 64 characters. Only its date is left to check, which saves a fifth
 * of a registration.
 */
function usualCertificate(block: string): ClientCertificate | undefined {
	const der = Buffer.from(block.slice(pemBegin.length, -pemEnd.length), "base64");
	const pem = pemOf(der);
	const usual = pem === `${block.replaceAll("\r\n", "\n")}\n` ? readUsualCertificate(der) : undefined;
	if (usual === undefined) return undefined;
	const validity = { notBefore: usual.notBefore / 1000, notAfter: usual.notAfter / 1000 };
	return { certificateId: certificateIdFromDer(der), pem, validity };
}

function inTime(certificate: ClientCertificate, now: number): ClientCertificate {
	const end = certificate.validity.notAfter * 1000;
	if (end >= now) return certificate;
	throw new ServiceError(
		"CertificateValidationException",
		`The certificate expired at ${new Date(end).toISOString()}.`,
	);
}

/** The validity dates of a certificate, in seconds since the epoch. */
export function validityOf(certificate: X509Certificate): { notBefore: number; notAfter: number } {
	return { notBefore: Date.parse(certificate.validFrom) / 1000, notAfter: Date.parse(certificate.validTo) / 1000 };
}

function onlyBlock(pemText: string): string {
	const blocks = pemText.match(oneCertificate) ?? [];
	if (blocks.length !== 1)
		throw new ServiceError(
			"CertificateValidationException",
			`certificatePem must hold one PEM certificate; it holds ${blocks.length}.`,
		);
	return blocks[0] as string;
}

function parse(block: string): X509Certificate {
	try {
		return new X509Certificate(block);
	} catch {
		throw new ServiceError(
			"CertificateValidationException",
			"The certificate could not be parsed: its DER is not an X.509 certificate.",
		);
	}
}

function checkKey(key: KeyObject, { curve = "" }: CertificateFields): void {
	const { asymmetricKeyType: type } = key;
	if (type === "ec" && curves.has(curve)) return;
	// Node needs as long for the details as for all the rest: they are for the keys that few devices have.
	const { modulusLength = 0, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
	if (type === "ec" && [...curves.values()].includes(namedCurve)) return;
	if (type === "rsa" && modulusLength >= minRsaBits) return;
	const reasons: Partial<Record<string, string>> = {
		rsa: `The certificate's RSA key has ${modulusLength} bits; at least ${minRsaBits} are needed.`,
		ec: `The certificate's key is on the curve ${namedCurve}; P-256, P-384 and P-521 are supported.`,
	};
	throw new ServiceError(
		"CertificateValidationException",
		reasons[type ?? ""] ?? `The certificate's key is of type ${type}; RSA and EC are supported.`,
	);
}

function checkSignature({ signatureAlgorithm }: CertificateFields): void {
	if (!signatures.has(signatureAlgorithm))
		throw new ServiceError(
			"CertificateValidationException",
			`The certificate is signed with ${refusedSignatures.get(signatureAlgorithm) ?? signatureAlgorithm}; supported are ${[...signatures.values()].join(", ")}.`,
		);
}
