// SPDX-License-Identifier: MIT
/**
 * What an attestation with a right signature does not prove. Applet 3.x signs values without their lengths, so that a
 * signature over one object can be cut up again into another one. docs/attestation.md has the reasoning for each rule.
 */
import { typeName } from "../objects.js";
import type { Attestation } from "./attestation.js";

/** In front of the policy: id (4), type (1), indicator (1), 2 bytes, owner (4), 2 bytes. */
const headerLength = 14;
/** An entry of a policy without extension: its length (1), user (4), rights (4). */
const entryLength = 9;
/** With one entry that has an extension, value and attributes are longer than this (NXP's se05x_ReadWithAttestation). */
const longestWithoutExtension = 59;

const isEcKey = (type: number): boolean => typeName(type).startsWith("EC");

/** Of the indicator, which has one of two values: an entry's length is neither. */
const indicatorOffset = 5;
const indicators = [1, 2];

/** Whether attributes are the header, entries without extension, the origin, and 0 (applet 3.6) or nothing (3.1). */
function haveFixedForm({ attributes, attributeBytes }: Attestation): boolean {
	const end = headerLength + entryLength * attributes.policy.length;
	const rest = attributeBytes.length - end;
	return (
		indicators.includes(attributeBytes[indicatorOffset] ?? 0) &&
		(rest === 1 ? attributeBytes[end] !== 0 : rest === 2 && attributeBytes[end + 1] === 0)
	);
}

/** Tags of what the I2C master answers, and the status of a read that brought bytes (NXP's SE05x_I2CM_TLV_type_t). */
const i2cMaster = { lastTag: 0x04, read: 0x04, issue: 0xff, success: 0x5a } as const;

/**
 * Whether bytes are an answer of the chip's I2C master: for each command a tag and a status, and what a read brought with
 * two bytes of length. Applet 3.x attests such an answer in the same form, and whoever owns the other end of that bus
 * chooses the bytes.
 */
function isI2cMasterAnswer(bytes: Uint8Array): boolean {
	let offset = 0;
	while (offset < bytes.length) {
		const [tag = 0, status = 0, high = 0, low = 0] = bytes.subarray(offset, offset + 4);
		if (tag > i2cMaster.lastTag && tag !== i2cMaster.issue) return false;
		offset += tag === i2cMaster.read && status === i2cMaster.success ? 4 + (high << 8) + low : 2;
	}
	return offset === bytes.length;
}

/** @param isPoint whether bytes are a point of a curve that is known */
function unproven3(attestation: Attestation, isPoint: (value: Uint8Array) => boolean): string[] {
	const { attributes, attributeBytes, signedResponse, value } = attestation;
	const found: string[] = [];
	if (!haveFixedForm(attestation))
		found.push(
			"Applet 3.x does not prove attributes of this form, with an extension in the policy (a PCR's value) or a version",
		);
	if (attributes.origin === "external" && (value?.length ?? 0) + attributeBytes.length > longestWithoutExtension)
		found.push(
			`Applet 3.x does not prove an object from outside whose value and attributes have more than ${longestWithoutExtension} bytes together`,
		);
	if (attributes.origin === "internal" && !isEcKey(attributes.type))
		found.push(`Applet 3.x does not prove that an object of type ${typeName(attributes.type)} was made in the chip`);
	if (isEcKey(attributes.type) && value && !isPoint(value))
		found.push("Its value is not a point of P-256, P-384 or P-521");
	const signedAboutObject = signedResponse.subarray(0, (value?.length ?? 0) + attributeBytes.length);
	if (isI2cMasterAnswer(signedAboutObject))
		found.push("What was signed is also an answer of the chip's I2C master, whose bytes anyone can choose");
	return found;
}

/**
 * Why an attestation does not prove what it says, in sentences without a full stop; none when it does.
 * @param isPoint whether bytes are a point of a curve that is known
 */
export function unproven(attestation: Attestation, isPoint: (value: Uint8Array) => boolean): string[] {
	const found = attestation.form === "3.x" ? unproven3(attestation, isPoint) : [];
	return attestation.attributes.origin === "unknown" ? [...found, "It does not say where the object came from"] : found;
}
