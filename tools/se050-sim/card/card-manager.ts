// SPDX-License-Identifier: MIT
import { concat, equal, fromHex, fromUnsigned } from "../../lib/bytes.js";
import { cardManagerName, isoIns } from "../applet/codes.js";
import type { ChipVariant } from "../factory/variants.js";
import type { CommandApdu } from "./apdu.js";
import { StatusWordError, sw } from "./status.js";
import { tlv } from "./tlv.js";

/** Tags of GET DATA: proprietary data, and card production life cycle (GlobalPlatform, H.6). */
const dataTags = { proprietary: 0x00fe, cplc: 0x9f7f } as const;

const identifyTag = fromHex("DF28");
const jcop4RomId = fromHex("2E5AD88409C9BADB");

/** Fabricator NXP, type and operating system, as NXP's host library documents them; dates and serial numbers are zero. */
const cplcStart = fromHex("4790 D321 4700");
const cplcLength = 42;

/** The answer to SELECT (GlobalPlatform, 11.9.3.1): the name, and the longest data field of a command, 255 bytes. */
export const cardManagerInformation = tlv(
	0x6f,
	concat(tlv(0x84, fromHex(cardManagerName)), tlv(0xa5, fromHex("9F6501FF"))),
);

/**
 * IDENTIFY's answer: configuration (the OEF in bytes 2 and 3), patch, build, FIPS mode, state of personalisation and
 * ROM. The ROM's identifier is a part's; of patch and build only the lengths are known, and they say what this is.
 */
function identification(variant: ChipVariant): Uint8Array {
	const text = (value: string, length: number): Uint8Array => new Uint8Array(Buffer.from(value.padEnd(length)));
	const fields = concat(
		tlv(0x01, concat(Uint8Array.of(0x01, 0x00), fromUnsigned(variant.oef, 2), new Uint8Array(8))),
		tlv(0x02, new Uint8Array(8)),
		tlv(0x03, text("SIMULATED", 24)),
		tlv(0x05, Uint8Array.of(variant.fips ? 0x01 : 0x00)),
		tlv(0x07, Uint8Array.of(0x00)),
		tlv(0x08, jcop4RomId),
	);
	const value = concat(identifyTag, Uint8Array.of(fields.length), fields);
	return tlv(0xfe, value);
}

function productionLifeCycle(): Uint8Array {
	return concat(
		fromUnsigned(dataTags.cplc, 2),
		Uint8Array.of(cplcLength),
		cplcStart,
		new Uint8Array(cplcLength - cplcStart.length),
	);
}

/** A command that no applet is selected for: the card manager knows IDENTIFY and CPLC (GET DATA). Throws StatusError. */
export function executeCardManagerCommand({ cla, ins, p1, p2, data }: CommandApdu, variant: ChipVariant): Uint8Array {
	if (cla !== 0x80) throw new StatusWordError(sw.classNotSupported);
	if (ins !== isoIns.getData) throw new StatusWordError(sw.instructionNotSupported);
	switch ((p1 << 8) | p2) {
		case dataTags.cplc:
			return productionLifeCycle();
		case dataTags.proprietary:
			break;
		default:
			throw new StatusWordError(sw.incorrectP1P2);
	}
	if (!equal(data, identifyTag)) throw new StatusWordError(sw.wrongData);
	return identification(variant);
}
