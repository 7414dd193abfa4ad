/**
 * Cold starts up to a signature over a bus that fails, for tools/campaign, which says in mc/config where the bus with the
 * faults is, where the one without, how many runs there are and with which keys. Each run prints one line.
 */
import config from "mc/config";
import { hex as hexNumber } from "se050/bytes";
import Link from "se050/link";
import { scp03Option } from "se050/scp03";
import { SE050 } from "se050/se050";

interface Campaign { faulty: string; clean: string; runs: number; scp03: string; uid: string; certificate: string }

const { faulty, clean, runs, scp03, uid, certificate } = config as unknown as Campaign;

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, byte => hexNumber(byte, 2).slice(2)).join("").toLowerCase();
}

/** SHA-256 of "abc" (FIPS 180-4's example). */
const digest = Uint8Array.of(
	0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40, 0xDE, 0x5D, 0xAE, 0x22, 0x23,
	0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17, 0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD);

/** The signature, or "wrong" where the chip's UID or certificate is another. */
function coldStart(bus: string): string {
	const link = new Link({ bus });
	try {
		const chip = new SE050(link, { scp03: scp03Option(scp03) });
		chip.select();
		const right = hex(chip.uid()) === uid && hex(chip.certificate()) === certificate;
		const signature = hex(chip.key().sign("SHA-256", digest));
		return right ? signature : "wrong";
	}
	finally {
		link.close();
	}
}

function attempt(bus: string): string {
	try {
		return coldStart(bus);
	}
	catch (error) {
		const { name, message } = error as Error;
		const code = /\[(\w+)\]$/.exec(message)?.[1];
		return `error:${code ?? name}`;
	}
}

for (let run = 0; run < runs; run++) {
	const first = attempt(faulty);
	const second = first.startsWith("error") ? attempt(clean) : "none";
	trace(`run ${run} ${first} ${second}\n`);
}
