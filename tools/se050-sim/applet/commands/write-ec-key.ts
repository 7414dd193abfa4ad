// SPDX-License-Identifier: MIT
import { equal } from "../../../lib/bytes.js";
import { curveTime } from "../../bus/latency.js";
import { StatusError, sw } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import { type CurveName, curveById } from "../../crypto/curves.js";
import { type EcKey, generateEcKey, isPoint, keyPair } from "../../crypto/ecdsa.js";
import { insFlag, instructions, parameter1, parameter2, tags } from "../codes.js";
import type { SecureObject } from "../objects.js";
import { objectRights } from "../policy.js";
import { type Chip, type Command, noData, type Request, required, unsigned } from "./command.js";
import { store, type Target, writable } from "./creation.js";
import { isCurveSet } from "./curve.js";

/** The curve of a key that is written: it must be named for a new one. Throws 6985 for one without parameters, another than the key's, and where the object has another type. */
function curveOf(chip: Chip, { tlvs }: Request, { existing }: Target, type: SecureObject["type"]): CurveName {
	const id = unsigned(tlvs, tags.tag2, 1);
	const ofExisting = existing && "curve" in existing ? existing.curve : undefined;
	const curve = id === undefined ? ofExisting : curveById(id)?.name;
	const fits = !existing || (existing.type === type && curve === ofExisting);
	if (!curve || !fits || !isCurveSet(chip, curve)) throw new StatusError(sw.conditionsNotSatisfied);
	return curve;
}

/** The key pair that a command brings; undefined where it brings none. Throws 6985 for half of one, 6A80 for none. */
function importedPair(tlvs: Tlvs, curve: CurveName): EcKey | undefined {
	const [privateKey, publicKey] = [tlvs.get(tags.tag3), tlvs.get(tags.tag4)];
	if (!privateKey && !publicKey) return undefined;
	if (!privateKey || !publicKey) throw new StatusError(sw.conditionsNotSatisfied);
	const pair = keyPair(curve, privateKey);
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
		const isImport = request.tlvs.has(tags.tag3) || request.tlvs.has(tags.tag4);
		const target = writable(chip, request, isImport ? objectRights.write : objectRights.generate);
		const curve = curveOf(chip, request, target, "ec-key-pair");
		const imported = importedPair(request.tlvs, curve);
		const pair = imported ?? generateEcKey(curve, chip.random.bytes);
		store(chip, request, target, { type: "ec-key-pair", origin: imported ? "external" : "internal", ...pair });
		return {
			data: noData,
			microseconds: imported ? chip.latency.write : curveTime(chip.latency.generateKey, curve),
		};
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
		const curve = curveOf(chip, request, target, "ec-public-key");
		const publicKey = required(request.tlvs, tags.tag4);
		if (!isPoint(curve, publicKey)) throw new StatusError(sw.wrongData);
		store(chip, request, target, { type: "ec-public-key", origin: "external", curve, publicKey });
		return { data: noData, microseconds: chip.latency.write };
	},
};

export const writeEcKeyCommands: readonly Command[] = [writeEcKeyPair, writeEcPublicKey];
