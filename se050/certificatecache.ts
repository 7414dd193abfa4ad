import { concatenate, equal, u32 } from "./bytes.js";
import { DerError, trimSequence } from "./der.js";
import { objects, uniqueIdLength } from "./objects.js";
import type { Version } from "./version.js";

/** Non-volatile storage of the SDK's form: its module `preference`, which keeps values by domain and name. */
export interface Preferences {
	get(domain: string, name: string): boolean | number | string | ArrayBuffer | undefined;
	set(domain: string, name: string, value: ArrayBuffer): void;
}

/** What is read from: `SE050`. */
export interface CertificateSource {
	certificate(id?: number): Uint8Array;
}

export interface FoundCertificate {
	/** DER. */
	certificate: Uint8Array;
	source: "cache" | "chip";
	/** Why it could not be kept: it is read from the chip at the next start, too. */
	problem?: string;
}

/** NVS on the ESP32 takes 15 characters of each. */
const domain = "se050";
const name = "certificate";

/** Of the record: its form, which changes with this file. */
const form = 1;

/** What a record belongs to: form, UID (18), object id (4), applet version (3) and configuration (2, in four bytes). */
function keyOf(uid: Uint8Array, id: number, { major, minor, patch, config }: Version): Uint8Array {
	return concatenate(Uint8Array.of(form), uid, u32(id), Uint8Array.of(major, minor, patch), u32(config));
}

const keyLength = 1 + uniqueIdLength + 4 + 3 + 4;

/**
 * A chip's certificate, read from the chip once and kept in non-volatile storage, so that a warm boot need not read it:
 * 20 ms of the bus at 400 kHz. A record counts only for the chip (UID), the object and the applet that it was read with, which
 * a boot knows from SELECT and the UID anyway. What those do not show, a file or key that was replaced in the same chip,
 * shows when a server does not take the certificate or the signature: then call `forget`, and the next one comes from the chip.
 * Flash wears: it is written only when the chip's certificate is not what it holds.
 */
export class CertificateCache {
	readonly #chip: CertificateSource;
	readonly #preferences: Preferences;
	#doubted = false;

	constructor(chip: CertificateSource, preferences: Preferences) {
		this.#chip = chip;
		this.#preferences = preferences;
	}

	/**
	 * @param uid of the chip that is there now
	 * @param version what SELECT said
	 */
	certificate(uid: Uint8Array, version: Version, id: number = objects.cloudCertificate0): FoundCertificate {
		const key = keyOf(uid, id, version);
		const kept = this.#kept(key);
		if (kept !== undefined && !this.#doubted)
			return { certificate: kept, source: "cache" };
		const certificate = this.#chip.certificate(id);
		this.#doubted = false;
		const problem = kept !== undefined && equal(kept, certificate) ? undefined : this.#keep(concatenate(key, certificate));
		return { certificate, source: "chip", ...problem !== undefined && { problem } };
	}

	/** After a refusal, or when something else says that the chip was changed: the next certificate comes from the chip. */
	forget(): void {
		this.#doubted = true;
	}

	/** The kept certificate when it is of that key and whole. Storage that cannot be read holds none. */
	#kept(key: Uint8Array): Uint8Array | undefined {
		const value = this.#value();
		if (!(value instanceof ArrayBuffer))
			return undefined;
		const record = new Uint8Array(value);
		if (!equal(record.subarray(0, keyLength), key))
			return undefined;
		return wholeSequence(record.subarray(keyLength));
	}

	#value(): unknown {
		try {
			return this.#preferences.get(domain, name);
		}
		catch {
			return undefined;
		}
	}

	/** Why it was not kept; undefined when it was. */
	#keep(record: Uint8Array): string | undefined {
		try {
			this.#preferences.set(domain, name, record.buffer as ArrayBuffer);
			return undefined;
		}
		catch (error) {
			return error instanceof Error ? error.message : String(error);
		}
	}
}

function wholeSequence(bytes: Uint8Array): Uint8Array | undefined {
	try {
		const sequence = trimSequence(bytes);
		return sequence.length === bytes.length ? sequence : undefined;
	}
	catch (error) {
		if (error instanceof DerError)
			return undefined;
		throw error;
	}
}
