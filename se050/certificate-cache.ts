// SPDX-License-Identifier: MIT
import { concatenate, equal, u32 } from "./bytes.js";
import { DerError, trimSequence } from "./der.js";
import { uniqueIdLength } from "./objects.js";
import type { Version } from "./version.js";

/** Non-volatile storage of the SDK's form: its module `preference`, which keeps values by domain and name. */
export interface Preferences {
	get(domain: string, name: string): boolean | number | string | ArrayBuffer | undefined;
	set(domain: string, name: string, value: ArrayBuffer): void;
}

/** What a kept certificate belongs to: all that a boot knows of it without reading it. */
export interface CertificateOwner {
	uid: Uint8Array;
	/** What SELECT said. */
	version: Version;
	/** The certificate's object id. */
	id: number;
}

/** NVS on the ESP32 takes 15 characters of each. */
const domain = "se050";
const name = "certificate";

/** Of the record: its form, which changes with this file. */
const form = 1;

/** The owner: form, UID (18), object id (4), applet version (3) and configuration (2, in four bytes). */
function keyOf({ uid, id, version: { major, minor, patch, config } }: CertificateOwner): Uint8Array {
	return concatenate(Uint8Array.of(form), uid, u32(id), Uint8Array.of(major, minor, patch), u32(config));
}

const keyLength = 1 + uniqueIdLength + 4 + 3 + 4;

/**
 * A chip's certificate in non-volatile storage, so that a warm boot need not read it from the chip: 20 ms of the bus at
 * 400 kHz. It counts only for the chip (UID), the object and the applet that it was read with.
 * @returns DER; undefined when there is none of that owner, or it is damaged, or the storage cannot be read
 */
export function keptCertificate(preferences: Preferences, owner: CertificateOwner): Uint8Array | undefined {
	const value = storedValue(preferences);
	if (!(value instanceof ArrayBuffer)) return undefined;
	const record = new Uint8Array(value);
	if (!equal(record.subarray(0, keyLength), keyOf(owner))) return undefined;
	return wholeSequence(record.subarray(keyLength));
}

/** Keeps a certificate, in place of any other. @throws {Error} the storage's own */
export function keepCertificate(preferences: Preferences, owner: CertificateOwner, certificate: Uint8Array): void {
	preferences.set(domain, name, concatenate(keyOf(owner), certificate).buffer as ArrayBuffer);
}

function storedValue(preferences: Preferences): unknown {
	try {
		return preferences.get(domain, name);
	} catch {
		return undefined;
	}
}

function wholeSequence(bytes: Uint8Array): Uint8Array | undefined {
	try {
		const sequence = trimSequence(bytes);
		return sequence.length === bytes.length ? sequence : undefined;
	} catch (error) {
		if (error instanceof DerError) return undefined;
		throw error;
	}
}
