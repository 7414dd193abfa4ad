// SPDX-License-Identifier: MIT
import { concatenate, equal, u32 } from "./bytes.js";
import { crc32 } from "./crc32.js";
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

/** The record's format, its first byte: it changes whenever the rest of the record is laid out differently. */
const format = 2;
const headerLength = 1 + 4;

/** The owner: UID (18), object id (4), applet version (3) and configuration (2, in four bytes). */
function keyOf({ uid, id, version: { major, minor, patch, config } }: CertificateOwner): Uint8Array {
	return concatenate(uid, u32(id), Uint8Array.of(major, minor, patch), u32(config));
}

const keyLength = uniqueIdLength + 4 + 3 + 4;

/**
 * A chip's certificate, with those of its issuers, in non-volatile storage, so that a warm boot need not read it from the chip: 20 ms of the bus at
 * 400 kHz. The record is the format (1 byte), a CRC-32 of all that follows it (4, big-endian), the owner and the certificates.
 * It counts only for the chip (UID), the object and the applet that it was read with.
 * @returns DER; undefined when nothing of that owner is kept, or it is damaged, or the storage cannot be read
 */
export function keptCertificate(preferences: Preferences, owner: CertificateOwner): Uint8Array | undefined {
	const value = storedValue(preferences);
	if (!(value instanceof ArrayBuffer)) return undefined;
	const record = new Uint8Array(value);
	const content = record.subarray(headerLength);
	const isWhole = content.length > keyLength && equal(record.subarray(0, headerLength), headerOf(content));
	if (!isWhole || !equal(content.subarray(0, keyLength), keyOf(owner))) return undefined;
	return content.slice(keyLength);
}

/** Keeps a certificate, in place of any other. @throws {Error} the storage's own */
export function keepCertificate(preferences: Preferences, owner: CertificateOwner, certificate: Uint8Array): void {
	const record = new Uint8Array(headerLength + keyLength + certificate.length); // in one piece: it is made while TLS holds much
	const content = record.subarray(headerLength);
	content.set(keyOf(owner));
	content.set(certificate, keyLength);
	record.set(headerOf(content));
	preferences.set(domain, name, record.buffer);
}

function headerOf(content: Uint8Array): Uint8Array {
	return concatenate(Uint8Array.of(format), u32(crc32(content)));
}

function storedValue(preferences: Preferences): unknown {
	try {
		return preferences.get(domain, name);
	} catch {
		return undefined;
	}
}
