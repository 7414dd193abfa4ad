// SPDX-License-Identifier: MIT
import { concat, fromUnsigned } from "../../../lib/bytes.js";
import { tlv } from "../../card/tlv.js";
import { sizeOf, typeCode } from "../attributes.js";
import { appletInstructions, appletTags, more, parameter1, parameter2, persistences } from "../codes.js";
import { type AppletCommand, byteString, noData, required, uint8, uint16, unsigned } from "./command.js";

const readSize: AppletCommand = {
	ins: appletInstructions.read,
	p1: parameter1.default,
	p2: parameter2.size,
	required: [appletTags.tag1],
	run(chip, { tlvs }) {
		const object = chip.objects.get(required(tlvs, appletTags.tag1));
		return { data: uint16(sizeOf(object)), microseconds: chip.latency.command };
	},
};

const readType: AppletCommand = {
	ins: appletInstructions.read,
	p1: parameter1.default,
	p2: parameter2.type,
	required: [appletTags.tag1],
	run(chip, { tlvs }) {
		const object = chip.objects.get(required(tlvs, appletTags.tag1));
		const persistence = object.transient ? persistences.transient : persistences.persistent;
		return {
			data: concat(uint8(typeCode(object, chip.variant)), tlv(appletTags.tag2, Uint8Array.of(persistence))),
			microseconds: chip.latency.command,
		};
	},
};

const anyType = 0xff;

/** Identifiers from an offset in bytes on (NXP's library passes the length of what it has), as many as one answer holds. */
const readIdList: AppletCommand = {
	ins: appletInstructions.read,
	p1: parameter1.default,
	p2: parameter2.list,
	required: [appletTags.tag1, appletTags.tag2],
	run(chip, { tlvs }) {
		const offset = unsigned(tlvs, appletTags.tag1, 2)!;
		const filter = unsigned(tlvs, appletTags.tag2, 1)!;
		const ids = chip.objects
			.list()
			.filter(object => filter === anyType || typeCode(object, chip.variant) === filter)
			.map(object => fromUnsigned(object.id, 4));
		const rest = concat(...ids).subarray(offset);
		const list = rest.subarray(0, chip.variant.responseValue);
		return {
			data: concat(uint8(list.length < rest.length ? more.yes : more.no), byteString(chip, appletTags.tag2, list)),
			microseconds: chip.latency.read,
		};
	},
};

/** Crypto objects, of which there are none. NXP's hosts ask for them each time they open a session. */
const readCryptoObjectList: AppletCommand = {
	ins: appletInstructions.read,
	p1: parameter1.cryptoObject,
	p2: parameter2.list,
	run: chip => ({ data: byteString(chip, appletTags.tag1, noData), microseconds: chip.latency.command }),
};

export const readCommands: readonly AppletCommand[] = [readSize, readType, readIdList, readCryptoObjectList];
