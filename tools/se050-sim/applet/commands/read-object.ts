// SPDX-License-Identifier: MIT
import { StatusWordError, sw } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import type { RsaPublicKey } from "../../crypto/rsa.js";
import { attestationTags, attestedAnswer } from "../attestation.js";
import { attributesOf } from "../attributes.js";
import { appletInstructions, appletTags, insFlag, parameter1, parameter2, rsaComponent } from "../codes.js";
import type { BinaryFile, SecureObject } from "../objects.js";
import { checkRight, hasRight, objectRights } from "../policy.js";
import {
	type AppletCommand,
	type AppletRequest,
	byteString,
	type Computed,
	isAttested,
	required,
	type SimulatedChip,
	unsigned,
} from "./command.js";
import { isRsaKey } from "./keys.js";

/** The part of a file between offset and offset + length, never cut short. */
function readFile({ data }: BinaryFile, offset = 0, length?: number): Uint8Array {
	const end = length === undefined ? data.length : offset + length;
	if (offset >= end || end > data.length) throw new StatusWordError(sw.conditionsNotSatisfied);
	return data.subarray(offset, end);
}

function readRsaKey(key: RsaPublicKey, component: number | undefined): Uint8Array {
	switch (component) {
		case rsaComponent.modulus:
			return key.modulus;
		case rsaComponent.publicExponent:
			return key.publicExponent;
		default:
			throw new StatusWordError(sw.conditionsNotSatisfied);
	}
}

/** Of a key pair the public key, whole, or the component that is named; of a file a part. */
function readable(object: SecureObject, tlvs: Tlvs): Uint8Array {
	const offset = unsigned(tlvs, appletTags.tag2, 2);
	const length = unsigned(tlvs, appletTags.tag3, 2);
	const component = unsigned(tlvs, appletTags.tag4, 1);
	const isFile = object.type === "binary";
	if ((!isFile && (offset !== undefined || length !== undefined)) || (component !== undefined && !isRsaKey(object)))
		throw new StatusWordError(sw.conditionsNotSatisfied);
	switch (object.type) {
		case "binary":
			return readFile(object, offset, length);
		case "ec-key-pair":
		case "ec-public-key":
			return object.publicKey;
		case "rsa-key-pair":
		case "rsa-public-key":
			return readRsaKey(object, component);
		case "ec-private-key":
		case "user-id":
			throw new StatusWordError(sw.conditionsNotSatisfied);
	}
}

/** What attestation says of an object: only the attributes of a key that may not be read. */
function attestable(object: SecureObject, { tlvs, requester }: AppletRequest): Uint8Array | undefined {
	const isFile = object.type === "binary";
	const isSecret = object.type === "user-id" || object.type === "ec-private-key";
	if (isSecret || (!isFile && !hasRight(object, objectRights.read, requester))) return undefined;
	checkRight(object, objectRights.read, requester);
	return readable(object, tlvs);
}

function readAttested(chip: SimulatedChip, request: AppletRequest, object: SecureObject): Computed {
	const value = attestable(object, request);
	const { data, microseconds } = attestedAnswer(chip, request, object, value);
	return { data, microseconds: microseconds + chip.latency.read + (value?.length ?? 0) * chip.latency.readByte };
}

const readObject: AppletCommand = {
	ins: appletInstructions.read,
	p1: parameter1.default,
	p2: parameter2.default,
	flags: insFlag.attest,
	required: [appletTags.tag1],
	optional: [appletTags.tag2, appletTags.tag3, appletTags.tag4],
	attested: attestationTags,
	run(chip, request) {
		const { tlvs, requester } = request;
		const object = chip.objects.get(required(tlvs, appletTags.tag1));
		if (isAttested(request)) return readAttested(chip, request, object);
		checkRight(object, objectRights.read, requester);
		const value = readable(object, tlvs);
		if (value.length > chip.variant.responseValue) throw new StatusWordError(sw.conditionsNotSatisfied);
		return {
			data: byteString(chip, appletTags.tag1, value),
			microseconds: chip.latency.read + value.length * chip.latency.readByte,
		};
	},
};

/** Attributes without the value. Applets 3.x tell them by attestation only. */
const readAttributes: AppletCommand = {
	ins: appletInstructions.read,
	p1: parameter1.default,
	p2: parameter2.attributes,
	flags: insFlag.attest,
	required: [appletTags.tag1],
	attested: attestationTags,
	run(chip, request) {
		const object = chip.objects.get(required(request.tlvs, appletTags.tag1));
		if (isAttested(request)) return attestedAnswer(chip, request, object, undefined);
		if (chip.variant.version[0]! < 7) throw new StatusWordError(sw.conditionsNotSatisfied);
		return {
			data: byteString(chip, appletTags.tag3, attributesOf(object, chip.variant)),
			microseconds: chip.latency.read,
		};
	},
};

export const readObjectCommands: readonly AppletCommand[] = [readObject, readAttributes];
