import { ECDSA_DIGEST, INS, P1, P2, RESULT, TAG } from "../codes.js";
import { sharedSecret, sign, verify } from "../../crypto/ecdsa.js";
import { RIGHT } from "../policy.js";
import { SW, StatusError } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import { type Command, byteString, required, uint8, unsigned } from "./command.js";
import { asEcKey, ecPublicKey, keyFor } from "./keys.js";
import { signWithRsa, verifyWithRsa } from "./rsa.js";

/** The digest of an ECDSA command; 6A80 for a length that is not the algorithm's. */
function digestOf(tlvs: Tlvs): Uint8Array {
	const digest = required(tlvs, TAG.tag3);
	if (digest.length !== ECDSA_DIGEST.get(unsigned(tlvs, TAG.tag2, 1)!)?.length)
		throw new StatusError(SW.wrongData);
	return digest;
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

/** ECDSAVerify and RSAVerify, likewise. */
const verifyCommand: Command = {
	name: "ECDSAVerify",
	ins: INS.crypto,
	p1: P1.signature,
	p2: P2.verify,
	required: [TAG.tag1, TAG.tag2, TAG.tag3, TAG.tag5],
	run(chip, request) {
		const key = keyFor(chip, request, RIGHT.verify);
		if (key.type === "rsa-key-pair")
			return verifyWithRsa(chip, key, request.tlvs);
		const valid = verify(ecPublicKey(key), digestOf(request.tlvs), required(request.tlvs, TAG.tag5));
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

export const CRYPTO_COMMANDS: readonly Command[] = [signCommand, verifyCommand, ecdh];
