// SPDX-License-Identifier: MIT
import { toHex } from "../../lib/bytes.js";
import { decodeBlock, encodeBlock, maximumInformation, nodeAddress, type Sequence } from "../../lib/chip-bus/block.js";
import type { PlatformState } from "../applet/commands/command.js";
import type { SecureObject } from "../applet/objects.js";
import type { CardState } from "../card/card.js";
import { curveByName, curveNames, type NamedCurve } from "../crypto/curves.js";
import { rsaKeyPair } from "../crypto/rsa.js";
import { type DataLinkState, initialState } from "../data-link/t1.js";
import { corrupt, createJson, readJson, replaceJson } from "./files.js";
import { asArray, asBoolean, asBytes, asNumber, asObject, asString, type JsonObject } from "./json.js";
import { cardFromJson, cardToJson, platformFromJson, platformToJson } from "./state-card.js";

/** What a chip that stays powered remembers besides its objects. */
export interface PoweredState {
	card: CardState;
	/** Bytes that the host has not read. */
	pending: Uint8Array | undefined;
	link: DataLinkState;
	transientObjects: SecureObject[];
}

/** Everything about one chip. */
export interface ChipState {
	/** Name of its variant. */
	variant: string;
	/** How often it was started. */
	boots: number;
	/** Absent: as the variant left the factory. */
	platform: PlatformState | undefined;
	/** Persistent objects. */
	objects: SecureObject[];
	/** Only in the file of a chip whose simulator was shut down cleanly. */
	session: PoweredState | undefined;
}

const stateVersion = 1;

const objectToJson = (object: SecureObject): JsonObject => ({
	id: `0x${object.id.toString(16).toUpperCase().padStart(8, "0")}`,
	type: object.type,
	origin: object.origin,
	...(object.policy && { policy: toHex(object.policy) }),
	...(object.owner !== undefined && { owner: object.owner }),
	...(object.version !== undefined && { version: object.version }),
	...contentToJson(object),
});

function contentToJson(object: SecureObject): JsonObject {
	switch (object.type) {
		case "binary":
			return { data: toHex(object.data) };
		case "ec-key-pair":
			return {
				...curveToJson(object.curve),
				privateKey: toHex(object.privateKey),
				publicKey: toHex(object.publicKey),
			};
		case "ec-private-key":
			return { ...curveToJson(object.curve), privateKey: toHex(object.privateKey) };
		case "ec-public-key":
			return { ...curveToJson(object.curve), publicKey: toHex(object.publicKey) };
		case "rsa-public-key":
			return { modulus: toHex(object.modulus), publicExponent: toHex(object.publicExponent) };
		case "user-id":
			return {
				value: toHex(object.value),
				maximumAttempts: object.maximumAttempts,
				failedAttempts: object.failedAttempts,
			};
		case "rsa-key-pair":
			return { privateKey: toHex(object.privateKey), ...(!object.crt && { crt: false }) };
	}
}

/** P-256 goes without saying. */
const curveToJson = (curve: NamedCurve): JsonObject => (curve === "P-256" ? {} : { curve });

function curveFromJson(value: unknown, name: string): NamedCurve {
	const curve = value === undefined ? "P-256" : curveNames.find(candidate => candidate === value);
	if (!curve) throw new TypeError(`${name} is on an unknown curve`);
	return curve;
}

function objectFromJson(value: unknown, transient: boolean): SecureObject {
	const members = asObject(value, "an object of the chip");
	const name = asString(members.id, "an object's id");
	const id = /^0x[0-9A-F]{8}$/.test(name) ? Number(name) : undefined;
	if (id === undefined) throw new TypeError(`"${name.slice(0, 20)}" is not an object's id`);
	const { origin, policy, owner, version } = members;
	if (origin !== "provisioned" && origin !== "internal" && origin !== "external")
		throw new TypeError(`${name} has an unknown origin`);
	const common = {
		id,
		origin,
		transient,
		...(policy !== undefined && { policy: asBytes(policy, `${name}.policy`) }),
		...(owner !== undefined && { owner: asNumber(owner, `${name}.owner`) }),
		...(version !== undefined && { version: asNumber(version, `${name}.version`) }),
	} as const;
	const curve = curveFromJson(members.curve, name);
	const { fieldLength } = curveByName[curve];
	const privateKey = () => asBytes(members.privateKey, `${name}.privateKey`, fieldLength);
	const publicKey = () => asBytes(members.publicKey, `${name}.publicKey`, 1 + 2 * fieldLength);
	switch (members.type) {
		case "binary":
			return { ...common, type: "binary", data: asBytes(members.data, `${name}.data`) };
		case "ec-key-pair":
			return { ...common, type: "ec-key-pair", curve, privateKey: privateKey(), publicKey: publicKey() };
		case "ec-private-key":
			return { ...common, type: "ec-private-key", curve, privateKey: privateKey() };
		case "ec-public-key":
			return { ...common, type: "ec-public-key", curve, publicKey: publicKey() };
		case "rsa-public-key":
			return {
				...common,
				type: "rsa-public-key",
				modulus: asBytes(members.modulus, `${name}.modulus`),
				publicExponent: asBytes(members.publicExponent, `${name}.publicExponent`),
			};
		case "rsa-key-pair":
			return {
				...common,
				...rsaKeyPair(
					asBytes(members.privateKey, `${name}.privateKey`),
					members.crt === undefined || asBoolean(members.crt, `${name}.crt`),
				),
			};
		case "user-id":
			return {
				...common,
				type: "user-id",
				value: asBytes(members.value, `${name}.value`),
				maximumAttempts: asNumber(members.maximumAttempts, `${name}.maximumAttempts`),
				failedAttempts: asNumber(members.failedAttempts, `${name}.failedAttempts`),
			};
		default:
			throw new TypeError(`${name} has an unknown type`);
	}
}

/** An answer that was being computed is kept as computed. */
const linkToJson = (link: DataLinkState): JsonObject => ({
	sendSequence: link.sendSequence,
	receiveSequence: link.receiveSequence,
	ifsd: link.ifsd,
	...(link.last && { last: toHex(encodeBlock(nodeAddress.toHost, link.last)) }),
	command: toHex(link.command),
	remainder: toHex(link.remainder),
	...(link.computing && { computing: toHex(link.computing.response) }),
	asleep: link.asleep,
	...(link.afterWtx && { afterWtx: true }),
});

function asSequence(value: unknown, name: string): Sequence {
	if (value !== 0 && value !== 1) throw new TypeError(`${name} is not 0 or 1`);
	return value;
}

function linkFromJson(value: unknown): DataLinkState {
	const members = asObject(value, "session.link");
	const last =
		members.last === undefined
			? undefined
			: decodeBlock(nodeAddress.toHost, asBytes(members.last, "session.link.last"));
	const ifsd = asNumber(members.ifsd, "session.link.ifsd");
	if (typeof last === "string" || ifsd === 0 || ifsd > maximumInformation)
		throw new TypeError("session.link is not a state of the data link");
	const { computing } = members;
	return {
		...initialState(),
		sendSequence: asSequence(members.sendSequence, "session.link.sendSequence"),
		receiveSequence: asSequence(members.receiveSequence, "session.link.receiveSequence"),
		ifsd,
		last,
		command: asBytes(members.command, "session.link.command"),
		remainder: asBytes(members.remainder, "session.link.remainder"),
		computing:
			computing === undefined ? undefined : { response: asBytes(computing, "session.link.computing"), doneAt: 0 },
		asleep: asBoolean(members.asleep, "session.link.asleep"),
		afterWtx: members.afterWtx === true,
	};
}

const sessionToJson = (session: PoweredState): JsonObject => ({
	card: cardToJson(session.card),
	...(session.pending && { pending: toHex(session.pending) }),
	link: linkToJson(session.link),
	transientObjects: session.transientObjects.map(objectToJson),
});

function sessionFromJson(value: unknown): PoweredState {
	const members = asObject(value, "session");
	return {
		card: cardFromJson(members.card ?? {}),
		pending: members.pending === undefined ? undefined : asBytes(members.pending, "session.pending"),
		link: linkFromJson(members.link),
		transientObjects: asArray(members.transientObjects, "session.transientObjects").map(object =>
			objectFromJson(object, true),
		),
	};
}

const toJson = ({ variant, boots, platform, objects, session }: ChipState): JsonObject => ({
	format: stateVersion,
	variant,
	boots,
	...(platform && { platform: platformToJson(platform) }),
	objects: objects.map(objectToJson),
	...(session && { session: sessionToJson(session) }),
});

function fromJson(value: unknown): ChipState {
	const members = asObject(value, "the file");
	if (asNumber(members.format, "format") !== stateVersion)
		throw new TypeError(`its format is ${members.format}, not ${stateVersion}`);
	return {
		variant: asString(members.variant, "variant"),
		boots: asNumber(members.boots, "boots"),
		platform: members.platform === undefined ? undefined : platformFromJson(members.platform),
		objects: asArray(members.objects, "objects").map(object => objectFromJson(object, false)),
		session: members.session === undefined ? undefined : sessionFromJson(members.session),
	};
}

/** The chip that a file holds; undefined when there is no such file. Throws UserError. */
export function loadChip(path: string): ChipState | undefined {
	const stored = readJson(path);
	if (stored === undefined) return undefined;
	try {
		return fromJson(stored);
	} catch (error) {
		throw corrupt(path, (error as Error).message);
	}
}

/** Writes a chip's file in one step. Throws UserError. */
export const saveChip = (path: string, state: ChipState): void => replaceJson(path, toJson(state));

/** Creates a chip's file; false when there is one already. Throws UserError. */
export const createChip = (path: string, state: ChipState): boolean => createJson(path, toJson(state));
