// SPDX-License-Identifier: MIT
import { equal } from "./bytes.js";
import { keepCertificate, keptCertificate, type Preferences } from "./certificate-cache.js";
import { trimSequence } from "./der.js";
import type { KeyPair } from "./objects.js";
import type { ChipKey } from "./se050.js";
import type { Version } from "./version.js";

/** What the credential needs of `SE050`. */
export interface CredentialChip {
	uid(): Uint8Array;
	chain(id?: number): Uint8Array;
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
	/** The device's own, DER. */
	certificate: Uint8Array;
	/** It and the certificates of its issuers, as far as the chip has them: DER, concatenated, the device's own first. */
	chain: Uint8Array;
	/** Where it was read just now; undefined: it is the one of the connection before. */
	source?: "cache" | "chip";
	/** It differs from that of the connection before, or is the first. */
	isNew: boolean;
}

function shownAs(chain: Uint8Array): Pick<Reading, "certificate" | "chain"> {
	return { certificate: trimSequence(chain), chain };
}

/**
 * The chip's UID differs from the one that was read at the start: the chip was exchanged, or one of the two readings was
 * disturbed. The client id comes from the UID, so the identity must be read again from the beginning.
 */
export class OtherChipError extends Error {
	override readonly name = "OtherChipError";

	constructor() {
		super("The chip's UID differs from the one that was read at the start: chip and client id are read again.");
	}
}

/**
 * What a device shows to a TLS server: the certificate, and as its key the one in the chip.
 *
 * A certificate is proven when a server has accepted it together with a signature of the chip's key. Only a proven one is
 * kept in non-volatile storage, and only a proven one is shown again without being read from the chip again: a bus
 * that was disturbed while it was read costs one attempt, not the device. When the key has signed and no session followed,
 * the proof no longer counts, since key or certificate may have been replaced. Flash wears out: it is written only when its
 * content differs.
 */
export class Credential implements ChipKey {
	readonly #chip: CredentialChip;
	readonly #preferences: Preferences;
	readonly #uid: Uint8Array;
	readonly #version: Version;
	readonly #pair: KeyPair;
	#chain: Uint8Array | undefined;
	/** The certificate is what non-volatile storage holds. */
	#isKept = false;
	/** A server has accepted the certificate, and the key has not signed since. */
	#proven = false;
	/** It was shown in a connection that has led to no session yet. */
	#shown = false;
	/** The key has signed in that connection. */
	#signed = false;

	constructor({ chip, preferences, uid, version, pair }: CredentialOptions) {
		this.#chip = chip;
		this.#preferences = preferences;
		this.#uid = uid;
		this.#version = version;
		this.#pair = pair;
	}

	/** The certificate, at the start. @throws {Error} the chip does not have it, or cannot be reached */
	read(): Reading {
		const before = this.#chain;
		if (before !== undefined) return { ...shownAs(before), isNew: false };
		const kept = keptCertificate(this.#preferences, this.#owner);
		this.#isKept = kept !== undefined;
		this.#chain = kept ?? this.#chip.chain(this.#pair.certificate);
		return { ...shownAs(this.#chain), source: kept ? "cache" : "chip", isNew: true };
	}

	/**
	 * The certificate for a connection that begins now: read from the chip when an earlier connection has shown it and no
	 * session followed.
	 * @throws {OtherChipError} the chip is not the one of the start
	 * @throws {Error} the chip does not have it, or cannot be reached
	 */
	show(): Reading {
		const before = this.#chain;
		const reading = before !== undefined && this.#shown && !this.#proven ? this.#again(before) : this.read();
		this.#shown = true;
		this.#signed = false;
		return reading;
	}

	/** Signs with the key in the chip, as a TLS client asks it. */
	sign(...request: Parameters<ChipKey["sign"]>): Uint8Array {
		this.#proven = false;
		const signature = this.#chip.key(this.#pair.key).sign(...request);
		this.#signed = true;
		return signature;
	}

	/**
	 * A session stands: if the key has signed for it, the server has checked certificate and signature, and the certificate
	 * is kept.
	 * @returns why it could not be kept: it will be read from the chip at the next start, too
	 */
	accepted(): string | undefined {
		this.#shown = false;
		if (!this.#signed) return undefined;
		this.#proven = true;
		return this.#isKept || !this.#chain ? undefined : this.#keep(this.#chain);
	}

	#again(before: Uint8Array): Reading {
		if (!equal(this.#chip.uid(), this.#uid)) throw new OtherChipError();
		const chain = this.#chip.chain(this.#pair.certificate);
		this.#chain = chain;
		const kept = keptCertificate(this.#preferences, this.#owner);
		this.#isKept = kept !== undefined && equal(kept, chain);
		return { ...shownAs(chain), source: "chip", isNew: !equal(chain, before) };
	}

	#keep(chain: Uint8Array): string | undefined {
		try {
			keepCertificate(this.#preferences, this.#owner, chain);
			this.#isKept = true;
			return undefined;
		} catch (error) {
			return error instanceof Error ? error.message : String(error);
		}
	}

	get #owner() {
		return { uid: this.#uid, version: this.#version, id: this.#pair.certificate };
	}
}
