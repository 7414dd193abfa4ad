// SPDX-License-Identifier: MIT
import type { Backoff } from "../modules/iot/backoff.js";
import type { Fields } from "../modules/iot/events.js";
import type { Timers } from "../modules/iot/mqtt.js";

/** What is started when chip and network are there: a `Session` of modules/iot, and what uses it. */
export interface Conversation {
	pause(): void;
	resume(): void;
	/** Ends it for good, and releases the chip's bus. */
	close(): void;
}

export interface StartupOptions<Identity> {
	/** Opens the chip and reads whose it is. */
	identify(): Identity;
	/** Whether an error of `identify` may be gone the next time, so that it is worth trying again. */
	isTemporary(error: unknown): boolean;
	/** Begins the conversation with the endpoint. */
	connect(identity: Identity): Conversation;
	timer: Timers;
	/** How long to wait before the chip is tried again. */
	backoff: Pick<Backoff, "next" | "reset">;
	report(event: string, fields?: Fields): void;
	/** Ends the program: an error that trying again does not fix. */
	failed(error: unknown): void;
}

/**
 * Brings chip and network together: the conversation begins when both are there, pauses while the network is away, and begins
 * again when another chip is found. A chip that does not answer is tried again while the network stays up.
 */
export class Startup<Identity> {
	readonly #options: StartupOptions<Identity>;
	#identity: { value: Identity } | undefined;
	#conversation: Conversation | undefined;
	#isOnline = false;
	#retry: unknown;

	constructor(options: StartupOptions<Identity>) {
		this.#options = options;
	}

	/** Reads the chip, now and after each failure that may pass. Returns false when the program ends. */
	identify(): boolean {
		return this.#guarded(() => {
			const { timer, backoff } = this.#options;
			timer.clear(this.#retry);
			try {
				this.#identity = { value: this.#options.identify() };
			} catch (error) {
				return this.#unidentified(error);
			}
			backoff.reset();
			this.#connect();
		});
	}

	/** The network is there, for the first time or again. */
	online(): void {
		this.#guarded(() => {
			this.#isOnline = true;
			if (this.#conversation) this.#conversation.resume();
			else this.#connect();
		});
	}

	/** The network is gone. */
	offline(): void {
		this.#guarded(() => {
			this.#isOnline = false;
			this.#conversation?.pause();
		});
	}

	/** The chip is another one than before: ends the conversation and begins again with the chip. */
	restart(): void {
		this.#guarded(() => {
			this.#conversation?.close();
			this.#conversation = this.#identity = undefined;
			this.identify();
		});
	}

	#connect(): void {
		if (!this.#isOnline || !this.#identity || this.#conversation) return;
		this.#conversation = this.#options.connect(this.#identity.value);
	}

	#unidentified(error: unknown): void {
		const { timer, backoff, report } = this.#options;
		if (!this.#options.isTemporary(error)) throw error;
		const delay = backoff.next();
		this.#retry = timer.set(() => this.identify(), delay);
		report("error", { step: "chip", message: error instanceof Error ? error.message : String(error) });
		report("retry", { seconds: (delay / 1_000).toFixed(3) });
	}

	/** All that is thrown, whenever and by whomever it is called, ends in one place. */
	#guarded(act: () => void): boolean {
		try {
			act();
			return true;
		} catch (error) {
			this.#options.failed(error);
			return false;
		}
	}
}
