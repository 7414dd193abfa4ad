import { INS, P1, P2, RESULT, RSA_NO_PADDING, RSA_SIGNATURE, TAG } from "../codes.js";
import { type Latency, rsaTime } from "../../bus/latency.js";
import type { RsaKeyPair } from "../objects.js";
import { RIGHT } from "../policy.js";
import { type RsaScheme, rsaPrivateOperation, rsaPublicOperation, rsaSign, rsaVerify } from "../../crypto/rsa.js";
import { SW, StatusError } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import { type Chip, type Command, type Outcome, byteString, required, uint8, unsigned } from "./command.js";
import { asRsaKey, keyFor } from "./keys.js";

function schemeOf(tlvs: Tlvs): RsaScheme {
	const scheme = RSA_SIGNATURE.get(unsigned(tlvs, TAG.tag2, 1)!);
	if (!scheme)
		throw new StatusError(SW.wrongData);
	return scheme;
}

/** RSASign: the chip makes the digest of the data itself. */
export function signWithRsa(chip: Chip, key: RsaKeyPair, tlvs: Tlvs): Outcome {
	const signature = rsaSign(key, schemeOf(tlvs), required(tlvs, TAG.tag3), chip.random.bytes);
	if (!signature)
		throw new StatusError(SW.wrongData);
	return { data: byteString(chip, TAG.tag1, signature), microseconds: rsaTime(chip.latency.rsa, key.modulus.length) };
}

/** RSAVerify, likewise. */
export function verifyWithRsa(chip: Chip, key: RsaKeyPair, tlvs: Tlvs): Outcome {
	const valid = rsaVerify(key, schemeOf(tlvs), required(tlvs, TAG.tag3), required(tlvs, TAG.tag5));
	return { data: uint8(valid ? RESULT.success : RESULT.failure), microseconds: rsaTime(chip.latency.rsaPublic, key.modulus.length) };
}

/** A command that is the bare operation with one half of a key: the host has encoded the data, or decodes the result. */
function bareOperation(name: string, p2: number, right: number, operation: typeof rsaPrivateOperation, time: keyof Latency): Command {
	return {
		name,
		ins: INS.crypto,
		p1: P1.rsa,
		p2,
		required: [TAG.tag1, TAG.tag2, TAG.tag3],
		run(chip, request) {
			const key = asRsaKey(keyFor(chip, request, right));
			if (unsigned(request.tlvs, TAG.tag2, 1) !== RSA_NO_PADDING)
				throw new StatusError(SW.conditionsNotSatisfied);
			const result = operation(key, required(request.tlvs, TAG.tag3));
			if (!result)
				throw new StatusError(SW.wrongData);
			return { data: byteString(chip, TAG.tag1, result), microseconds: rsaTime(chip.latency[time], key.modulus.length) };
		},
	};
}

export const RSA_COMMANDS: readonly Command[] = [
	bareOperation("RSAEncrypt", P2.encryptOneshot, RIGHT.encrypt, rsaPublicOperation, "rsaPublic"),
	bareOperation("RSADecrypt", P2.decryptOneshot, RIGHT.decrypt, rsaPrivateOperation, "rsa"),
];
