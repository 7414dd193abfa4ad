import { concat, fromUnsigned } from "../bytes.js";
import { INS, MORE, OBJECT_TYPE, P1, P2, PERSISTENCE, TAG } from "../codes.js";
import type { SecureObject } from "../objects.js";
import { SW, StatusError } from "../status.js";
import { type Tlvs, tlv } from "../tlv.js";
import { type Command, byteString, required, uint16, uint8, unsigned } from "./command.js";

const TYPE_CODE = { "ec-key-pair": OBJECT_TYPE.ecKeyPair, binary: OBJECT_TYPE.binaryFile } as const;

/** Of a key pair the public key, whole; of a file the part between offset and offset + length, never cut short. */
function readable(object: SecureObject, tlvs: Tlvs): Uint8Array {
	const offset = unsigned(tlvs, TAG.tag2, 2);
	const length = unsigned(tlvs, TAG.tag3, 2);
	if (object.type === "ec-key-pair") {
		if (offset !== undefined || length !== undefined)
			throw new StatusError(SW.conditionsNotSatisfied);
		return object.publicKey;
	}
	const start = offset ?? 0;
	const end = length === undefined ? object.data.length : start + length;
	if (start >= end || end > object.data.length)
		throw new StatusError(SW.conditionsNotSatisfied);
	return object.data.subarray(start, end);
}

const readObject: Command = {
	name: "ReadObject",
	ins: INS.read,
	p1: P1.default,
	p2: P2.default,
	required: [TAG.tag1],
	optional: [TAG.tag2, TAG.tag3],
	run(chip, { tlvs }) {
		const value = readable(chip.objects.get(required(tlvs, TAG.tag1)), tlvs);
		if (value.length > chip.variant.responseValue)
			throw new StatusError(SW.conditionsNotSatisfied);
		return {
			data: byteString(chip, TAG.tag1, value),
			microseconds: chip.latency.read + value.length * chip.latency.readByte,
		};
	},
};

/** Size in bytes: of a file its content, of a key its curve. */
const readSize: Command = {
	name: "ReadSize",
	ins: INS.read,
	p1: P1.default,
	p2: P2.size,
	required: [TAG.tag1],
	run(chip, { tlvs }) {
		const object = chip.objects.get(required(tlvs, TAG.tag1));
		const size = object.type === "binary" ? object.data.length : object.privateKey.length;
		return { data: uint16(size), microseconds: chip.latency.command };
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
			data: concat(uint8(TYPE_CODE[object.type]), tlv(TAG.tag2, Uint8Array.of(persistence))),
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
			.filter(object => filter === ANY_TYPE || TYPE_CODE[object.type] === filter)
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
