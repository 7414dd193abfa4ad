import { CURVE, INS, INS_FLAG, P1, P2, RSA_SIZES, TAG } from "../codes.js";
import { generateKeyPair } from "../ecdsa.js";
import { rsaTime } from "../latency.js";
import { RIGHT } from "../policy.js";
import { generateRsaKeyPair } from "../rsa-generation.js";
import { SW, StatusError } from "../status.js";
import { type Command, NO_DATA, unsigned } from "./command.js";
import { create, creation, writable } from "./creation.js";

/** A key that is there may be generated anew; 6985 for another type. The curve must be named for a new one. */
const generateEcKey: Command = {
	name: "WriteECKey",
	ins: INS.write,
	p1: P1.ec | P1.keyPair,
	p2: P2.default,
	flags: INS_FLAG.transient,
	required: [TAG.tag1],
	optional: [TAG.policy, TAG.tag2],
	run(chip, request) {
		const { id, existing } = writable(chip, request, RIGHT.generate);
		const curve = unsigned(request.tlvs, TAG.tag2, 1) ?? (existing && CURVE.p256);
		if (curve !== CURVE.p256 || (existing && existing.type !== "ec-key-pair"))
			throw new StatusError(SW.conditionsNotSatisfied);
		if (!chip.variant.features.ec)
			throw new StatusError(SW.conditionsNotSatisfied);
		const pair = generateKeyPair(chip.random.bytes);
		if (existing)
			chip.objects.put({ ...existing, origin: "internal", ...pair });
		else
			create(chip, { type: "ec-key-pair", id, origin: "internal", ...creation(request), ...pair });
		return { data: NO_DATA, microseconds: chip.latency.generateKey };
	},
};

/** Likewise; P2 says how the private key is kept, which stays as it was for a key that is there, as its size does. */
const generateRsaKey = (p2: number): Command => ({
	name: "WriteRSAKey",
	ins: INS.write,
	p1: P1.rsa | P1.keyPair,
	p2,
	flags: INS_FLAG.transient,
	required: [TAG.tag1],
	optional: [TAG.policy, TAG.tag2],
	run(chip, request) {
		const { id, existing } = writable(chip, request, RIGHT.generate);
		if (!chip.variant.features.rsa || (existing && existing.type !== "rsa-key-pair"))
			throw new StatusError(SW.conditionsNotSatisfied);
		const size = unsigned(request.tlvs, TAG.tag2, 2) ?? (existing && existing.modulus.length * 8);
		if (size === undefined || !RSA_SIZES.includes(size) || (existing && size !== existing.modulus.length * 8))
			throw new StatusError(SW.conditionsNotSatisfied);
		const { key, tests } = generateRsaKeyPair(size, chip.random.bytes, existing?.crt ?? p2 === P2.default);
		if (existing)
			chip.objects.put({ ...existing, origin: "internal", ...key });
		else
			create(chip, { id, origin: "internal", ...creation(request), ...key });
		return { data: NO_DATA, microseconds: chip.latency.write + rsaTime(tests * chip.latency.primeTest, size / 8) };
	},
});

export const WRITE_KEY_COMMANDS: readonly Command[] = [generateEcKey, generateRsaKey(P2.default), generateRsaKey(P2.raw)];
