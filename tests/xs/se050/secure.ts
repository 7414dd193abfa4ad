/** A cold start over Platform SCP03, as the firmware does it; `bus` and `scp03` in mc/config. A second signature follows a reset behind the chip's back. */
import config from "mc/config";
import { hex as hexNumber } from "se050/bytes";
import Link from "se050/link";
import { scp03Option } from "se050/scp03";
import { SE050 } from "se050/se050";

const { bus, scp03 } = config as unknown as { bus: string; scp03: string };

/** SHA-256 of "abc" (FIPS 180-4's example). */
const digest = Uint8Array.of(
	0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40, 0xDE, 0x5D, 0xAE, 0x22, 0x23,
	0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17, 0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD);

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, byte => hexNumber(byte, 2).slice(2)).join("").toLowerCase();
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
}
catch (error) {
	trace(`failed: ${(error as Error).message}\n`);
}
link.close();
