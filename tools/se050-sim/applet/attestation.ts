// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { concat, fromUnsigned } from "../../lib/bytes.js";
import { curveTime, rsaTime } from "../bus/latency.js";
import type { CommandApdu } from "../card/apdu.js";
import { StatusWordError, sw } from "../card/status.js";
import { ecdsaSign } from "../crypto/ecdsa.js";
import { rsaSign } from "../crypto/rsa.js";
import { attributesOf, sizeOf } from "./attributes.js";
import { appletTags, ecdsaDigest, objectIds, rsaSignature } from "./codes.js";
import {
	type AppletRequest,
	byteString,
	type Computed,
	required,
	type SimulatedChip,
	timestamp,
	unsigned,
} from "./commands/command.js";
import { asEcKey } from "./commands/keys.js";
import type { SecureObject } from "./objects.js";
import { checkRight, objectRights } from "./policy.js";

/**
 * Reads by attestation: the answer says where an object comes from, and a key of the chip signs that. Applets 3.x sign
 * the concatenated values of the answer (NXP's `Se05x_API_ReadObject_W_Attst`); applets 7.x the SHA-256 digest of the
 * command up to its data, and the answer's TLVs (NXP's `nxECKey_VerifyAttestation`).
 */

/** Tags that attestation needs: the key that signs, its algorithm, and 16 bytes that the host has chosen. */
export const attestationTags = [appletTags.tag5, appletTags.tag6, appletTags.tag7] as const;

const freshnessLength = 16;

interface Part {
	tag: number;
	value: Uint8Array;
}

/** An attested answer about an object. @param value what was read of it; absent where only its attributes are attested */
export function attestedAnswer(
	chip: SimulatedChip,
	request: AppletRequest,
	object: SecureObject,
	value: Uint8Array | undefined,
): Computed {
	const freshness = required(request.tlvs, appletTags.tag7);
	if (freshness.length !== freshnessLength) throw new StatusWordError(sw.wrongData);
	const modern = chip.variant.version[0]! >= 7;
	const parts = [
		...(value ? [{ tag: appletTags.tag1, value }] : []),
		...(modern ? modernParts(chip, object) : firstParts(chip, object, freshness)),
	];
	const encoded = concat(...parts.map(({ tag, value }) => byteString(chip, tag, value)));
	const message = modern ? concat(commandDigest(request.apdu), encoded) : concat(...parts.map(part => part.value));
	const { data: signature, microseconds } = signAttestation(chip, request, message);
	const data = concat(encoded, byteString(chip, modern ? appletTags.signature : appletTags.tag6, signature));
	if (data.length > chip.variant.commandBuffer) throw new StatusWordError(sw.conditionsNotSatisfied);
	return { data, microseconds: microseconds + chip.latency.attest };
}

function uniqueId({ objects }: SimulatedChip): Uint8Array {
	const object = objects.find(objectIds.uniqueId);
	return object?.type === "binary" ? object.data : new Uint8Array(0);
}

/** Of applets 3.x. */
const firstParts = (chip: SimulatedChip, object: SecureObject, freshness: Uint8Array): Part[] => [
	{ tag: appletTags.tag2, value: attributesOf(object, chip.variant) },
	{ tag: appletTags.tag3, value: timestamp(chip) },
	{ tag: appletTags.tag4, value: freshness },
	{ tag: appletTags.tag5, value: uniqueId(chip) },
];

/** Of applets 7.x, whose signature covers the host's freshness with the command. */
const modernParts = (chip: SimulatedChip, object: SecureObject): Part[] => [
	{ tag: appletTags.tag2, value: uniqueId(chip) },
	{ tag: appletTags.tag3, value: attributesOf(object, chip.variant) },
	{ tag: appletTags.tag4, value: fromUnsigned(sizeOf(object), 2) },
	{ tag: appletTags.timestamp, value: timestamp(chip) },
];

/** SHA-256 of header, Lc and data, the length in the form that the host gave it. */
function commandDigest({ cla, ins, p1, p2, data, extended }: CommandApdu): Uint8Array {
	const length = extended ? concat(Uint8Array.of(0), fromUnsigned(data.length, 2)) : Uint8Array.of(data.length);
	return new Uint8Array(
		createHash("sha256")
			.update(concat(Uint8Array.of(cla, ins, p1, p2), length, data))
			.digest(),
	);
}

/** The signature of a message by the key that the command names, and the time that it takes. */
function signAttestation(chip: SimulatedChip, { tlvs, requester }: AppletRequest, message: Uint8Array): Computed {
	const key = chip.objects.get(required(tlvs, appletTags.tag5));
	const algorithm = unsigned(tlvs, appletTags.tag6, 1)!;
	checkRight(key, objectRights.attest, requester);
	if (key.type === "rsa-key-pair") {
		const signature = known(rsaSign(key, known(rsaSignature.get(algorithm)), message, chip.random.bytes));
		return { data: signature, microseconds: rsaTime(chip.latency.rsa, key.modulus.length) };
	}
	const ecKey = asEcKey(key);
	const hash = createHash(known(ecdsaDigest.get(algorithm)).digest)
		.update(message)
		.digest();
	const nonce = chip.random.repeats ? undefined : chip.random.bytes;
	return {
		data: ecdsaSign(ecKey, new Uint8Array(hash), nonce),
		microseconds: curveTime(chip.latency.sign, ecKey.curve),
	};
}

function known<T>(value: T | undefined): T {
	if (value === undefined) throw new StatusWordError(sw.wrongData);
	return value;
}
