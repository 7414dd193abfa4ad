// SPDX-License-Identifier: MIT
import { equal } from "../../../lib/bytes.js";
import { curveTime } from "../../bus/latency.js";
import { StatusWordError, sw } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import { curveById, type NamedCurve } from "../../crypto/curves.js";
import { type EcKey, ecKeyOf, generateEcKey, isPoint } from "../../crypto/ecdsa.js";
import { appletInstructions, appletTags, insFlag, parameter1, parameter2 } from "../codes.js";
import type { SecureObject } from "../objects.js";
import { objectRights } from "../policy.js";
import { type AppletCommand, type AppletRequest, noData, required, type SimulatedChip, unsigned } from "./command.js";
import { store, type WriteTarget, writable } from "./creation.js";
import { isCurveSet } from "./curve.js";

/** The curve of a key that is written: it must be named for a new one. Throws 6985 for one without parameters, another than the key's, and where the object has another type. */
function curveOf(
	chip: SimulatedChip,
	{ tlvs }: AppletRequest,
	{ existing }: WriteTarget,
	type: SecureObject["type"],
): NamedCurve {
	const id = unsigned(tlvs, appletTags.tag2, 1);
	const ofExisting = existing && "curve" in existing ? existing.curve : undefined;
	const curve = id === undefined ? ofExisting : curveById(id)?.name;
	const fits = !existing || (existing.type === type && curve === ofExisting);
	if (!curve || !fits || !isCurveSet(chip, curve)) throw new StatusWordError(sw.conditionsNotSatisfied);
	return curve;
}

/** The key pair that a command brings; undefined where it brings none. Throws 6985 for half of one, 6A80 for none. */
function importedPair(tlvs: Tlvs, curve: NamedCurve): EcKey | undefined {
	const [privateKey, publicKey] = [tlvs.get(appletTags.tag3), tlvs.get(appletTags.tag4)];
	if (!privateKey && !publicKey) return undefined;
	if (!privateKey || !publicKey) throw new StatusWordError(sw.conditionsNotSatisfied);
	const pair = ecKeyOf(curve, privateKey);
	if (!pair || !equal(pair.publicKey, publicKey)) throw new StatusWordError(sw.wrongData);
	return pair;
}

/** Brings a key pair, or has one generated. What is there may be replaced by one of its type. */
const writeEcKeyPair: AppletCommand = {
	ins: appletInstructions.write,
	p1: parameter1.ec | parameter1.keyPair,
	p2: parameter2.default,
	flags: insFlag.transient,
	required: [appletTags.tag1],
	optional: [appletTags.policy, appletTags.tag2, appletTags.tag3, appletTags.tag4, appletTags.version],
	run(chip, request) {
		const isImport = request.tlvs.has(appletTags.tag3) || request.tlvs.has(appletTags.tag4);
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

const writeEcPrivateKey: AppletCommand = {
	ins: appletInstructions.write,
	p1: parameter1.ec | parameter1.privateKey,
	p2: parameter2.default,
	flags: insFlag.transient,
	required: [appletTags.tag1, appletTags.tag3],
	optional: [appletTags.policy, appletTags.tag2, appletTags.version],
	run(chip, request) {
		const target = writable(chip, request, objectRights.write);
		const curve = curveOf(chip, request, target, "ec-private-key");
		const privateKey = required(request.tlvs, appletTags.tag3);
		if (!ecKeyOf(curve, privateKey)) throw new StatusWordError(sw.wrongData);
		store(chip, request, target, { type: "ec-private-key", origin: "external", curve, privateKey });
		return { data: noData, microseconds: chip.latency.write };
	},
};

const writeEcPublicKey: AppletCommand = {
	ins: appletInstructions.write,
	p1: parameter1.ec | parameter1.publicKey,
	p2: parameter2.default,
	flags: insFlag.transient,
	required: [appletTags.tag1, appletTags.tag4],
	optional: [appletTags.policy, appletTags.tag2, appletTags.version],
	run(chip, request) {
		const target = writable(chip, request, objectRights.write);
		const curve = curveOf(chip, request, target, "ec-public-key");
		const publicKey = required(request.tlvs, appletTags.tag4);
		if (!isPoint(curve, publicKey)) throw new StatusWordError(sw.wrongData);
		store(chip, request, target, { type: "ec-public-key", origin: "external", curve, publicKey });
		return { data: noData, microseconds: chip.latency.write };
	},
};

export const writeEcKeyCommands: readonly AppletCommand[] = [writeEcKeyPair, writeEcPrivateKey, writeEcPublicKey];
