// SPDX-License-Identifier: MIT
import { generateKeyPair, webcrypto } from "node:crypto";
import { promisify } from "node:util";

import { ServiceError } from "../errors.js";
import * as x509 from "../x509.js";
import type { Issued } from "./authority.js";

/** The end of the certificates that AWS IoT issues, and the bits of their RSA keys. */
const notAfter = new Date("2049-12-31T23:59:59Z");
const modulusLength = 2048;
/** AWS backdates by two minutes; a device's clock may be further behind. */
const backdatingMs = 24 * 60 * 60 * 1000;
const subject = "CN=AWS IoT Certificate";
const signingAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const rsaAlgorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** A device's certificate and its RSA keys, all PEM, the private one in PKCS #1 as at AWS. */
export interface KeysAndCertificate {
	certificate: string;
	publicKey: string;
	privateKey: string;
}

/** The CA of the certificates that CreateKeysAndCertificate and CreateCertificateFromCsr make. */
export class DeviceIssuer {
	readonly #authority: x509.X509Certificate;
	readonly #key: webcrypto.CryptoKey;

	private constructor(authority: x509.X509Certificate, key: webcrypto.CryptoKey) {
		this.#authority = authority;
		this.#key = key;
	}

	/** @param authority a P-256 CA with its key, PEM */
	static async open({ certificate, key }: Issued): Promise<DeviceIssuer> {
		const der = x509.PemConverter.decode(key)[0] ?? new ArrayBuffer(0);
		return new DeviceIssuer(
			new x509.X509Certificate(certificate),
			await webcrypto.subtle.importKey("pkcs8", der, signingAlgorithm, false, ["sign"]),
		);
	}

	/** A certificate for a new RSA key. */
	async keysAndCertificate(): Promise<KeysAndCertificate> {
		const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength });
		const spki = publicKey.export({ type: "spki", format: "der" });
		const key = await webcrypto.subtle.importKey("spki", spki, rsaAlgorithm, true, ["verify"]);
		return {
			certificate: await this.#issue(subject, key),
			publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
			privateKey: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
		};
	}

	/** The certificate of a certificate signing request (PEM). @throws ServiceError InvalidRequestException */
	async certificateFor(request: unknown): Promise<string> {
		const csr = readRequest(request);
		// A signature that is not one at all makes verify() throw.
		if (!(await csr.verify().catch(() => false))) throw invalid("its signature is not that of its key");
		return this.#issue(csr.subject || subject, await csr.publicKey.export());
	}

	async #issue(name: string, publicKey: webcrypto.CryptoKey): Promise<string> {
		const certificate = await x509.X509CertificateGenerator.create({
			subject: name,
			issuer: this.#authority.subjectName,
			notBefore: new Date(Date.now() - backdatingMs),
			notAfter,
			publicKey,
			signingKey: this.#key,
			signingAlgorithm,
			extensions: [
				await x509.AuthorityKeyIdentifierExtension.create(this.#authority),
				await x509.SubjectKeyIdentifierExtension.create(publicKey),
				new x509.BasicConstraintsExtension(false, undefined, true),
				new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
			],
		});
		return `${certificate.toString("pem").trim()}\n`;
	}
}

function readRequest(request: unknown): x509.Pkcs10CertificateRequest {
	if (typeof request !== "string" || !request.includes("-----BEGIN")) throw invalid("it must be a PEM text");
	try {
		return new x509.Pkcs10CertificateRequest(request);
	} catch (error) {
		throw invalid(error instanceof Error ? error.message : String(error));
	}
}

function invalid(reason: string): ServiceError {
	return new ServiceError("InvalidRequestException", `The certificate signing request cannot be used: ${reason}.`);
}
