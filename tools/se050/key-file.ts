// SPDX-License-Identifier: MIT
import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { PlatformKeys } from "../../se050/scp03.js";

/** Own keys with all three of them: what replacing takes. */
export type KeySet = Required<Pick<PlatformKeys, "enc" | "mac" | "dek">>;

const names = ["ENC", "MAC", "DEK"] as const;
const othersMayRead = 0o077;

function keysOf(text: string): KeySet | undefined {
	const [enc, mac, dek] = names.map(name =>
		new RegExp(`^${name}[ \\t]+([0-9A-Fa-f]{32})[ \\t]*$`, "m").exec(text)?.[1]?.toUpperCase(),
	);
	return enc === undefined || mac === undefined || dek === undefined ? undefined : { enc, mac, dek };
}

/** @throws Error of one sentence, with what to do */
function opened(path: string, flags: "r" | "wx", remedy: string): number {
	try {
		return openSync(path, flags, 0o600);
	} catch (error) {
		throw new Error(`${(error as Error).message}: ${remedy}.`);
	}
}

/**
 * Reads keys as NXP's tools keep them (EX_SSS_BOOT_SCP03_PATH): a line each, "ENC 00112233…", "MAC …", "DEK …". The file must
 * be its owner's alone.
 * @throws Error of one sentence, which shows no key
 */
export function readKeys(path: string): KeySet {
	const file = opened(path, "r", "name the file that has the keys");
	try {
		if (fstatSync(file).mode & othersMayRead)
			throw new Error(`Others may read or change ${path}: run chmod 600 ${path} first.`);
		const keys = keysOf(readFileSync(file, "utf8"));
		if (!keys) throw new Error(`${path} does not have the lines ENC, MAC and DEK with 32 hexadecimal digits each.`);
		return keys;
	} finally {
		closeSync(file);
	}
}

function syncFolder(path: string): void {
	const folder = openSync(dirname(path), "r");
	fsyncSync(folder);
	closeSync(folder);
}

/** Writes new random keys to a file that does not exist yet, and returns when they are on the disk. @throws Error of one sentence */
export function generateKeys(path: string): KeySet {
	const [enc, mac, dek] = names.map(() => randomBytes(16).toString("hex").toUpperCase()) as [string, string, string];
	const file = opened(
		path,
		"wx",
		"nothing is ever overwritten; leave --generate out to use the keys of a file that is there",
	);
	try {
		writeFileSync(file, `ENC ${enc}\nMAC ${mac}\nDEK ${dek}\n`);
		fsyncSync(file);
	} finally {
		closeSync(file);
	}
	syncFolder(path);
	return readKeys(path);
}
