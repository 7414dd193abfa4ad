import { ECDSA_DIGEST_LENGTH, INS, P1, P2, RESULT, RSA_NO_PADDING, RSA_SIGNATURE, TAG } from "../codes.js";
import { sharedSecret, sign, verify } from "../ecdsa.js";
import type { EcKeyPair, RsaKeyPair, SecureObject } from "../objects.js";
import { RIGHT, checkRight } from "../policy.js";
import { rsaPrivateOperation, rsaSign } from "../rsa.js";
import { SW, StatusError } from "../status.js";
import type { Tlvs } from "../tlv.js";
import { type Chip, type Command, type Outcome, type Request, byteString, required, uint8, unsigned } from "./command.js";

/** The object that a command names, for a use that its policy must allow. */
function keyFor(chip: Chip, { tlvs, requester }: Request, right: number): SecureObject {
	const key = chip.objects.get(required(tlvs, TAG.tag1));
	checkRight(key, right, requester);
	return key;
}

function asEcKey(key: SecureObject): EcKeyPair {
	if (key.type !== "ec-key-pair")
		throw new StatusError(SW.conditionsNotSatisfied);
	return key;
}

function asRsaKey(key: SecureObject): RsaKeyPair {
	if (key.type !== "rsa-key-pair")
		throw new StatusError(SW.conditionsNotSatisfied);
	return key;
}

/** The digest of an ECDSA command; 6A80 for a length that is not the algorithm's. */
function digestOf(tlvs: Tlvs): Uint8Array {
	const digest = required(tlvs, TAG.tag3);
	if (digest.length !== ECDSA_DIGEST_LENGTH.get(unsigned(tlvs, TAG.tag2, 1)!))
		throw new StatusError(SW.wrongData);
	return digest;
}

/** RSASign: the chip makes the digest of the data itself. */
function signWithRsa(chip: Chip, key: RsaKeyPair, tlvs: Tlvs): Outcome {
	const algorithm = RSA_SIGNATURE.get(unsigned(tlvs, TAG.tag2, 1)!);
	if (!algorithm)
		throw new StatusError(SW.wrongData);
	const signature = rsaSign(key, algorithm.digest, algorithm.padding, required(tlvs, TAG.tag3));
	return { data: byteString(chip, TAG.tag1, signature), microseconds: chip.latency.rsa };
}

/** ECDSASign and RSASign have one header: the key decides. */
const signCommand: Command = {
	name: "ECDSASign",
	ins: INS.crypto,
	p1: P1.signature,
	p2: P2.sign,
	required: [TAG.tag1, TAG.tag2, TAG.tag3],
	run(chip, request) {
		const key = keyFor(chip, request, RIGHT.sign);
		if (key.type === "rsa-key-pair")
			return signWithRsa(chip, key, request.tlvs);
		const signature = sign(asEcKey(key).privateKey, digestOf(request.tlvs), !chip.random.repeats);
		return { data: byteString(chip, TAG.tag1, signature), microseconds: chip.latency.sign };
	},
};

const ecdsaVerify: Command = {
	name: "ECDSAVerify",
	ins: INS.crypto,
	p1: P1.signature,
	p2: P2.verify,
	required: [TAG.tag1, TAG.tag2, TAG.tag3, TAG.tag5],
	run(chip, request) {
		const key = asEcKey(keyFor(chip, request, RIGHT.verify));
		const valid = verify(key.publicKey, digestOf(request.tlvs), required(request.tlvs, TAG.tag5));
		return { data: uint8(valid ? RESULT.success : RESULT.failure), microseconds: chip.latency.verify };
	},
};

/** The shared secret of a key pair and a peer's point; FIPS parts refuse (6985). */
const ecdh: Command = {
	name: "ECDHGenerateSharedSecret",
	ins: INS.crypto,
	p1: P1.ec,
	p2: P2.dh,
	required: [TAG.tag1, TAG.tag2],
	run(chip, request) {
		const key = asEcKey(keyFor(chip, request, RIGHT.keyAgreement));
		if (chip.variant.fips)
			throw new StatusError(SW.conditionsNotSatisfied);
		const secret = sharedSecret(key.privateKey, required(request.tlvs, TAG.tag2));
		if (!secret)
			throw new StatusError(SW.wrongData);
		return { data: byteString(chip, TAG.tag1, secret), microseconds: chip.latency.keyAgreement };
	},
};

/** RSADecrypt without padding: the bare private operation, which signs what a host has encoded. */
const rsaDecrypt: Command = {
	name: "RSADecrypt",
	ins: INS.crypto,
	p1: P1.rsa,
	p2: P2.decryptOneshot,
	required: [TAG.tag1, TAG.tag2, TAG.tag3],
	run(chip, request) {
		const key = asRsaKey(keyFor(chip, request, RIGHT.decrypt));
		if (unsigned(request.tlvs, TAG.tag2, 1) !== RSA_NO_PADDING)
			throw new StatusError(SW.conditionsNotSatisfied);
		const result = rsaPrivateOperation(key, required(request.tlvs, TAG.tag3));
		if (!result)
			throw new StatusError(SW.wrongData);
		return { data: byteString(chip, TAG.tag1, result), microseconds: chip.latency.rsa };
	},
};

export const CRYPTO_COMMANDS: readonly Command[] = [signCommand, ecdsaVerify, ecdh, rsaDecrypt];
