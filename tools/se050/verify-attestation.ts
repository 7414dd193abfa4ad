// SPDX-License-Identifier: MIT
import { createHash, type KeyObject, verify, X509Certificate } from "node:crypto";
import { type Attestation, decodeAttestation, signedMessage } from "../../se050/management/attestation.js";
import { unproven } from "../../se050/management/attestation-proof.js";
import { rsaComponents } from "../../se050/management/object-management.js";
import { rightNames } from "../../se050/management/policy.js";
import { typeName } from "../../se050/objects.js";
import { fromHex, toHex } from "../lib/bytes.js";
import { type AttestationFile, transcripts } from "./attest.js";
import { oneLine, signerFault } from "./attestation-certificate.js";
import { ecPublicKey, isRsa, rsaPublicKey, toPem } from "./public-key.js";

/** What the verifier knows from elsewhere. */
export interface Expectation {
	/** The manufacturer's CA certificates: the issuer of attestation certificates, up to a root. */
	authorities?: readonly X509Certificate[];
	/** The 16 bytes that the read was to carry. */
	freshness?: Uint8Array;
}

/** The result: lines for a person, the same as fields, and whether everything that they say is proven. */
export interface AttestationVerdict {
	lines: string[];
	fields: Readonly<Record<string, unknown>>;
	verified: boolean;
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

const columns = (name: string, text: string): string => `${name.padEnd(14)}${text}`;

/** Whether several reads are of one object of one chip. */
function sameObject([first, ...others]: readonly Attestation[]): boolean {
	const of = (attestation: Attestation | undefined) =>
		attestation && toHex(attestation.chipId) + toHex(attestation.attributeBytes) + toHex(attestation.freshness);
	return others.every(other => of(other) === of(first));
}

/** Whether the reads are of an object as a whole: of an RSA key its modulus and then its exponent, of any other all in one. */
function areWhole(attestations: readonly Attestation[]): boolean {
	const components = attestations.map(({ component }) => component);
	const wanted =
		attestations[0] && isRsa(attestations[0].attributes.type)
			? [rsaComponents.modulus, rsaComponents.publicExponent]
			: [undefined];
	return components.length === wanted.length && components.every((component, index) => component === wanted[index]);
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

/** What an attestation says. @param key shown only when everything is proven */
function fieldsOf({ attributes, chipId, form, freshness, value }: Attestation, key: KeyObject | undefined) {
	return {
		chip: toHex(chipId),
		applet: form,
		id: `0x${attributes.id.toString(16).toUpperCase().padStart(8, "0")}`,
		type: typeName(attributes.type),
		readable: value !== undefined,
		origin: attributes.origin,
		policy: attributes.policy.map(({ user, rights }) => ({
			user: user === 0 ? "everybody" : `0x${user.toString(16)}`,
			rights: rightNames(rights),
		})),
		freshness: toHex(freshness),
		...(key && { publicKeyPem: toPem(key) }),
	};
}

function describe(attestation: ReturnType<typeof fieldsOf>): string[] {
	const { chip, applet, id, type, readable, origin, policy, freshness, publicKeyPem } = attestation;
	const entries = policy.map(
		({ user, rights }) => `${user === "everybody" ? user : `user ${user}`}: ${rights.join(", ")}`,
	);
	return [
		columns("chip", `${chip} (applet ${applet})`),
		columns("object", `${id}, ${type}${readable ? "" : ", not readable"}`),
		columns("origin", originTexts[origin]),
		...(entries.length > 0 ? entries : ["none: everybody may do everything"]).map((text, index) =>
			columns(index === 0 ? "policy" : "", text),
		),
		columns("freshness", freshness),
		...(publicKeyPem === undefined ? [] : [publicKeyPem.trimEnd()]),
	];
}

/** Whether bytes are a point of a curve that is known here. */
function isPoint(value: Uint8Array): boolean {
	try {
		return ecPublicKey(value).type === "public";
	} catch {
		return false;
	}
}

const signatureIsRight = (attestation: Attestation, key: KeyObject): boolean =>
	verify("sha256", signedMessage(attestation, sha256), key, attestation.signature);

function certificateIn({ certificate }: AttestationFile): X509Certificate | undefined {
	try {
		return certificate === undefined ? undefined : new X509Certificate(certificate);
	} catch {
		throw new Error("The attestation's certificate cannot be read: it is damaged.");
	}
}

/** What is wrong with the key that signed, in sentences. */
async function signerFaults(
	certificate: X509Certificate | undefined,
	{ chipId }: Attestation,
	{ authorities }: Expectation,
): Promise<string[]> {
	if (!certificate)
		return [
			"There is no certificate of the attestation key: any key can have signed this. A part without one proves nothing to others.",
		];
	if (!authorities)
		return ["The certificate was not checked: give the manufacturer's root and attestation CA with --ca."];
	const fault = await signerFault(certificate, chipId, authorities);
	return fault === undefined ? [] : [`The signer is not the chip's attestation key: ${fault}.`];
}

/** Checks an attestation without its chip. Throws an Error where it cannot be taken apart. */
export async function verifyAttestation(file: AttestationFile, expectation: Expectation): Promise<AttestationVerdict> {
	const attestations = transcripts(file).map(decodeAttestation);
	const [first] = attestations as [Attestation, ...Attestation[]];
	const certificate = certificateIn(file);
	const signer = certificate?.publicKey ?? ecPublicKey(fromHex(file.attestationKey));
	const faults: string[] = [];
	if (!attestations.every(attestation => signatureIsRight(attestation, signer)))
		faults.push("The signature is WRONG: another attestation key, or something was changed.");
	if (!sameObject(attestations) || !areWhole(attestations))
		faults.push(
			"The reads are not of one whole object: an RSA key takes its modulus and then its exponent, any other object one read.",
		);
	faults.push(...(await signerFaults(certificate, first, expectation)));
	faults.push(...new Set(attestations.flatMap(attestation => unproven(attestation, isPoint)).map(text => `${text}.`)));
	if (expectation.freshness && toHex(expectation.freshness) !== toHex(first.freshness))
		faults.push(
			`The freshness is ${toHex(first.freshness)}, not what was asked for: the answer is an old one, or another's.`,
		);
	const verified = faults.length === 0;
	const notes =
		verified && expectation.freshness === undefined
			? ["The freshness was not checked: give what you asked for with --freshness, or this may be an old answer."]
			: [];
	const described = fieldsOf(first, verified ? publicKey(attestations) : undefined);
	return {
		lines: [
			...describe(described),
			...faults,
			verified ? `Verified: signed by ${oneLine(certificate?.subject ?? "")}.` : "NOT VERIFIED.",
			...notes.map(note => `Note: ${note}`),
		],
		fields: { verified, ...described, signer: certificate && oneLine(certificate.subject), faults, notes },
		verified,
	};
}
