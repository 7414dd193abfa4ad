import { ECDSA_DIGEST_LENGTH, INS, P1, P2, RESULT, TAG } from "../codes.js";
import { sign, verify } from "../ecdsa.js";
import type { EcKeyPair } from "../objects.js";
import { SW, StatusError } from "../status.js";
import type { Tlvs } from "../tlv.js";
import { type Chip, type Command, byteString, required, uint8, unsigned } from "./command.js";

/** The key pair and the digest of a signature command; 6985 for another object, 6A80 for a length that is not the algorithm's. */
function keyAndDigest(chip: Chip, tlvs: Tlvs): { key: EcKeyPair; digest: Uint8Array } {
	const key = chip.objects.get(required(tlvs, TAG.tag1));
	if (key.type !== "ec-key-pair")
		throw new StatusError(SW.conditionsNotSatisfied);
	const digest = required(tlvs, TAG.tag3);
	if (digest.length !== ECDSA_DIGEST_LENGTH.get(unsigned(tlvs, TAG.tag2, 1)!))
		throw new StatusError(SW.wrongData);
	return { key, digest };
}

const ecdsaSign: Command = {
	name: "ECDSASign",
	ins: INS.crypto,
	p1: P1.signature,
	p2: P2.sign,
	required: [TAG.tag1, TAG.tag2, TAG.tag3],
	run(chip, { tlvs }) {
		const { key, digest } = keyAndDigest(chip, tlvs);
		const signature = sign(key.privateKey, digest, !chip.random.repeats);
		return { data: byteString(chip, TAG.tag1, signature), microseconds: chip.latency.sign };
	},
};

const ecdsaVerify: Command = {
	name: "ECDSAVerify",
	ins: INS.crypto,
	p1: P1.signature,
	p2: P2.verify,
	required: [TAG.tag1, TAG.tag2, TAG.tag3, TAG.tag5],
	run(chip, { tlvs }) {
		const { key, digest } = keyAndDigest(chip, tlvs);
		const valid = verify(key.publicKey, digest, required(tlvs, TAG.tag5));
		return { data: uint8(valid ? RESULT.success : RESULT.failure), microseconds: chip.latency.verify };
	},
};

export const CRYPTO_COMMANDS: readonly Command[] = [ecdsaSign, ecdsaVerify];
