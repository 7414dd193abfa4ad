// SPDX-License-Identifier: MIT

import { curveTime } from "../../bus/latency.js";
import { StatusWordError, sw } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import { ecdsaSign, ecdsaVerify, sharedSecret } from "../../crypto/ecdsa.js";
import { appletInstructions, appletTags, ecdsaDigest, parameter1, parameter2, resultCodes } from "../codes.js";
import { objectRights } from "../policy.js";
import { type AppletCommand, byteString, required, uint8, unsigned } from "./command.js";
import { asEcKey, asEcPublicKey, isRsaKey, keyFor } from "./keys.js";
import { signWithRsa, verifyWithRsa } from "./rsa.js";

/** The digest of an ECDSA command; 6A80 for a length that is not the algorithm's. */
function digestOf(tlvs: Tlvs): Uint8Array {
	const digest = required(tlvs, appletTags.tag3);
	if (digest.length !== ecdsaDigest.get(unsigned(tlvs, appletTags.tag2, 1)!)?.length)
		throw new StatusWordError(sw.wrongData);
	return digest;
}

/** ECDSASign and RSASign have one header: the key decides. */
const signCommand: AppletCommand = {
	ins: appletInstructions.crypto,
	p1: parameter1.signature,
	p2: parameter2.sign,
	required: [appletTags.tag1, appletTags.tag2, appletTags.tag3],
	run(chip, request) {
		const key = keyFor(chip, request, objectRights.sign);
		if (key.type === "rsa-key-pair") return signWithRsa(chip, key, request.tlvs);
		const ecKey = asEcKey(key);
		const nonce = chip.random.repeats ? undefined : chip.random.bytes;
		const signature = ecdsaSign(ecKey, digestOf(request.tlvs), nonce);
		return {
			data: byteString(chip, appletTags.tag1, signature),
			microseconds: curveTime(chip.latency.sign, ecKey.curve),
		};
	},
};

/** ECDSAVerify and RSAVerify, likewise. */
const verifyCommand: AppletCommand = {
	ins: appletInstructions.crypto,
	p1: parameter1.signature,
	p2: parameter2.verify,
	required: [appletTags.tag1, appletTags.tag2, appletTags.tag3, appletTags.tag5],
	run(chip, request) {
		const key = keyFor(chip, request, objectRights.verify);
		if (isRsaKey(key)) return verifyWithRsa(chip, key, request.tlvs);
		const { curve, publicKey } = asEcPublicKey(key);
		const valid = ecdsaVerify(curve, publicKey, digestOf(request.tlvs), required(request.tlvs, appletTags.tag5));
		return {
			data: uint8(valid ? resultCodes.success : resultCodes.failure),
			microseconds: curveTime(chip.latency.verify, curve),
		};
	},
};

/** The shared secret of a key pair and a peer's point; FIPS parts refuse (6985). */
const ecdh: AppletCommand = {
	ins: appletInstructions.crypto,
	p1: parameter1.ec,
	p2: parameter2.dh,
	required: [appletTags.tag1, appletTags.tag2],
	run(chip, request) {
		const key = asEcKey(keyFor(chip, request, objectRights.keyAgreement));
		if (chip.variant.fips) throw new StatusWordError(sw.conditionsNotSatisfied);
		const secret = sharedSecret(key, required(request.tlvs, appletTags.tag2));
		if (!secret) throw new StatusWordError(sw.wrongData);
		return {
			data: byteString(chip, appletTags.tag1, secret),
			microseconds: curveTime(chip.latency.keyAgreement, key.curve),
		};
	},
};

export const cryptoCommands: readonly AppletCommand[] = [signCommand, verifyCommand, ecdh];
