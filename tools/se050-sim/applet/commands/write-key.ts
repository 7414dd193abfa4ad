// SPDX-License-Identifier: MIT
import { equal } from "../../../lib/bytes.js";
import { rsaTime } from "../../bus/latency.js";
import { StatusError, sw } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import { generateKeyPair, isPoint, type KeyPair, keyPair } from "../../crypto/ecdsa.js";
import { generateRsaKeyPair } from "../../crypto/rsa-generation.js";
import { curves, insFlag, instructions, parameter1, parameter2, rsaSizes, tags } from "../codes.js";
import type { SecureObject } from "../objects.js";
import { objectRights } from "../policy.js";
import { type Chip, type Command, noData, type Request, required, unsigned } from "./command.js";
import { store, type Target, writable } from "./creation.js";

/** The curve of a key that is written: it must be named for a new one. Throws 6985 for another, and where the object has another type. */
function checkCurve(chip: Chip, { tlvs }: Request, { existing }: Target, type: SecureObject["type"]): void {
	const curve = unsigned(tlvs, tags.tag2, 1) ?? (existing && curves.p256);
	if (curve !== curves.p256 || (existing && existing.type !== type) || !chip.variant.features.ec)
		throw new StatusError(sw.conditionsNotSatisfied);
}

/** The key pair that a command brings; undefined where it brings none. Throws 6985 for half of one, 6A80 for none. */
function importedPair(tlvs: Tlvs): KeyPair | undefined {
	const [privateKey, publicKey] = [tlvs.get(tags.tag3), tlvs.get(tags.tag4)];
	if (!privateKey && !publicKey) return undefined;
	if (!privateKey || !publicKey) throw new StatusError(sw.conditionsNotSatisfied);
	const pair = privateKey.length === 32 ? keyPair(privateKey) : undefined;
	if (!pair || !equal(pair.publicKey, publicKey)) throw new StatusError(sw.wrongData);
	return pair;
}

/** Brings a key pair, or has one generated. What is there may be replaced by one of its type. */
const writeEcKeyPair: Command = {
	name: "WriteECKey",
	ins: instructions.write,
	p1: parameter1.ec | parameter1.keyPair,
	p2: parameter2.default,
	flags: insFlag.transient,
	required: [tags.tag1],
	optional: [tags.policy, tags.tag2, tags.tag3, tags.tag4, tags.version],
	run(chip, request) {
		const imported = importedPair(request.tlvs);
		const target = writable(chip, request, imported ? objectRights.write : objectRights.generate);
		checkCurve(chip, request, target, "ec-key-pair");
		const pair = imported ?? generateKeyPair(chip.random.bytes);
		store(chip, request, target, { type: "ec-key-pair", origin: imported ? "external" : "internal", ...pair });
		return { data: noData, microseconds: imported ? chip.latency.write : chip.latency.generateKey };
	},
};

const writeEcPublicKey: Command = {
	name: "WriteECKey",
	ins: instructions.write,
	p1: parameter1.ec | parameter1.publicKey,
	p2: parameter2.default,
	flags: insFlag.transient,
	required: [tags.tag1, tags.tag4],
	optional: [tags.policy, tags.tag2, tags.version],
	run(chip, request) {
		const target = writable(chip, request, objectRights.write);
		checkCurve(chip, request, target, "ec-public-key");
		const publicKey = required(request.tlvs, tags.tag4);
		if (!isPoint(publicKey)) throw new StatusError(sw.wrongData);
		store(chip, request, target, { type: "ec-public-key", origin: "external", publicKey });
		return { data: noData, microseconds: chip.latency.write };
	},
};

/** Has an RSA key generated, anew where there is one. P2 says how the private key is kept, which stays as it was for a key that is there, as its size does. */
const generateRsaKey = (p2: number): Command => ({
	name: "WriteRSAKey",
	ins: instructions.write,
	p1: parameter1.rsa | parameter1.keyPair,
	p2,
	flags: insFlag.transient,
	required: [tags.tag1],
	optional: [tags.policy, tags.tag2, tags.version],
	run(chip, request) {
		const target = writable(chip, request, objectRights.generate);
		const { existing } = target;
		if (!chip.variant.features.rsa || (existing && existing.type !== "rsa-key-pair"))
			throw new StatusError(sw.conditionsNotSatisfied);
		const size = unsigned(request.tlvs, tags.tag2, 2) ?? (existing && existing.modulus.length * 8);
		if (size === undefined || !rsaSizes.includes(size) || (existing && size !== existing.modulus.length * 8))
			throw new StatusError(sw.conditionsNotSatisfied);
		const { key, tests } = generateRsaKeyPair(size, chip.random.bytes, existing?.crt ?? p2 === parameter2.default);
		store(chip, request, target, { origin: "internal", ...key });
		return { data: noData, microseconds: chip.latency.write + rsaTime(tests * chip.latency.primeTest, size / 8) };
	},
});

export const writeKeyCommands: readonly Command[] = [
	writeEcKeyPair,
	writeEcPublicKey,
	generateRsaKey(parameter2.default),
	generateRsaKey(parameter2.raw),
];
