// SPDX-License-Identifier: MIT
import { type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { UserError } from "./user-error.js";

/** Where NXP publishes the CAs of its SE050s. */
export const authoritiesHint =
	"NXP's CAs are public: AN12436 (SE050 configurations, certificate chains) names those of each variant, and www.gp-ca.nxp.com serves them; for simulated chips, give the manufacturer.json next to their files";

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

const oneLine = (name: string) => name.replaceAll("\n", ", ");

/** The members of a simulated manufacturer's file that are CAs; `certificate` of each is DER in hexadecimal. */
const simulatedMembers = ["root", "attestation", "connectivity"] as const;

function simulatedManufacturer(text: string): Uint8Array[] {
	const file = JSON.parse(text) as Partial<Record<string, { certificate?: unknown }>>;
	return simulatedMembers.map(member => Buffer.from(String(file[member]?.certificate ?? ""), "hex"));
}

function blocksOf(bytes: Uint8Array): (string | Uint8Array)[] {
	const text = Buffer.from(bytes).toString("latin1");
	if (text.trimStart().startsWith("{")) return simulatedManufacturer(text);
	return text.includes("-----BEGIN") ? (text.match(pemBlock) ?? []) : [bytes];
}

function readCertificates(path: string): X509Certificate[] {
	let bytes: Uint8Array;
	try {
		bytes = readFileSync(path);
	} catch (error) {
		throw new UserError(`The CA file ${path} cannot be read: ${(error as Error).message}. ${authoritiesHint}.`);
	}
	try {
		const certificates = blocksOf(bytes).map(block => new X509Certificate(block));
		if (certificates.length > 0 && certificates.every(({ publicKey }) => publicKey)) return certificates;
	} catch {
		// the same sentence as for a file without any certificate
	}
	throw new UserError(
		`${path} is not a CA file: it must be PEM or DER certificates, or a simulated manufacturer's JSON. ${authoritiesHint}.`,
	);
}

/** Why a certificate of a CA file cannot issue certificates now; undefined when it can. */
function faultOf(certificate: X509Certificate, all: readonly X509Certificate[], now: number): string | undefined {
	if (!certificate.ca) return "is not a CA's certificate";
	if (Date.parse(certificate.validFrom) > now || Date.parse(certificate.validTo) < now)
		return `is valid only from ${certificate.validFrom} to ${certificate.validTo}`;
	const issuers = all.filter(candidate => candidate.subject === certificate.issuer);
	if (
		issuers.length > 0 &&
		!issuers.some(issuer => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))
	)
		return `names ${oneLine(certificate.issuer)} as its issuer, whose signature it does not have`;
	return undefined;
}

interface Authority {
	certificate: X509Certificate;
	key: KeyObject;
}

/**
 * The CAs whose certificates are believed: each that is given is trusted, so the chips' issuing CA must be among them.
 * Where the CA that issued another one is given too, its signature must be right.
 */
export class Authorities {
	readonly #bySubject = new Map<string, Authority[]>();

	/**
	 * @param paths PEM or DER files, or `manufacturer.json` of simulated chips
	 * @param now milliseconds since the epoch
	 * @throws UserError
	 */
	static read(paths: readonly string[], now = Date.now()): Authorities {
		const read = paths.map(path => ({ path, certificates: readCertificates(path) }));
		const all = read.flatMap(({ certificates }) => certificates);
		for (const { path, certificates } of read)
			for (const certificate of certificates) {
				const fault = faultOf(certificate, all, now);
				if (fault) throw new UserError(`${path}: ${oneLine(certificate.subject)} ${fault}. ${authoritiesHint}.`);
			}
		return new Authorities(all);
	}

	constructor(certificates: readonly X509Certificate[]) {
		for (const certificate of certificates) {
			const known = this.#bySubject.get(certificate.subject) ?? [];
			this.#bySubject.set(certificate.subject, [...known, { certificate, key: certificate.publicKey }]);
		}
	}

	/** Why a certificate is not one of these CAs'; undefined when it is. */
	faultOf(certificate: X509Certificate): string | undefined {
		const issuers = this.#bySubject.get(certificate.issuer);
		if (!issuers) return `its issuer, ${oneLine(certificate.issuer)}, is not among the CAs of --ca`;
		const isIssued = issuers.some(
			({ certificate: issuer, key }) => certificate.checkIssued(issuer) && certificate.verify(key),
		);
		return isIssued
			? undefined
			: `it names ${oneLine(certificate.issuer)} as its issuer, but does not have that CA's signature: it is forged or damaged`;
	}
}
