// SPDX-License-Identifier: MIT
import { rsaTime } from "../../bus/latency.js";
import { StatusWordError, sw } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import {
	type RsaPublicKey,
	type RsaScheme,
	rsaDecrypt,
	rsaEncrypt,
	rsaPrivateOperation,
	rsaPublicOperation,
	rsaSign,
	rsaVerify,
} from "../../crypto/rsa.js";
import { type Encoding, oaep, pkcs1 } from "../../crypto/rsa-encoding.js";
import {
	appletInstructions,
	appletTags,
	parameter1,
	parameter2,
	resultCodes,
	rsaEncryption,
	rsaSignature,
} from "../codes.js";
import type { RsaKeyPair } from "../objects.js";
import { objectRights } from "../policy.js";
import {
	type AppletCommand,
	byteString,
	type Computed,
	required,
	type SimulatedChip,
	uint8,
	unsigned,
} from "./command.js";
import { asRsaKey, asRsaPublicKey, keyFor } from "./keys.js";

function schemeOf(tlvs: Tlvs): RsaScheme {
	const scheme = rsaSignature.get(unsigned(tlvs, appletTags.tag2, 1)!);
	if (!scheme) throw new StatusWordError(sw.wrongData);
	return scheme;
}

/** RSASign: the chip makes the digest of the data itself. */
export function signWithRsa(chip: SimulatedChip, key: RsaKeyPair, tlvs: Tlvs): Computed {
	const signature = rsaSign(key, schemeOf(tlvs), required(tlvs, appletTags.tag3), chip.random.bytes);
	if (!signature) throw new StatusWordError(sw.wrongData);
	return {
		data: byteString(chip, appletTags.tag1, signature),
		microseconds: rsaTime(chip.latency.rsa, key.modulus.length),
	};
}

/** RSAVerify, likewise. */
export function verifyWithRsa(chip: SimulatedChip, key: RsaPublicKey, tlvs: Tlvs): Computed {
	const valid = rsaVerify(key, schemeOf(tlvs), required(tlvs, appletTags.tag3), required(tlvs, appletTags.tag5));
	return {
		data: uint8(valid ? resultCodes.success : resultCodes.failure),
		microseconds: rsaTime(chip.latency.rsaPublic, key.modulus.length),
	};
}

const encodings: ReadonlyMap<number, Encoding> = new Map([
	[rsaEncryption.pkcs1, pkcs1],
	[rsaEncryption.oaep, oaep],
]);

/** The encoding that a command names; undefined for none, the bare operation. Throws 6985 for an unknown one. */
function encodingOf(tlvs: Tlvs): Encoding | undefined {
	const algorithm = unsigned(tlvs, appletTags.tag2, 1)!;
	if (algorithm === rsaEncryption.noPadding) return undefined;
	const encoding = encodings.get(algorithm);
	if (!encoding) throw new StatusWordError(sw.conditionsNotSatisfied);
	return encoding;
}

const header = {
	ins: appletInstructions.crypto,
	p1: parameter1.rsa,
	required: [appletTags.tag1, appletTags.tag2, appletTags.tag3],
} as const;

/** The result of an operation, 6A80 without one: too long a message, or not a ciphertext of this key. */
function answer(
	chip: SimulatedChip,
	result: Uint8Array | undefined,
	time: number,
	{ modulus }: RsaPublicKey,
): Computed {
	if (!result) throw new StatusWordError(sw.wrongData);
	return { data: byteString(chip, appletTags.tag1, result), microseconds: rsaTime(time, modulus.length) };
}

const encrypt: AppletCommand = {
	...header,
	p2: parameter2.encryptOneshot,
	run(chip, request) {
		const key = asRsaPublicKey(keyFor(chip, request, objectRights.encrypt));
		const [encoding, data] = [encodingOf(request.tlvs), required(request.tlvs, appletTags.tag3)];
		const result = encoding ? rsaEncrypt(key, encoding, data, chip.random.bytes) : rsaPublicOperation(key, data);
		return answer(chip, result, chip.latency.rsaPublic, key);
	},
};

const decrypt: AppletCommand = {
	...header,
	p2: parameter2.decryptOneshot,
	run(chip, request) {
		const key = asRsaKey(keyFor(chip, request, objectRights.decrypt));
		const [encoding, data] = [encodingOf(request.tlvs), required(request.tlvs, appletTags.tag3)];
		const result = encoding ? rsaDecrypt(key, encoding, data) : rsaPrivateOperation(key, data);
		return answer(chip, result, chip.latency.rsa, key);
	},
};

export const rsaCommands: readonly AppletCommand[] = [encrypt, decrypt];
