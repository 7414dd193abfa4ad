// SPDX-License-Identifier: MIT
/**
 * Cold starts over a bus that fails, up to a signature or a new key, for tools/campaign, which says in mc/config where the
 * bus with the faults is, where the one without, how many runs there are and with which keys. Each run prints one line.
 */
import config from "mc/config";
import { ecdsa } from "se050/algorithms";
import { fromDigits, hex as hexNumber } from "se050/bytes";
import Link from "se050/link";
import { ObjectManagement } from "se050/management/object-management";
import { scp03Option } from "se050/scp03";
import { SE050 } from "se050/se050";

interface Campaign {
	scenario: "signature" | "key";
	faulty: string;
	clean: string;
	runs: number;
	scp03: string;
	uid: string;
	certificate: string;
}

const { scenario, faulty, clean, runs, scp03, uid, certificate } = config as unknown as Campaign;

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, byte => hexNumber(byte, 2).slice(2))
		.join("")
		.toLowerCase();
}

/** SHA-256 of "abc" (FIPS 180-4's example). */
const digest = fromDigits("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

/** An id of those that customers may use. */
const keyId = 0x10000001;

function withChip(bus: string, action: (chip: SE050) => string): string {
	const link = new Link({ bus });
	try {
		const chip = new SE050(link, { scp03: scp03Option(scp03) });
		chip.select();
		return action(chip);
	} catch (error) {
		const { name, message } = error as Error;
		const code = /\[(\w+)\]$/.exec(message)?.[1];
		return `error:${name === "LinkError" ? code : name}`;
	} finally {
		link.close();
	}
}

/** The signature, or "wrong" where the chip's UID or certificate is another. */
function sign(chip: SE050): string {
	const right = hex(chip.uid()) === uid && hex(chip.certificate()) === certificate;
	const signature = hex(chip.key().sign("SHA-256", digest));
	return right ? signature : "wrong";
}

/** "made": the key was made, once. */
function makeKey(chip: SE050): string {
	new ObjectManagement(chip.applet).generateEcKey(keyId, "P-256");
	return "made";
}

/** Whether a key that was said to be made is there and works; where none was, makes it. Deletes it again. */
function checkKey(chip: SE050, first: string): string {
	const management = new ObjectManagement(chip.applet);
	if (first === "made" && !chip.exists(keyId)) return "wrong";
	if (!chip.exists(keyId)) management.generateEcKey(keyId, "P-256");
	const made = chip.sign(keyId, ecdsa["SHA-256"].id, digest)[0] === 0x30 && chip.read(keyId).length === 65;
	management.delete(keyId);
	return made && !chip.exists(keyId) ? "made" : "wrong";
}

function runSignature(): [first: string, second: string] {
	const first = withChip(faulty, sign);
	return [first, first.startsWith("error") ? withChip(clean, sign) : "none"];
}

function runKey(): [first: string, second: string] {
	const first = withChip(faulty, makeKey);
	const second = withChip(clean, chip => checkKey(chip, first));
	return [second === "made" ? first : "wrong", second];
}

for (let run = 0; run < runs; run++) {
	const [first, second] = scenario === "key" ? runKey() : runSignature();
	trace(`run ${run} ${first} ${second}\n`);
}
