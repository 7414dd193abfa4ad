// SPDX-License-Identifier: MIT
import { createCipheriv } from "node:crypto";
import { concatenate } from "../../se050/bytes.js";
import { factoryKeysOf, type PlatformKeys, scp03Option } from "../../se050/scp03.js";
import { fromHex, toHex } from "../lib/bytes.js";
import { ChipError, type ChipProcess, withChip } from "./chip.js";
import { type KeySet, readKeys } from "./key-file.js";

/** The version of the platform's keys, which stays the same (NXP AN13013, 4.2). */
const keyVersion = 0x0b;
/** Key type AES, then the length of what follows it: the key's length and the key (GlobalPlatform Amendment D, 7.2). */
const aesKey = Uint8Array.of(0x88, 0x11, 0x10);
const checkValueLength = 3;

function encryptBlock(key: string, block: Uint8Array): Uint8Array {
	const cipher = createCipheriv("aes-128-ecb", fromHex(key), null).setAutoPadding(false);
	return new Uint8Array(Buffer.concat([cipher.update(block), cipher.final()]));
}

/** The first bytes of a block of 01 under the key (GlobalPlatform Card Specification, B.6). */
const checkValue = (key: string): Uint8Array =>
	encryptBlock(key, new Uint8Array(16).fill(0x01)).slice(0, checkValueLength);

const inOrder = ({ enc, mac, dek }: KeySet): string[] => [enc, mac, dek];

/** PUT KEY's data: the version, then each key under the present DEK, with its check value. */
export function putKeyData(keys: KeySet, presentDek: string): Uint8Array {
	const fields = inOrder(keys).map(key =>
		concatenate(aesKey, encryptBlock(presentDek, fromHex(key)), Uint8Array.of(checkValueLength), checkValue(key)),
	);
	return concatenate(Uint8Array.of(keyVersion), ...fields);
}

/** What the chip answers when it has these keys: the version, and the check values. */
export const expectedAnswer = (keys: KeySet): Uint8Array =>
	concatenate(Uint8Array.of(keyVersion), ...inOrder(keys).map(checkValue));

/** The keys that are in now: of the factory by name or by asking, or of a file. @throws Error of one sentence */
export async function presentKeys(bus: string, text: string): Promise<KeySet> {
	const keys = text === "auto" ? await askForKeys(bus) : (factoryKeys(text) ?? readKeys(text));
	if (keys.dek === undefined)
		throw new Error("The present DEK, which encrypts the new keys, is not known: name a file with ENC, MAC and DEK.");
	return { enc: keys.enc, mac: keys.mac, dek: keys.dek };
}

function factoryKeys(name: string): PlatformKeys | undefined {
	try {
		const option = scp03Option(name);
		return typeof option === "object" && !name.includes(",") ? option : undefined;
	} catch {
		return undefined;
	}
}

async function askForKeys(bus: string): Promise<PlatformKeys> {
	const { oef } = await withChip({ bus }, chip => chip.call("greet"));
	if (oef === undefined)
		throw new Error(
			"The chip does not report its variant: instead of auto, name the variant, or a file with its keys.",
		);
	return factoryKeysOf(oef);
}

/** Whether the chip opens a channel with these keys. A wrong key is noticed on this side, so that the chip counts no failed try. */
async function has(bus: string, keys: KeySet): Promise<boolean> {
	try {
		await withChip({ bus, scp03: keys }, chip => chip.call("uid"));
		return true;
	} catch (error) {
		if (error instanceof ChipError && error.code === "SCP03_WRONG_KEYS") return false;
		throw error;
	}
}

/** What to say when the chip does not open a channel with the new keys: which it has. */
async function otherKeys(bus: string, present: KeySet): Promise<string> {
	return (await has(bus, present))
		? "The chip still has the OLD keys; nothing has changed."
		: "The chip has NEITHER the old nor the new keys.";
}

const undecided =
	"Which keys the chip has could not be found out. Keep both files, and try each with npm run se050 -- info --scp03-keys FILE.";

async function put(chip: ChipProcess, present: KeySet, next: KeySet): Promise<void> {
	await chip.call("openSecurityDomain", present);
	const answer = await chip.call("putKeys", putKeyData(next, present.dek));
	if (toHex(answer) !== toHex(expectedAnswer(next)))
		throw new Error(
			`PUT KEY: the chip answered ${toHex(answer)}, not the check values of the new keys, ${toHex(expectedAnswer(next))}.`,
		);
}

/**
 * Replaces the keys of Platform SCP03, and opens a channel with the new ones to prove that they are in. When the response to
 * PUT KEY is lost, it is not sent again: the same proof shows whether the chip took the keys.
 * @param next already on the disk: from here on a chip may have nothing else
 * @throws Error of what went wrong, and which keys the chip has
 */
export async function rotateKeys(bus: string, present: KeySet, next: KeySet): Promise<void> {
	const failure = await withChip({ bus, scp03: present }, chip => put(chip, present, next)).then(
		() => "The chip took the new keys and opens no channel with them.",
		messageOf,
	);
	let state: string | undefined;
	try {
		state = (await has(bus, next)) ? undefined : await otherKeys(bus, present);
	} catch (error) {
		state = `${undecided} (${messageOf(error)})`;
	}
	if (state !== undefined) throw new Error(`${failure} ${state}`);
}

const messageOf = (error: unknown): string => (error as Error).message;
