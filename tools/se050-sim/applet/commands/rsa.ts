// SPDX-License-Identifier: MIT
import { type Latency, rsaTime } from "../../bus/latency.js";
import { StatusError, sw } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import { type RsaScheme, rsaPrivateOperation, rsaPublicOperation, rsaSign, rsaVerify } from "../../crypto/rsa.js";
import { instructions, parameter1, parameter2, results, rsaNoPadding, rsaSignature, tags } from "../codes.js";
import type { RsaKeyPair } from "../objects.js";
import { objectRights } from "../policy.js";
import { byteString, type Chip, type Command, type Outcome, required, uint8, unsigned } from "./command.js";
import { asRsaKey, keyFor } from "./keys.js";

function schemeOf(tlvs: Tlvs): RsaScheme {
	const scheme = rsaSignature.get(unsigned(tlvs, tags.tag2, 1)!);
	if (!scheme) throw new StatusError(sw.wrongData);
	return scheme;
}

/** RSASign: the chip makes the digest of the data itself. */
export function signWithRsa(chip: Chip, key: RsaKeyPair, tlvs: Tlvs): Outcome {
	const signature = rsaSign(key, schemeOf(tlvs), required(tlvs, tags.tag3), chip.random.bytes);
	if (!signature) throw new StatusError(sw.wrongData);
	return { data: byteString(chip, tags.tag1, signature), microseconds: rsaTime(chip.latency.rsa, key.modulus.length) };
}

/** RSAVerify, likewise. */
export function verifyWithRsa(chip: Chip, key: RsaKeyPair, tlvs: Tlvs): Outcome {
	const valid = rsaVerify(key, schemeOf(tlvs), required(tlvs, tags.tag3), required(tlvs, tags.tag5));
	return {
		data: uint8(valid ? results.success : results.failure),
		microseconds: rsaTime(chip.latency.rsaPublic, key.modulus.length),
	};
}

/** A command that is the bare operation with one half of a key: the host has encoded the data, or decodes the result. */
function bareOperation(
	name: string,
	p2: number,
	right: number,
	operation: typeof rsaPrivateOperation,
	time: keyof Latency,
): Command {
	return {
		name,
		ins: instructions.crypto,
		p1: parameter1.rsa,
		p2,
		required: [tags.tag1, tags.tag2, tags.tag3],
		run(chip, request) {
			const key = asRsaKey(keyFor(chip, request, right));
			if (unsigned(request.tlvs, tags.tag2, 1) !== rsaNoPadding) throw new StatusError(sw.conditionsNotSatisfied);
			const result = operation(key, required(request.tlvs, tags.tag3));
			if (!result) throw new StatusError(sw.wrongData);
			return {
				data: byteString(chip, tags.tag1, result),
				microseconds: rsaTime(chip.latency[time], key.modulus.length),
			};
		},
	};
}

export const rsaCommands: readonly Command[] = [
	bareOperation("RSAEncrypt", parameter2.encryptOneshot, objectRights.encrypt, rsaPublicOperation, "rsaPublic"),
	bareOperation("RSADecrypt", parameter2.decryptOneshot, objectRights.decrypt, rsaPrivateOperation, "rsa"),
];
