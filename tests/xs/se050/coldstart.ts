// SPDX-License-Identifier: MIT
/** The chip's part of a cold start, as the firmware does it. `bus` in mc/config says where the chip is. */
import config from "mc/config";
import { fromDigits, hex as hexNumber } from "se050/bytes";
import Link from "se050/link";
import { SE050 } from "se050/se050";

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, byte => hexNumber(byte, 2).slice(2))
		.join("")
		.toLowerCase();
}

/** SHA-256 of "abc" (FIPS 180-4's example). */
const digest = fromDigits("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

const link = new Link({ bus: (config as unknown as { bus: string }).bus });
const chip = new SE050(link);
chip.select();
chip.uid();
chip.certificate();
trace(`digest ${hex(digest)}\nsignature ${hex(chip.key().sign("SHA-256", digest))}\n`);
link.close();
