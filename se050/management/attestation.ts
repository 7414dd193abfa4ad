// SPDX-License-Identifier: MIT
import { tags } from "../apdu.js";
import { concatenate } from "../bytes.js";
import { canSignRsa } from "../objects.js";
import { decodeTlvs, type Tlv, TlvError, valueOf } from "../tlv.js";
import { type Attributes, decodeAttributes } from "./attributes.js";
import { rights } from "./policy.js";

/** An attested read as it crossed the bus (in plain). */
export interface Transcript {
	/** The command APDU, header, Lc and data, without Le. */
	readonly command: Uint8Array;
	/** The response's data, without the status word. */
	readonly response: Uint8Array;
}

/** What an attestation key has signed about an object. */
export interface Attestation {
	/** "3.x" or "7.x": the two forms of the applet's versions. */
	readonly form: "3.x" | "7.x";
	/** What ReadObject gives: a public key, a file; undefined where its policy does not let it be read. */
	readonly value: Uint8Array | undefined;
	readonly attributes: Attributes;
	/** The same as the applet has them. */
	readonly attributeBytes: Uint8Array;
	/** The chip's unique id, 18 bytes. */
	readonly chipId: Uint8Array;
	/** 12 bytes, not of a clock: it grows from start to start. */
	readonly timestamp: Uint8Array;
	/** The 16 bytes that the host made for this read; another time they would be others. */
	readonly freshness: Uint8Array;
	/** DER ECDSA-Sig-Value over the SHA-256 digest of `signedMessage`. */
	readonly signature: Uint8Array;
}

/** Longest value and attributes, together, of an object from outside that applet 3.x attests reliably (NXP's se05x_ReadWithAttestation). */
const reliableLength = 59;
const freshnessLength = 16;
/** Header, then Lc in three bytes: the read asks for an extended response. */
const dataOffset = 7;

function find(tlvs: readonly Tlv[], tag: number): Uint8Array | undefined {
	return tlvs.some(tlv => tlv.tag === tag) ? valueOf(tlvs, tag) : undefined;
}

function freshnessOf(command: Uint8Array): Uint8Array {
	const freshness = valueOf(decodeTlvs(command.subarray(dataOffset)), tags.seventh);
	if (freshness.length !== freshnessLength)
		throw new TlvError(`an attested read with ${freshness.length} bytes of freshness instead of ${freshnessLength}`);
	return freshness;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/**
 * Takes an attested ReadObject apart. Applet 3.x: TAG_1 value, TAG_2 attributes, TAG_3 timestamp, TAG_4 freshness, TAG_5 chip
 * id, TAG_6 signature. Applet 7.x: TAG_1 value, TAG_2 chip id, TAG_3 attributes, TAG_4 size, TAG_TIMESTAMP, TAG_SIGNATURE.
 * @throws {TlvError} it is neither, or answers another command
 */
export function decodeAttestation({ command, response }: Transcript): Attestation {
	const tlvs = decodeTlvs(response);
	const freshness = freshnessOf(command);
	const value = find(tlvs, tags.first);
	const is7 = tlvs.some(({ tag }) => tag === tags.signature);
	const attributeBytes = valueOf(tlvs, is7 ? tags.third : tags.second);
	const common = { value, attributes: decodeAttributes(attributeBytes), attributeBytes, freshness };
	if (is7)
		return {
			form: "7.x",
			...common,
			chipId: valueOf(tlvs, tags.second),
			timestamp: valueOf(tlvs, tags.timestamp),
			signature: valueOf(tlvs, tags.signature),
		};
	if (!sameBytes(valueOf(tlvs, tags.fourth), freshness))
		throw new TlvError("an attested read whose freshness is not the command's: it answers another one");
	return {
		form: "3.x",
		...common,
		chipId: valueOf(tlvs, tags.fifth),
		timestamp: valueOf(tlvs, tags.third),
		signature: valueOf(tlvs, tags.sixth),
	};
}

/**
 * What the signature is over. Applet 3.x: the values of TAG_1 to TAG_5, one behind the other. Applet 7.x: the SHA-256 digest
 * of the command, then the response's TLVs in front of the signature as they came (NXP's AN12413 and AN12543, ReadObject;
 * both as in the middleware's nxECKey_VerifyAttestation).
 */
export function signedMessage(
	{ command, response }: Transcript,
	sha256: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
	const tlvs = decodeTlvs(response);
	const [last, signature] = tlvs.slice(-2);
	if (last === undefined || signature?.tag !== tags.signature)
		return concatenate(...tlvs.filter(({ tag }) => tag >= tags.first && tag <= tags.fifth).map(({ value }) => value));
	const end = last.value.byteOffset + last.value.length - response.byteOffset;
	return concatenate(sha256(command), response.subarray(0, end));
}

/**
 * Why an attestation says less than it seems to, in sentences (NXP's se05x_ReadWithAttestation). Applet 3.x signs values
 * without their lengths, so that some of an object from outside could be taken for other fields.
 */
export function weaknesses({ form, value, attributes, attributeBytes }: Attestation): string[] {
	if (form !== "3.x") return [];
	const found: string[] = [];
	if (attributes.origin === "external" && (value?.length ?? 0) + attributeBytes.length > reliableLength)
		found.push(
			`Applet 3.x attests an object from outside reliably only when value and attributes have at most ${reliableLength} bytes together.`,
		);
	if (attributes.origin === "internal" && canSignRsa(attributes.type))
		found.push("Applet 3.x does not attest reliably that an RSA key of 1024, 1152 or 2048 bits was made in the chip.");
	if (attributes.policy.some(({ rights: bits }) => (bits & rights.requirePcr) !== 0))
		found.push("Applet 3.x does not attest reliably an object whose policy wants a PCR's value.");
	return found;
}
