// SPDX-License-Identifier: MIT

import { curveTime } from "../../bus/latency.js";
import { StatusError, sw } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import { ecdsaSign, ecdsaVerify, sharedSecret } from "../../crypto/ecdsa.js";
import { ecdsaDigest, instructions, parameter1, parameter2, results, tags } from "../codes.js";
import { objectRights } from "../policy.js";
import { byteString, type Command, required, uint8, unsigned } from "./command.js";
import { asEcKey, asEcPublicKey, isRsaKey, keyFor } from "./keys.js";
import { signWithRsa, verifyWithRsa } from "./rsa.js";

/** The digest of an ECDSA command; 6A80 for a length that is not the algorithm's. */
function digestOf(tlvs: Tlvs): Uint8Array {
	const digest = required(tlvs, tags.tag3);
	if (digest.length !== ecdsaDigest.get(unsigned(tlvs, tags.tag2, 1)!)?.length) throw new StatusError(sw.wrongData);
	return digest;
}

/** ECDSASign and RSASign have one header: the key decides. */
const signCommand: Command = {
	name: "ECDSASign",
	ins: instructions.crypto,
	p1: parameter1.signature,
	p2: parameter2.sign,
	required: [tags.tag1, tags.tag2, tags.tag3],
	run(chip, request) {
		const key = keyFor(chip, request, objectRights.sign);
		if (key.type === "rsa-key-pair") return signWithRsa(chip, key, request.tlvs);
		const ecKey = asEcKey(key);
		const nonce = chip.random.repeats ? undefined : chip.random.bytes;
		const signature = ecdsaSign(ecKey, digestOf(request.tlvs), nonce);
		return { data: byteString(chip, tags.tag1, signature), microseconds: curveTime(chip.latency.sign, ecKey.curve) };
	},
};

/** ECDSAVerify and RSAVerify, likewise. */
const verifyCommand: Command = {
	name: "ECDSAVerify",
	ins: instructions.crypto,
	p1: parameter1.signature,
	p2: parameter2.verify,
	required: [tags.tag1, tags.tag2, tags.tag3, tags.tag5],
	run(chip, request) {
		const key = keyFor(chip, request, objectRights.verify);
		if (isRsaKey(key)) return verifyWithRsa(chip, key, request.tlvs);
		const { curve, publicKey } = asEcPublicKey(key);
		const valid = ecdsaVerify(curve, publicKey, digestOf(request.tlvs), required(request.tlvs, tags.tag5));
		return {
			data: uint8(valid ? results.success : results.failure),
			microseconds: curveTime(chip.latency.verify, curve),
		};
	},
};

/** The shared secret of a key pair and a peer's point; FIPS parts refuse (6985). */
const ecdh: Command = {
	name: "ECDHGenerateSharedSecret",
	ins: instructions.crypto,
	p1: parameter1.ec,
	p2: parameter2.dh,
	required: [tags.tag1, tags.tag2],
	run(chip, request) {
		const key = asEcKey(keyFor(chip, request, objectRights.keyAgreement));
		if (chip.variant.fips) throw new StatusError(sw.conditionsNotSatisfied);
		const secret = sharedSecret(key, required(request.tlvs, tags.tag2));
		if (!secret) throw new StatusError(sw.wrongData);
		return { data: byteString(chip, tags.tag1, secret), microseconds: curveTime(chip.latency.keyAgreement, key.curve) };
	},
};

export const cryptoCommands: readonly Command[] = [signCommand, verifyCommand, ecdh];
