// SPDX-License-Identifier: MIT
import { concat, fromUnsigned } from "../../../lib/bytes.js";
import { tlv } from "../../card/tlv.js";
import { sizeOf, typeCode } from "../attributes.js";
import { instructions, more, parameter1, parameter2, persistences, tags } from "../codes.js";
import { byteString, type Command, noData, required, uint8, uint16, unsigned } from "./command.js";

const readSize: Command = {
	name: "ReadSize",
	ins: instructions.read,
	p1: parameter1.default,
	p2: parameter2.size,
	required: [tags.tag1],
	run(chip, { tlvs }) {
		const object = chip.objects.get(required(tlvs, tags.tag1));
		return { data: uint16(sizeOf(object)), microseconds: chip.latency.command };
	},
};

const readType: Command = {
	name: "ReadType",
	ins: instructions.read,
	p1: parameter1.default,
	p2: parameter2.type,
	required: [tags.tag1],
	run(chip, { tlvs }) {
		const object = chip.objects.get(required(tlvs, tags.tag1));
		const persistence = object.transient ? persistences.transient : persistences.persistent;
		return {
			data: concat(uint8(typeCode(object, chip.variant)), tlv(tags.tag2, Uint8Array.of(persistence))),
			microseconds: chip.latency.command,
		};
	},
};

const anyType = 0xff;

/** Identifiers from an offset in bytes on (NXP's library passes the length of what it has), as many as one answer holds. */
const readIdList: Command = {
	name: "ReadIDList",
	ins: instructions.read,
	p1: parameter1.default,
	p2: parameter2.list,
	required: [tags.tag1, tags.tag2],
	run(chip, { tlvs }) {
		const offset = unsigned(tlvs, tags.tag1, 2)!;
		const filter = unsigned(tlvs, tags.tag2, 1)!;
		const ids = chip.objects
			.list()
			.filter(object => filter === anyType || typeCode(object, chip.variant) === filter)
			.map(object => fromUnsigned(object.id, 4));
		const rest = concat(...ids).subarray(offset);
		const list = rest.subarray(0, chip.variant.responseValue);
		return {
			data: concat(uint8(list.length < rest.length ? more.yes : more.no), byteString(chip, tags.tag2, list)),
			microseconds: chip.latency.read,
		};
	},
};

/** Crypto objects, of which there are none here. NXP's hosts ask for them each time they open a session. */
const readCryptoObjectList: Command = {
	name: "ReadCryptoObjectList",
	ins: instructions.read,
	p1: parameter1.cryptoObject,
	p2: parameter2.list,
	run: chip => ({ data: byteString(chip, tags.tag1, noData), microseconds: chip.latency.command }),
};

export const readCommands: readonly Command[] = [readSize, readType, readIdList, readCryptoObjectList];
