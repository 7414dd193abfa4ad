import { concat, fromUnsigned } from "../bytes.js";
import { INS, MORE, OBJECT_TYPE, P1, P256_KEY_PAIR_TYPE, P2, PERSISTENCE, RSA_COMPONENT, TAG } from "../codes.js";
import type { BinaryFile, RsaKeyPair, SecureObject } from "../objects.js";
import { RIGHT, checkRight } from "../policy.js";
import { SW, StatusError } from "../status.js";
import { type Tlvs, tlv } from "../tlv.js";
import type { Variant } from "../variants.js";
import { type Command, byteString, required, uint16, uint8, unsigned } from "./command.js";

const TYPE_CODE = { "ec-key-pair": OBJECT_TYPE.ecKeyPair, "rsa-key-pair": OBJECT_TYPE.rsaKeyPairCrt, binary: OBJECT_TYPE.binaryFile } as const;

function typeCode({ type }: SecureObject, { version }: Variant): number {
	return type === "ec-key-pair" && version[0]! >= 7 ? P256_KEY_PAIR_TYPE : TYPE_CODE[type];
}

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
		case "ec-key-pair": return object.publicKey;
		case "rsa-key-pair": return readRsaKey(object, component);
	}
}

const readObject: Command = {
	name: "ReadObject",
	ins: INS.read,
	p1: P1.default,
	p2: P2.default,
	required: [TAG.tag1],
	optional: [TAG.tag2, TAG.tag3, TAG.tag4],
	run(chip, { tlvs, requester }) {
		const object = chip.objects.get(required(tlvs, TAG.tag1));
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

function sizeOf(object: SecureObject): number {
	switch (object.type) {
		case "binary": return object.data.length;
		case "ec-key-pair": return object.privateKey.length;
		case "rsa-key-pair": return object.modulus.length;
	}
}

/** Size in bytes: of a file its content, of a key its curve or modulus. */
const readSize: Command = {
	name: "ReadSize",
	ins: INS.read,
	p1: P1.default,
	p2: P2.size,
	required: [TAG.tag1],
	run(chip, { tlvs }) {
		const object = chip.objects.get(required(tlvs, TAG.tag1));
		return { data: uint16(sizeOf(object)), microseconds: chip.latency.command };
	},
};

const readType: Command = {
	name: "ReadType",
	ins: INS.read,
	p1: P1.default,
	p2: P2.type,
	required: [TAG.tag1],
	run(chip, { tlvs }) {
		const object = chip.objects.get(required(tlvs, TAG.tag1));
		const persistence = object.transient ? PERSISTENCE.transient : PERSISTENCE.persistent;
		return {
			data: concat(uint8(typeCode(object, chip.variant)), tlv(TAG.tag2, Uint8Array.of(persistence))),
			microseconds: chip.latency.command,
		};
	},
};

const ANY_TYPE = 0xFF;

/** Identifiers from an offset in bytes on (NXP's library passes the length of what it has), as many as one answer holds. */
const readIdList: Command = {
	name: "ReadIDList",
	ins: INS.read,
	p1: P1.default,
	p2: P2.list,
	required: [TAG.tag1, TAG.tag2],
	run(chip, { tlvs }) {
		const offset = unsigned(tlvs, TAG.tag1, 2)!;
		const filter = unsigned(tlvs, TAG.tag2, 1)!;
		const ids = chip.objects.list()
			.filter(object => filter === ANY_TYPE || typeCode(object, chip.variant) === filter)
			.map(object => fromUnsigned(object.id, 4));
		const rest = concat(...ids).subarray(offset);
		const list = rest.subarray(0, chip.variant.responseValue);
		return {
			data: concat(uint8(list.length < rest.length ? MORE.yes : MORE.no), byteString(chip, TAG.tag2, list)),
			microseconds: chip.latency.read,
		};
	},
};

export const READ_COMMANDS: readonly Command[] = [readObject, readSize, readType, readIdList];
