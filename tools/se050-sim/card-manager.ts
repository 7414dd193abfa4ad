import type { CommandApdu } from "./apdu.js";
import { concat, equal, fromHex, fromUnsigned } from "./bytes.js";
import { ISO_INS } from "./codes.js";
import { SW, StatusError } from "./status.js";
import { tlv } from "./tlv.js";
import type { Variant } from "./variants.js";

const IDENTIFY_TAG = fromHex("DF28");
const JCOP4_ROM_ID = fromHex("2E5AD88409C9BADB");

/**
 * IDENTIFY's answer: configuration (the OEF in bytes 2 and 3), patch, build, FIPS mode and ROM. The ROM's identifier is
 * a part's; of patch and build only the lengths are known, and they say what this is.
 */
function identification(variant: Variant): Uint8Array {
	const text = (value: string, length: number): Uint8Array => new Uint8Array(Buffer.from(value.padEnd(length)));
	const fields = concat(
		tlv(0x01, concat(Uint8Array.of(0x01, 0x00), fromUnsigned(variant.oef, 2), new Uint8Array(8))),
		tlv(0x02, new Uint8Array(8)),
		tlv(0x03, text("SIMULATED", 24)),
		tlv(0x05, Uint8Array.of(variant.fips ? 0x01 : 0x00)),
		tlv(0x08, JCOP4_ROM_ID),
	);
	const value = concat(IDENTIFY_TAG, Uint8Array.of(fields.length), fields);
	return tlv(0xFE, value);
}

/** A command that no applet is selected for: the card manager knows IDENTIFY (GET DATA 00FE). Throws StatusError. */
export function executeCardManagerCommand(command: CommandApdu, variant: Variant): Uint8Array {
	if (command.cla !== 0x80)
		throw new StatusError(SW.classNotSupported);
	if (command.ins !== ISO_INS.getData)
		throw new StatusError(SW.instructionNotSupported);
	if (command.p1 !== 0x00 || command.p2 !== 0xFE)
		throw new StatusError(SW.incorrectP1P2);
	if (!equal(command.data, IDENTIFY_TAG))
		throw new StatusError(SW.wrongData);
	return identification(variant);
}
