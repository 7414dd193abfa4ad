// SPDX-License-Identifier: MIT
import { equal } from "./bytes.js";
import { keepCertificate, keptCertificate, type Preferences } from "./certificate-cache.js";
import type { KeyPair } from "./objects.js";
import type { ChipKey } from "./se050.js";
import type { Version } from "./version.js";

/** What the credential needs of `SE050`. */
export interface CredentialChip {
	uid(): Uint8Array;
	certificate(id?: number): Uint8Array;
	key(id?: number): ChipKey;
}

export interface CredentialOptions {
	chip: CredentialChip;
	preferences: Preferences;
	/** Of the chip, as it was read at the start. */
	uid: Uint8Array;
	/** What SELECT said. */
	version: Version;
	pair: KeyPair;
}

/** A certificate for the next connection. */
export interface Reading {
	/** DER. */
	certificate: Uint8Array;
	/** Where it was read just now; undefined: it is the one of the connection before. */
	source?: "cache" | "chip";
	/** It is another one than that of the connection before, or the first. */
	isNew: boolean;
	/** Why it could not be kept: it will be read from the chip at the next start, too. */
	problem?: string;
}

/**
 * What a device shows to a TLS server: the certificate, and as its key the one in the chip. The certificate is read from the
 * chip once and then from non-volatile storage. One whose key has signed, and which was not `accepted` since, may be another
 * one than the chip's (a file or a key was replaced): it is read from the chip before it is shown again. Flash wears: it is
 * written only when the chip's certificate is not what it holds.
 */
export class Credential implements ChipKey {
	readonly #chip: CredentialChip;
	readonly #preferences: Preferences;
	readonly #uid: Uint8Array;
	readonly #version: Version;
	readonly #pair: KeyPair;
	#certificate: Uint8Array | undefined;
	#doubted = false;

	constructor({ chip, preferences, uid, version, pair }: CredentialOptions) {
		this.#chip = chip;
		this.#preferences = preferences;
		this.#uid = uid;
		this.#version = version;
		this.#pair = pair;
	}

	/** @throws {Error} the chip does not have it, cannot be talked to, or is another one than at the start */
	read(): Reading {
		const before = this.#certificate;
		if (before !== undefined && !this.#doubted) return { certificate: before, isNew: false };
		const reading = before === undefined ? this.#first() : this.#again(before);
		this.#certificate = reading.certificate;
		this.#doubted = false;
		return reading;
	}

	/** Signs with the key in the chip, as a TLS client asks it. */
	sign(...request: Parameters<ChipKey["sign"]>): Uint8Array {
		this.#doubted = true;
		return this.#chip.key(this.#pair.key).sign(...request);
	}

	/** The server has taken the certificate and a signature of its key. */
	accepted(): void {
		this.#doubted = false;
	}

	#first(): Reading {
		const kept = this.#kept();
		return kept === undefined
			? { ...this.#fromChip(kept), isNew: true }
			: { certificate: kept, source: "cache", isNew: true };
	}

	#again(before: Uint8Array): Reading {
		if (!equal(this.#chip.uid(), this.#uid))
			throw new Error(
				"The chip is another one than at the start: start the firmware again, for it takes its client id from the chip.",
			);
		const reading = this.#fromChip(this.#kept());
		return { ...reading, isNew: !equal(reading.certificate, before) };
	}

	#kept(): Uint8Array | undefined {
		return keptCertificate(this.#preferences, this.#owner);
	}

	#fromChip(kept: Uint8Array | undefined): Omit<Reading, "isNew"> {
		const certificate = this.#chip.certificate(this.#pair.certificate);
		const problem = kept !== undefined && equal(kept, certificate) ? undefined : this.#keep(certificate);
		return { certificate, source: "chip", ...(problem !== undefined && { problem }) };
	}

	/** Why it was not kept; undefined when it was. */
	#keep(certificate: Uint8Array): string | undefined {
		try {
			keepCertificate(this.#preferences, this.#owner, certificate);
			return undefined;
		} catch (error) {
			return error instanceof Error ? error.message : String(error);
		}
	}

	get #owner() {
		return { uid: this.#uid, version: this.#version, id: this.#pair.certificate };
	}
}
