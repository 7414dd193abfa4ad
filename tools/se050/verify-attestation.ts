// SPDX-License-Identifier: MIT
import { createHash, type KeyObject, verify, X509Certificate } from "node:crypto";
import { tags } from "../../se050/apdu.js";
import {
	type Attestation,
	decodeAttestation,
	signedMessage,
	type Transcript,
	weaknesses,
} from "../../se050/management/attestation.js";
import { rightNames } from "../../se050/management/policy.js";
import { typeName } from "../../se050/objects.js";
import { decodeTlvs } from "../../se050/tlv.js";
import { fromHex, toHex } from "../lib/bytes.js";
import { type AttestationFile, transcripts } from "./attest.js";
import { ecPublicKey, isRsa, rsaPublicKey, toPem } from "./public-key.js";

/** What the one who checks knows from elsewhere. */
export interface Expectation {
	/** The manufacturer's CA certificates, PEM, one behind the other: the attestation key's issuer up to a root. */
	authorities?: string;
	/** What the read was to carry. */
	freshness?: Uint8Array;
}

/** The result: lines for a person, and whether all that was checked is right. */
export interface Verdict {
	lines: string[];
	right: boolean;
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

const columns = (name: string, text: string): string => `${name.padEnd(14)}${text}`;

const inPem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const oneLine = (name: string): string => name.replaceAll("\n", ", ");

const isValidNow = ({ validFrom, validTo }: X509Certificate): boolean =>
	Date.parse(validFrom) <= Date.now() && Date.now() <= Date.parse(validTo);

/** A chain of valid issuers from a certificate up to one that signed itself; a sentence when there is none. */
function chainFault(leaf: X509Certificate, authorities: string): string | undefined {
	const known = (authorities.match(inPem) ?? []).map(pem => new X509Certificate(pem));
	for (let certificate = leaf, depth = 0; depth <= known.length; depth++) {
		if (depth > 0 && certificate.checkIssued(certificate))
			return certificate.verify(certificate.publicKey)
				? undefined
				: `${oneLine(certificate.subject)} did not sign itself`;
		if (!isValidNow(certificate))
			return `${oneLine(certificate.subject)} is valid from ${certificate.validFrom} to ${certificate.validTo} only`;
		const issuer = known.find(
			candidate => candidate.ca && certificate.checkIssued(candidate) && certificate.verify(candidate.publicKey),
		);
		if (!issuer) return `none of the given CAs has issued ${oneLine(certificate.subject)}`;
		certificate = issuer;
	}
	return "the given CAs end in no root";
}

/** What is wrong with the attestation key's certificate, in sentences. */
function certificateFaults(
	certificate: X509Certificate,
	{ chipId }: Attestation,
	{ authorities }: Expectation,
): string[] {
	const faults: string[] = [];
	if (!certificate.subject.toLowerCase().includes(toHex(chipId)))
		faults.push(`The certificate is of ${oneLine(certificate.subject)}, which is not chip ${toHex(chipId)}.`);
	const fault = authorities === undefined ? undefined : chainFault(certificate, authorities);
	return fault === undefined ? faults : [...faults, `The certificate has no chain: ${fault}.`];
}

/** Whether several reads are of one object of one chip. */
function sameObject([first, ...others]: readonly Attestation[]): boolean {
	const of = (attestation: Attestation | undefined) =>
		attestation && toHex(attestation.chipId) + toHex(attestation.attributeBytes) + toHex(attestation.freshness);
	return others.every(other => of(other) === of(first));
}

/** Whether the reads ask for an object as a whole: all of a file or a point, or an RSA key's modulus and then its exponent. */
function areWhole(reads: readonly Transcript[], type: number): boolean {
	const asked = reads.map(({ command }) =>
		decodeTlvs(command.subarray(7)).filter(
			({ tag }) => tag === tags.second || tag === tags.third || tag === tags.fourth,
		),
	);
	const components = asked.map(parts => parts.map(({ tag, value }) => `${tag} ${toHex(value)}`).join());
	return components.join() === (isRsa(type) ? `${tags.fourth} 00,${tags.fourth} 01` : "");
}

function publicKey(attestations: readonly Attestation[]): KeyObject | undefined {
	const [first, second] = attestations;
	if (first?.value && second?.value) return rsaPublicKey(first.value, second.value);
	return first?.value && typeName(first.attributes.type).startsWith("EC") ? ecPublicKey(first.value) : undefined;
}

/** Where an object came from, for a person. */
const originTexts = {
	internal: "internal: made in the chip, its private key was never outside",
	external: "external: written into the chip from outside",
	provisioned: "provisioned: the factory put it in",
	unknown: "unknown",
} as const;

function describe({ attributes, chipId, form, freshness, value }: Attestation, key: KeyObject | undefined): string[] {
	const policy = attributes.policy.map(
		({ user, rights }) =>
			`${user === 0 ? "everybody" : `user 0x${user.toString(16)}`}: ${rightNames(rights).join(", ")}`,
	);
	return [
		columns("chip", `${toHex(chipId)} (applet ${form})`),
		columns(
			"object",
			`0x${attributes.id.toString(16).toUpperCase().padStart(8, "0")}, ${typeName(attributes.type)}${value ? "" : ", not readable"}`,
		),
		columns("origin", originTexts[attributes.origin]),
		...(policy.length > 0 ? policy : ["none: everybody may do everything"]).map((text, index) =>
			columns(index === 0 ? "policy" : "", text),
		),
		columns("freshness", toHex(freshness)),
		...(key ? [toPem(key).trimEnd()] : []),
	];
}

const signatureIsRight = (transcript: Transcript, key: KeyObject): boolean =>
	verify("sha256", signedMessage(transcript, sha256), key, decodeAttestation(transcript).signature);

/** Checks an attestation without its chip. Throws an Error where it cannot be taken apart. */
export function verifyAttestation(file: AttestationFile, expectation: Expectation): Verdict {
	const reads = transcripts(file);
	const attestations = reads.map(decodeAttestation);
	const [first] = attestations as [Attestation, ...Attestation[]];
	const certificate = file.certificate === undefined ? undefined : new X509Certificate(file.certificate);
	const signer = certificate?.publicKey ?? ecPublicKey(fromHex(file.attestationKey));
	const faults = certificate ? certificateFaults(certificate, first, expectation) : [];
	if (!reads.every(read => signatureIsRight(read, signer)))
		faults.push("The signature is WRONG: another attestation key, or something was changed.");
	if (!sameObject(attestations) || !areWhole(reads, first.attributes.type))
		faults.push(
			"The reads are not those of one whole object: of an RSA key its modulus and its exponent, of any other all of it in one.",
		);
	if (expectation.freshness && toHex(expectation.freshness) !== toHex(first.freshness))
		faults.push(`The freshness is ${toHex(first.freshness)}, not what was asked for: an old answer, or another's.`);
	const notes = [
		...(certificate ? [] : ["There is no certificate: whose attestation key this is, nobody says."]),
		...(certificate && expectation.authorities === undefined
			? ["The certificate was not checked against the manufacturer's CAs: give them with --ca."]
			: []),
		...(expectation.freshness ? [] : ["The freshness was not checked: give with --freshness what you asked for."]),
		...weaknesses(first),
	];
	const signed = certificate ? oneLine(certificate.subject) : "a key without certificate";
	const summary = faults.length > 0 ? faults : [`The signature is right, by ${signed}.`];
	const key = faults.length > 0 ? undefined : publicKey(attestations);
	return {
		lines: [...describe(first, key), ...summary, ...notes.map(note => `Note: ${note}`)],
		right: faults.length === 0,
	};
}
