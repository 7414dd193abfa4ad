// SPDX-License-Identifier: MIT
/** The chip's part of a cold start, as the firmware does it. `bus` in mc/config says where the chip is. */
import config from "mc/config";
import { hex as hexNumber } from "se050/bytes";
import Link from "se050/link";
import { SE050 } from "se050/se050";

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, byte => hexNumber(byte, 2).slice(2))
		.join("")
		.toLowerCase();
}

/** SHA-256 of "abc" (FIPS 180-4's example). */
const digest = Uint8Array.of(
	0xba,
	0x78,
	0x16,
	0xbf,
	0x8f,
	0x01,
	0xcf,
	0xea,
	0x41,
	0x41,
	0x40,
	0xde,
	0x5d,
	0xae,
	0x22,
	0x23,
	0xb0,
	0x03,
	0x61,
	0xa3,
	0x96,
	0x17,
	0x7a,
	0x9c,
	0xb4,
	0x10,
	0xff,
	0x61,
	0xf2,
	0x00,
	0x15,
	0xad,
);

const link = new Link({ bus: (config as unknown as { bus: string }).bus });
const chip = new SE050(link);
chip.select();
chip.uid();
chip.certificate();
trace(`digest ${hex(digest)}\nsignature ${hex(chip.key().sign("SHA-256", digest))}\n`);
link.close();
