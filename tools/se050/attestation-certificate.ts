// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import type { X509Certificate as ParsedCertificate } from "@peculiar/x509";
import { toHex } from "../lib/bytes.js";
import { printable } from "../lib/printable.js";
import { loadX509 } from "../lib/x509.js";

/**
 * Who issues certificates of attestation keys, by organization. NXP's names end in the generation of the CA
 * ("…AttestationCAvE206"); the simulated manufacturer's names are its own, so that nobody takes one for the other.
 */
const issuers = [
	{ organization: "NXP", commonName: /^NXP Intermediate-AttestationCA\w*$/ },
	{ organization: "SIMULATED (not NXP)", commonName: /^SIMULATED Intermediate-AttestationCA$/ },
] as const;
const organizationalUnit = "Plug and Trust";

const inPem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** A name of a certificate, for a person: anyone can have written it. */
export const oneLine = (name: string): string => printable(name.replaceAll("\n", ", "));

/** Certificates of a PEM text, or of a simulated manufacturer's file. @throws Error of one sentence when it has no certificates */
export function authoritiesIn(text: string, path: string): X509Certificate[] {
	try {
		const blocks: readonly (string | Buffer)[] = text.trimStart().startsWith("{")
			? simulatedAuthorities(text)
			: (text.match(inPem) ?? []);
		if (blocks.length > 0) return blocks.map(block => new X509Certificate(block));
	} catch {
		// The sentence below fits.
	}
	throw new Error(`${path} has no CA certificates: give the manufacturer's root and its attestation CA in PEM.`);
}

function simulatedAuthorities(text: string): Buffer[] {
	const { root, attestation } = JSON.parse(text) as Record<string, { certificate: string }>;
	return [attestation, root].map(authority => Buffer.from(authority!.certificate, "hex"));
}

const isValidNow = ({ validFrom, validTo }: X509Certificate): boolean =>
	Date.parse(validFrom) <= Date.now() && Date.now() <= Date.parse(validTo);

const isSelfIssued = (certificate: X509Certificate): boolean => certificate.checkIssued(certificate);

/** How many CAs may stand between a CA and the certificate at the end; undefined: any number. */
async function pathLength(certificate: X509Certificate): Promise<number | undefined> {
	const { BasicConstraintsExtension } = await loadX509();
	return (await parsed(certificate)).getExtension(BasicConstraintsExtension)?.pathLength;
}

async function parsed(certificate: X509Certificate): Promise<ParsedCertificate> {
	const { X509Certificate: Parsed } = await loadX509();
	return new Parsed(new Uint8Array(certificate.raw));
}

/** Why a certificate has no chain of valid issuers among the given CAs up to one that signed itself; undefined when it has. */
async function chainFault(leaf: X509Certificate, known: readonly X509Certificate[]): Promise<string | undefined> {
	for (let certificate = leaf, depth = 0; depth <= known.length; depth++) {
		if (!isValidNow(certificate))
			return `${oneLine(certificate.subject)} is valid only from ${certificate.validFrom} to ${certificate.validTo}`;
		if (depth > 0 && isSelfIssued(certificate))
			return certificate.verify(certificate.publicKey)
				? undefined
				: `${oneLine(certificate.subject)} did not sign itself`;
		const issuer = known.find(
			candidate => candidate.ca && certificate.checkIssued(candidate) && certificate.verify(candidate.publicKey),
		);
		if (!issuer) return `none of the given CAs has issued ${oneLine(certificate.subject)}`;
		if (((await pathLength(issuer)) ?? depth) < depth)
			return `${oneLine(issuer.subject)} may not issue to a CA that issues ${oneLine(leaf.subject)}`;
		certificate = issuer;
	}
	return "the given CAs end in no root";
}

/** Whether a name is exactly an organizational unit, an organization and a common name, each once. */
function isName(name: ParsedCertificate["subjectName"], expected: Readonly<Record<string, string | RegExp>>): boolean {
	const parts = name
		.toJSON()
		.flatMap(part => Object.entries(part).flatMap(([type, values]) => values.map(value => ({ type, value }))));
	return (
		parts.length === Object.keys(expected).length &&
		parts.every(({ type, value }) => {
			const wanted = expected[type];
			return wanted instanceof RegExp ? wanted.test(value) : wanted?.toLowerCase() === value.toLowerCase();
		}) &&
		new Set(parts.map(({ type }) => type)).size === parts.length
	);
}

/** Whether a certificate is of a chip's attestation key, by its names, and who issued it. */
async function purposeFault(certificate: X509Certificate, chipId: Uint8Array): Promise<string | undefined> {
	const { BasicConstraintsExtension, KeyUsagesExtension, KeyUsageFlags } = await loadX509();
	const { subjectName, issuerName, getExtension } = await parsed(certificate).then(whole => ({
		subjectName: whole.subjectName,
		issuerName: whole.issuerName,
		getExtension: whole.getExtension.bind(whole),
	}));
	const issuer = issuers.find(({ organization, commonName }) =>
		isName(issuerName, { OU: organizationalUnit, O: organization, CN: commonName }),
	);
	if (!issuer) return `its issuer is ${oneLine(certificate.issuer)}, which is not a manufacturer's attestation CA`;
	const subject = { OU: organizationalUnit, O: issuer.organization, CN: `Attest-${toHex(chipId)}` };
	if (!isName(subjectName, subject))
		return `it is for ${oneLine(certificate.subject)}, which is not the attestation key of chip ${toHex(chipId)}`;
	const usages = getExtension(KeyUsagesExtension)?.usages ?? 0;
	if (getExtension(BasicConstraintsExtension)?.ca || usages !== KeyUsageFlags.digitalSignature)
		return "it is not for signatures alone";
	if (certificate.publicKey.asymmetricKeyDetails?.namedCurve !== "prime256v1") return "its key is not on P-256";
	return undefined;
}

/** Why a certificate does not make its key the attestation key of a chip; undefined when it does. */
export async function signerFault(
	certificate: X509Certificate,
	chipId: Uint8Array,
	authorities: readonly X509Certificate[],
): Promise<string | undefined> {
	return (await purposeFault(certificate, chipId)) ?? chainFault(certificate, authorities);
}
