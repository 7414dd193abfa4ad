import { ATTESTATION_TAGS, attest } from "../attestation.js";
import { attributesOf } from "../attributes.js";
import { INS, INS_FLAG, P1, P2, RSA_COMPONENT, TAG } from "../codes.js";
import type { BinaryFile, RsaKeyPair, SecureObject } from "../objects.js";
import { RIGHT, checkRight, hasRight } from "../policy.js";
import { SW, StatusError } from "../../card/status.js";
import type { Tlvs } from "../../card/tlv.js";
import { type Chip, type Command, type Outcome, type Request, byteString, isAttested, required, unsigned } from "./command.js";

/** The part of a file between offset and offset + length, never cut short. */
function readFile({ data }: BinaryFile, offset = 0, length?: number): Uint8Array {
	const end = length === undefined ? data.length : offset + length;
	if (offset >= end || end > data.length)
		throw new StatusError(SW.conditionsNotSatisfied);
	return data.subarray(offset, end);
}

function readRsaKey(key: RsaKeyPair, component: number | undefined): Uint8Array {
	switch (component) {
		case RSA_COMPONENT.modulus: return key.modulus;
		case RSA_COMPONENT.publicExponent: return key.publicExponent;
		default: throw new StatusError(SW.conditionsNotSatisfied);
	}
}

/** Of a key pair the public key, whole, or the component that is named; of a file a part. */
function readable(object: SecureObject, tlvs: Tlvs): Uint8Array {
	const offset = unsigned(tlvs, TAG.tag2, 2);
	const length = unsigned(tlvs, TAG.tag3, 2);
	const component = unsigned(tlvs, TAG.tag4, 1);
	const isFile = object.type === "binary";
	if (!isFile && (offset !== undefined || length !== undefined) || (component !== undefined && object.type !== "rsa-key-pair"))
		throw new StatusError(SW.conditionsNotSatisfied);
	switch (object.type) {
		case "binary": return readFile(object, offset, length);
		case "ec-key-pair":
		case "ec-public-key": return object.publicKey;
		case "rsa-key-pair": return readRsaKey(object, component);
		case "user-id": throw new StatusError(SW.conditionsNotSatisfied);
	}
}

/** What attestation tells of an object: of a key that may not be read the attributes only. */
function attestable(object: SecureObject, { tlvs, requester }: Request): Uint8Array | undefined {
	const isFile = object.type === "binary";
	if (object.type === "user-id" || (!isFile && !hasRight(object, RIGHT.read, requester)))
		return undefined;
	checkRight(object, RIGHT.read, requester);
	return readable(object, tlvs);
}

function readAttested(chip: Chip, request: Request, object: SecureObject): Outcome {
	const value = attestable(object, request);
	const { data, microseconds } = attest(chip, request, object, value);
	return { data, microseconds: microseconds + chip.latency.read + (value?.length ?? 0) * chip.latency.readByte };
}

const readObject: Command = {
	name: "ReadObject",
	ins: INS.read,
	p1: P1.default,
	p2: P2.default,
	flags: INS_FLAG.attest,
	required: [TAG.tag1],
	optional: [TAG.tag2, TAG.tag3, TAG.tag4],
	attested: ATTESTATION_TAGS,
	run(chip, request) {
		const { tlvs, requester } = request;
		const object = chip.objects.get(required(tlvs, TAG.tag1));
		if (isAttested(request))
			return readAttested(chip, request, object);
		checkRight(object, RIGHT.read, requester);
		const value = readable(object, tlvs);
		if (value.length > chip.variant.responseValue)
			throw new StatusError(SW.conditionsNotSatisfied);
		return {
			data: byteString(chip, TAG.tag1, value),
			microseconds: chip.latency.read + value.length * chip.latency.readByte,
		};
	},
};

/** Attributes without the value. Applets 3.x tell them by attestation only. */
const readAttributes: Command = {
	name: "ReadAttributes",
	ins: INS.read,
	p1: P1.default,
	p2: P2.attributes,
	flags: INS_FLAG.attest,
	required: [TAG.tag1],
	attested: ATTESTATION_TAGS,
	run(chip, request) {
		const object = chip.objects.get(required(request.tlvs, TAG.tag1));
		if (isAttested(request))
			return attest(chip, request, object, undefined);
		if (chip.variant.version[0]! < 7)
			throw new StatusError(SW.conditionsNotSatisfied);
		return { data: byteString(chip, TAG.tag3, attributesOf(object, chip.variant)), microseconds: chip.latency.read };
	},
};

export const READ_OBJECT_COMMANDS: readonly Command[] = [readObject, readAttributes];
