import type { CommandApdu } from "./apdu.js";
import { concat, equal, fromHex, fromUnsigned } from "../../lib/bytes.js";
import { CARD_MANAGER_AID, ISO_INS } from "../applet/codes.js";
import { SW, StatusError } from "./status.js";
import { tlv } from "./tlv.js";
import type { Variant } from "../factory/variants.js";

/** Tags of GET DATA: proprietary data, and card production life cycle (GlobalPlatform, H.6). */
const DATA = { proprietary: 0x00FE, cplc: 0x9F7F } as const;

const IDENTIFY_TAG = fromHex("DF28");
const JCOP4_ROM_ID = fromHex("2E5AD88409C9BADB");

/** Fabricator NXP, type and operating system, as NXP's host library documents them; dates and serial numbers are none. */
const CPLC_START = fromHex("4790 D321 4700");
const CPLC_LENGTH = 42;

/** The answer to SELECT (GlobalPlatform, 11.9.3.1): the name, and the longest data field of a command, 255 bytes. */
export const CARD_MANAGER_INFORMATION = tlv(0x6F, concat(tlv(0x84, fromHex(CARD_MANAGER_AID)), tlv(0xA5, fromHex("9F6501FF"))));

/**
 * IDENTIFY's answer: configuration (the OEF in bytes 2 and 3), patch, build, FIPS mode, state of personalisation and
 * ROM. The ROM's identifier is a part's; of patch and build only the lengths are known, and they say what this is.
 */
function identification(variant: Variant): Uint8Array {
	const text = (value: string, length: number): Uint8Array => new Uint8Array(Buffer.from(value.padEnd(length)));
	const fields = concat(
		tlv(0x01, concat(Uint8Array.of(0x01, 0x00), fromUnsigned(variant.oef, 2), new Uint8Array(8))),
		tlv(0x02, new Uint8Array(8)),
		tlv(0x03, text("SIMULATED", 24)),
		tlv(0x05, Uint8Array.of(variant.fips ? 0x01 : 0x00)),
		tlv(0x07, Uint8Array.of(0x00)),
		tlv(0x08, JCOP4_ROM_ID),
	);
	const value = concat(IDENTIFY_TAG, Uint8Array.of(fields.length), fields);
	return tlv(0xFE, value);
}

function productionLifeCycle(): Uint8Array {
	return concat(fromUnsigned(DATA.cplc, 2), Uint8Array.of(CPLC_LENGTH), CPLC_START, new Uint8Array(CPLC_LENGTH - CPLC_START.length));
}

/** A command that no applet is selected for: the card manager knows IDENTIFY and CPLC (GET DATA). Throws StatusError. */
export function executeCardManagerCommand({ cla, ins, p1, p2, data }: CommandApdu, variant: Variant): Uint8Array {
	if (cla !== 0x80)
		throw new StatusError(SW.classNotSupported);
	if (ins !== ISO_INS.getData)
		throw new StatusError(SW.instructionNotSupported);
	switch (p1 << 8 | p2) {
		case DATA.cplc: return productionLifeCycle();
		case DATA.proprietary: break;
		default: throw new StatusError(SW.incorrectP1P2);
	}
	if (!equal(data, IDENTIFY_TAG))
		throw new StatusError(SW.wrongData);
	return identification(variant);
}
