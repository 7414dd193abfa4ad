// SPDX-License-Identifier: MIT
/** A cold start over Platform SCP03, as the firmware does it; `bus` and `scp03` in mc/config. A second signature follows a reset that the chip object does not know of. */
import config from "mc/config";
import { fromDigits, hex as hexNumber } from "se050/bytes";
import Link from "se050/link";
import { scp03Option } from "se050/scp03";
import { SE050 } from "se050/se050";

const { bus, scp03 } = config as unknown as { bus: string; scp03: string };

/** SHA-256 of "abc" (FIPS 180-4's example). */
const digest = fromDigits("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, byte => hexNumber(byte, 2).slice(2))
		.join("")
		.toLowerCase();
}

const link = new Link({ bus });
try {
	const chip = new SE050(link, { scp03: scp03Option(scp03) });
	chip.select();
	trace(`uid ${hex(chip.uid())}\n`);
	trace(`certificate ${hex(chip.certificate())}\n`);
	trace(`signature ${hex(chip.key().sign("SHA-256", digest))}\n`);
	link.reset();
	trace(`again ${hex(chip.uid())}\n`);
	trace(`random ${chip.random(2000).length}\n`);
	link.reset();
	try {
		trace(`plain ${hex(new SE050(link).uid())}\n`);
	} catch (error) {
		trace(`plain ${(error as { code?: string }).code}\n`);
	}
} catch (error) {
	trace(`failed: ${(error as Error).message}\n`);
}
link.close();
