// SPDX-License-Identifier: MIT
export interface RepetitionOptions {
	/** The shortest wait for a PUBACK, in milliseconds. */
	base: number;
	/** Uniform in [0, 1). */
	random(): number;
}

/** The longest wait, in milliseconds, unless the base is longer. */
const longest = 120_000;
/** A wait is lengthened by up to this part of itself, so that devices that lost an endpoint together do not repeat together. */
const jitter = 0.25;
/** A PUBACK is late when it takes more than this many times as long as an earlier one. */
const margin = 2;
/** What is left of a long wait after each PUBACK that came sooner. */
const decay = 7 / 8;

/**
 * How long a PUBACK is waited for before its PUBLISH is repeated. Each repetition without an answer doubles the wait; PUBACKs
 * that take long lengthen it, as TCP's retransmission timer does (RFC 6298), so that a slow endpoint is not given the
 * same message again and again.
 */
export class Repetition {
	readonly #base: number;
	readonly #cap: number;
	readonly #random: () => number;
	#patience: number;
	#bound: number;

	constructor({ base, random }: RepetitionOptions) {
		this.#base = base;
		this.#cap = Math.max(base, longest);
		this.#random = random;
		this.#patience = this.#bound = base;
	}

	/** How long a PUBACK may take by what was seen so far, in milliseconds. */
	get patience(): number {
		return this.#patience;
	}

	/** The next wait, in milliseconds; the bound of the one after it doubles. */
	next(): number {
		const bound = this.#bound;
		this.#bound = Math.min(this.#cap, 2 * bound);
		return Math.floor(bound * (1 + jitter * this.#random()));
	}

	/** A PUBACK came, that many milliseconds after its PUBLISH was first written on this connection. */
	acknowledged(latency: number): void {
		this.#patience = this.#within(Math.max(margin * latency, decay * this.#patience));
		this.#bound = this.#patience;
	}

	/** A connection ended because nothing came in: the next one is given more time. */
	fellSilent(): void {
		this.#patience = this.#within(2 * this.#patience);
	}

	/** Begins a connection. */
	restart(): void {
		this.#bound = this.#patience;
	}

	#within(milliseconds: number): number {
		return Math.min(this.#cap, Math.max(this.#base, milliseconds));
	}
}
