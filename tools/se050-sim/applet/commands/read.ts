import { sizeOf, typeCode } from "../attributes.js";
import { concat, fromUnsigned } from "../../../lib/bytes.js";
import { INS, MORE, P1, P2, PERSISTENCE, TAG } from "../codes.js";
import { tlv } from "../../card/tlv.js";
import { type Command, byteString, required, uint16, uint8, unsigned } from "./command.js";

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

export const READ_COMMANDS: readonly Command[] = [readSize, readType, readIdList];
