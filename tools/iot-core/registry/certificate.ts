// SPDX-License-Identifier: MIT
import { createHash, X509Certificate } from "node:crypto";
import { ServiceError } from "../errors.js";
import { X509Certificate as ParsedCertificate } from "../x509.js";

/** A client certificate as the control plane needs it. */
export interface ClientCertificate {
	/** Lower-case hex SHA-256 of the DER: AWS' certificateId. */
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
/** Curves as Node names them: P-256, P-384, P-521 (service model, CreateCertificateFromCsr). */
const curves = ["prime256v1", "secp384r1", "secp521r1"];
/** Developer guide, "Supported certificate signing algorithms". @peculiar/x509's names of algorithm and hash. */
const signatures = /^(RSASSA-PKCS1-v1_5|ECDSA) SHA-(256|384|512)$/;
const oneCertificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** AWS' name of a certificate: lower-case hex SHA-256 of its DER. */
export function certificateIdFromDer(der: Uint8Array): string {
	return createHash("sha256").update(der).digest("hex");
}

/**
 * Reads and checks a certificate that is to be registered.
 * @throws ServiceError InvalidRequestException for a value that is no PEM text at all, CertificateValidationException
 * for a certificate that AWS would not take: unreadable, expired, weak or unsupported key, unsupported signature.
 */
export function readClientCertificate(pemText: unknown, now = Date.now()): ClientCertificate {
	if (typeof pemText !== "string" || pemText.length < 1 || pemText.length > maxPemLength)
		throw new ServiceError(
			"InvalidRequestException",
			`certificatePem must be a string of 1 to ${maxPemLength} characters.`,
		);
	const certificate = parse(pemText);
	checkKey(certificate);
	checkSignature(certificate);
	const validity = validityOf(certificate);
	if (validity.notAfter * 1000 < now)
		throw new ServiceError(
			"CertificateValidationException",
			`The certificate expired at ${new Date(validity.notAfter * 1000).toISOString()}.`,
		);
	return { certificateId: certificateIdFromDer(certificate.raw), pem: `${certificate.toString().trim()}\n`, validity };
}

/** The validity dates of a certificate, in seconds since the epoch. */
export function validityOf(certificate: X509Certificate): { notBefore: number; notAfter: number } {
	return { notBefore: Date.parse(certificate.validFrom) / 1000, notAfter: Date.parse(certificate.validTo) / 1000 };
}

function parse(pemText: string): X509Certificate {
	const blocks = pemText.match(oneCertificate) ?? [];
	if (blocks.length !== 1)
		throw new ServiceError(
			"CertificateValidationException",
			`certificatePem must hold one PEM certificate; it holds ${blocks.length}.`,
		);
	try {
		return new X509Certificate(blocks[0] as string);
	} catch {
		throw new ServiceError(
			"CertificateValidationException",
			"The certificate could not be parsed: its DER is not an X.509 certificate.",
		);
	}
}

function checkKey({ publicKey }: X509Certificate): void {
	const { modulusLength = 0, namedCurve = "" } = publicKey.asymmetricKeyDetails ?? {};
	if (publicKey.asymmetricKeyType === "rsa" && modulusLength < minRsaBits)
		throw new ServiceError(
			"CertificateValidationException",
			`The certificate's RSA key has ${modulusLength} bits; at least ${minRsaBits} are needed.`,
		);
	if (publicKey.asymmetricKeyType === "ec" && !curves.includes(namedCurve))
		throw new ServiceError(
			"CertificateValidationException",
			`The certificate's key is on the curve ${namedCurve}; P-256, P-384 and P-521 are supported.`,
		);
	if (publicKey.asymmetricKeyType !== "rsa" && publicKey.asymmetricKeyType !== "ec")
		throw new ServiceError(
			"CertificateValidationException",
			`The certificate's key is of type ${publicKey.asymmetricKeyType}; RSA and EC are supported.`,
		);
}

function checkSignature(certificate: X509Certificate): void {
	const { name, hash } = new ParsedCertificate(certificate.raw).signatureAlgorithm as {
		name: string;
		hash?: { name: string };
	};
	const signature = `${name} ${hash?.name}`;
	if (!signatures.test(signature))
		throw new ServiceError(
			"CertificateValidationException",
			`The certificate is signed with ${signature}; RSA PKCS #1 and ECDSA with SHA-256, SHA-384 or SHA-512 are supported.`,
		);
}
