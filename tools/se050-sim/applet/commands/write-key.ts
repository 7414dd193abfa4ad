import { equal } from "../../../lib/bytes.js";
import { CURVE, INS, INS_FLAG, P1, P2, RSA_SIZES, TAG } from "../codes.js";
import { type KeyPair, generateKeyPair, isPoint, keyPair } from "../../crypto/ecdsa.js";
import { rsaTime } from "../../bus/latency.js";
import type { SecureObject } from "../objects.js";
import { RIGHT } from "../policy.js";
import { generateRsaKeyPair } from "../../crypto/rsa-generation.js";
import { SW, StatusError } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import { type Chip, type Command, NO_DATA, type Request, required, unsigned } from "./command.js";
import { type Target, store, writable } from "./creation.js";

/** The curve of a key that is written: it must be named for a new one. Throws 6985 for another, and where the object has another type. */
function checkCurve(chip: Chip, { tlvs }: Request, { existing }: Target, type: SecureObject["type"]): void {
	const curve = unsigned(tlvs, TAG.tag2, 1) ?? (existing && CURVE.p256);
	if (curve !== CURVE.p256 || (existing && existing.type !== type) || !chip.variant.features.ec)
		throw new StatusError(SW.conditionsNotSatisfied);
}

/** The key pair that a command brings; undefined where it brings none. Throws 6985 for half of one, 6A80 for none. */
function importedPair(tlvs: Tlvs): KeyPair | undefined {
	const [privateKey, publicKey] = [tlvs.get(TAG.tag3), tlvs.get(TAG.tag4)];
	if (!privateKey && !publicKey)
		return undefined;
	if (!privateKey || !publicKey)
		throw new StatusError(SW.conditionsNotSatisfied);
	const pair = privateKey.length === 32 ? keyPair(privateKey) : undefined;
	if (!pair || !equal(pair.publicKey, publicKey))
		throw new StatusError(SW.wrongData);
	return pair;
}

/** Brings a key pair, or has one generated. What is there may be replaced by one of its type. */
const writeEcKeyPair: Command = {
	name: "WriteECKey",
	ins: INS.write,
	p1: P1.ec | P1.keyPair,
	p2: P2.default,
	flags: INS_FLAG.transient,
	required: [TAG.tag1],
	optional: [TAG.policy, TAG.tag2, TAG.tag3, TAG.tag4, TAG.version],
	run(chip, request) {
		const imported = importedPair(request.tlvs);
		const target = writable(chip, request, imported ? RIGHT.write : RIGHT.generate);
		checkCurve(chip, request, target, "ec-key-pair");
		const pair = imported ?? generateKeyPair(chip.random.bytes);
		store(chip, request, target, { type: "ec-key-pair", origin: imported ? "external" : "internal", ...pair });
		return { data: NO_DATA, microseconds: imported ? chip.latency.write : chip.latency.generateKey };
	},
};

const writeEcPublicKey: Command = {
	name: "WriteECKey",
	ins: INS.write,
	p1: P1.ec | P1.publicKey,
	p2: P2.default,
	flags: INS_FLAG.transient,
	required: [TAG.tag1, TAG.tag4],
	optional: [TAG.policy, TAG.tag2, TAG.version],
	run(chip, request) {
		const target = writable(chip, request, RIGHT.write);
		checkCurve(chip, request, target, "ec-public-key");
		const publicKey = required(request.tlvs, TAG.tag4);
		if (!isPoint(publicKey))
			throw new StatusError(SW.wrongData);
		store(chip, request, target, { type: "ec-public-key", origin: "external", publicKey });
		return { data: NO_DATA, microseconds: chip.latency.write };
	},
};

/** Has an RSA key generated, anew where there is one. P2 says how the private key is kept, which stays as it was for a key that is there, as its size does. */
const generateRsaKey = (p2: number): Command => ({
	name: "WriteRSAKey",
	ins: INS.write,
	p1: P1.rsa | P1.keyPair,
	p2,
	flags: INS_FLAG.transient,
	required: [TAG.tag1],
	optional: [TAG.policy, TAG.tag2, TAG.version],
	run(chip, request) {
		const target = writable(chip, request, RIGHT.generate);
		const { existing } = target;
		if (!chip.variant.features.rsa || (existing && existing.type !== "rsa-key-pair"))
			throw new StatusError(SW.conditionsNotSatisfied);
		const size = unsigned(request.tlvs, TAG.tag2, 2) ?? (existing && existing.modulus.length * 8);
		if (size === undefined || !RSA_SIZES.includes(size) || (existing && size !== existing.modulus.length * 8))
			throw new StatusError(SW.conditionsNotSatisfied);
		const { key, tests } = generateRsaKeyPair(size, chip.random.bytes, existing?.crt ?? p2 === P2.default);
		store(chip, request, target, { origin: "internal", ...key });
		return { data: NO_DATA, microseconds: chip.latency.write + rsaTime(tests * chip.latency.primeTest, size / 8) };
	},
});

export const WRITE_KEY_COMMANDS: readonly Command[] = [writeEcKeyPair, writeEcPublicKey, generateRsaKey(P2.default), generateRsaKey(P2.raw)];
