import { equal } from "./bytes.js";
import { CertificateCache, type CertificateSource, type FoundCertificate, type Preferences } from "./certificatecache.js";
import type { KeyPair } from "./objects.js";
import type { ChipKey } from "./se050.js";
import type { Version } from "./version.js";

/** What the credential needs of `SE050`. */
export interface CredentialChip extends CertificateSource {
	uid(): Uint8Array;
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
	/** A certificate was read, from the cache or the chip; `isNew`: it is another one than before. */
	onCertificate(found: FoundCertificate, isNew: boolean): void;
}

/**
 * What a device shows to a TLS server: the certificate, and the key in the chip. A certificate whose key has signed and
 * which was not `accepted` since may be another one than the chip's, so that it is read from the chip before it is shown again.
 */
export class Credential {
	readonly #options: CredentialOptions;
	readonly #cache: CertificateCache;
	#certificate: Uint8Array | undefined;
	#doubted = false;
	readonly key: ChipKey;

	constructor(options: CredentialOptions) {
		const { chip, preferences, pair } = options;
		this.#options = options;
		this.#cache = new CertificateCache(chip, preferences);
		const key = chip.key(pair.key);
		this.key = {
			sign: (...request) => {
				this.#doubted = true;
				return key.sign(...request);
			},
		};
	}

	/**
	 * The certificate for the next connection, DER.
	 * @throws {Error} the chip does not have it, cannot be talked to, or is another one than at the start
	 */
	read(): Uint8Array {
		const kept = this.#certificate;
		if (kept !== undefined && !this.#doubted)
			return kept;
		const found = this.#find(kept !== undefined);
		this.#doubted = false;
		this.#certificate = found.certificate;
		this.#options.onCertificate(found, kept === undefined || !equal(kept, found.certificate));
		return found.certificate;
	}

	/** The server has taken the certificate and a signature of its key. */
	accepted(): void {
		this.#doubted = false;
	}

	#find(again: boolean): FoundCertificate {
		const { chip, uid, version, pair } = this.#options;
		if (again) {
			if (!equal(chip.uid(), uid))
				throw new Error("The chip is another one than at the start: start the firmware again, for it takes its client id from the chip.");
			this.#cache.forget();
		}
		return this.#cache.certificate(uid, version, pair.certificate);
	}
}
