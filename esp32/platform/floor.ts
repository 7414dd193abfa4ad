// SPDX-License-Identifier: MIT
/** Non-volatile storage of the form of the SDK's `preference`. */
export interface Storage {
	get(domain: string, name: string): unknown;
	set(domain: string, name: string, value: string): void;
}

const domain = "clock",
	name = "floor";
/** A value so far after the build is a damaged one, in seconds: 30 years. */
const furthest = 30 * 31_557_600;

/**
 * The earliest time that it can be: the build's, or the first day of validity of the newest certificate that a verified
 * server has shown. Both certainly lie in the past: a certification authority signed the latter. The time at which a
 * session stood would be later, but only as true as the time server: one lie would lock the device out until that time comes.
 */
export class Floor {
	readonly #built: number;
	readonly #storage: Storage;
	/** Read once: reading flash takes milliseconds. */
	#seconds: number | undefined;

	/** @param built when the firmware was built, in seconds since 1970 */
	constructor(built: number, storage: Storage) {
		this.#built = built;
		this.#storage = storage;
	}

	/** Seconds since 1970. */
	get seconds(): number {
		this.#seconds ??= this.#stored() ?? this.#built;
		return this.#seconds;
	}

	/** A verified server's certificate is valid from this time on, in seconds since 1970; kept when it is news. */
	confirm(seconds: number): void {
		if (!this.#isPlausible(seconds) || seconds <= this.seconds) return;
		this.#seconds = seconds;
		try {
			this.#storage.set(domain, name, String(seconds));
		} catch {
			// it counts until the next start
		}
	}

	#isPlausible(seconds: number): boolean {
		return Number.isInteger(seconds) && seconds > this.#built && seconds < this.#built + furthest;
	}

	#stored(): number | undefined {
		try {
			const seconds = Number(this.#storage.get(domain, name));
			return this.#isPlausible(seconds) ? seconds : undefined;
		} catch {
			return undefined;
		}
	}
}
