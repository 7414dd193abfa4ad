// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { concat, fromUnsigned } from "../../lib/bytes.js";
import { curveTime, rsaTime } from "../bus/latency.js";
import type { CommandApdu } from "../card/apdu.js";
import { StatusError, sw } from "../card/status.js";
import { ecdsaSign } from "../crypto/ecdsa.js";
import { rsaSign } from "../crypto/rsa.js";
import { attributesOf, sizeOf } from "./attributes.js";
import { ecdsaDigest, objectId, rsaSignature, tags } from "./codes.js";
import {
	byteString,
	type Chip,
	type Outcome,
	type Request,
	required,
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
export const attestationTags = [tags.tag5, tags.tag6, tags.tag7] as const;

const freshnessLength = 16;

interface Part {
	tag: number;
	value: Uint8Array;
}

/** An attested answer about an object. @param value what was read of it; absent where only its attributes are told */
export function attest(chip: Chip, request: Request, object: SecureObject, value: Uint8Array | undefined): Outcome {
	const freshness = required(request.tlvs, tags.tag7);
	if (freshness.length !== freshnessLength) throw new StatusError(sw.wrongData);
	const modern = chip.variant.version[0]! >= 7;
	const parts = [
		...(value ? [{ tag: tags.tag1, value }] : []),
		...(modern ? modernParts(chip, object) : firstParts(chip, object, freshness)),
	];
	const encoded = concat(...parts.map(({ tag, value }) => byteString(chip, tag, value)));
	const message = modern ? concat(commandDigest(request.apdu), encoded) : concat(...parts.map(part => part.value));
	const { data: signature, microseconds } = signAttestation(chip, request, message);
	const data = concat(encoded, byteString(chip, modern ? tags.signature : tags.tag6, signature));
	if (data.length > chip.variant.commandBuffer) throw new StatusError(sw.conditionsNotSatisfied);
	return { data, microseconds: microseconds + chip.latency.attest };
}

function uniqueId({ objects }: Chip): Uint8Array {
	const object = objects.find(objectId.uniqueId);
	return object?.type === "binary" ? object.data : new Uint8Array(0);
}

/** Of applets 3.x. */
const firstParts = (chip: Chip, object: SecureObject, freshness: Uint8Array): Part[] => [
	{ tag: tags.tag2, value: attributesOf(object, chip.variant) },
	{ tag: tags.tag3, value: timestamp(chip) },
	{ tag: tags.tag4, value: freshness },
	{ tag: tags.tag5, value: uniqueId(chip) },
];

/** Of applets 7.x, whose signature covers the host's freshness with the command. */
const modernParts = (chip: Chip, object: SecureObject): Part[] => [
	{ tag: tags.tag2, value: uniqueId(chip) },
	{ tag: tags.tag3, value: attributesOf(object, chip.variant) },
	{ tag: tags.tag4, value: fromUnsigned(sizeOf(object), 2) },
	{ tag: tags.timestamp, value: timestamp(chip) },
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
function signAttestation(chip: Chip, { tlvs, requester }: Request, message: Uint8Array): Outcome {
	const key = chip.objects.get(required(tlvs, tags.tag5));
	const algorithm = unsigned(tlvs, tags.tag6, 1)!;
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
	if (value === undefined) throw new StatusError(sw.wrongData);
	return value;
}
