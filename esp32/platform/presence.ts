// SPDX-License-Identifier: MIT
export interface PresenceOptions {
	/** Whether the clock is right already. */
	isTimeSet(): boolean;
	/** Asks for the time; `timed` is called when it is there. */
	askTime(): void;
	onOnline(): void;
	onOffline(): void;
}

/**
 * When the application is online: link, address and time are there. Each change is reported once, whatever the network is made of:
 * Wi-Fi and Ethernet call `linked` and `unlinked`.
 */
export class Presence {
	readonly #options: PresenceOptions;
	#isLinked = false;
	#isOnline = false;

	constructor(options: PresenceOptions) {
		this.#options = options;
	}

	/** There is an address. */
	linked(): void {
		this.#isLinked = true;
		if (this.#options.isTimeSet()) this.#change();
		else this.#options.askTime();
	}

	/** The address is gone. */
	unlinked(): void {
		this.#isLinked = false;
		this.#change();
	}

	/** The clock is right. */
	timed(): void {
		this.#change();
	}

	#change(): void {
		const isOnline = this.#isLinked && this.#options.isTimeSet();
		if (isOnline === this.#isOnline) return;
		this.#isOnline = isOnline;
		if (isOnline) this.#options.onOnline();
		else this.#options.onOffline();
	}
}
