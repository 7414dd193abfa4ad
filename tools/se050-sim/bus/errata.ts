// SPDX-License-Identifier: MIT
import type { Acknowledged, BusTarget, I2CTarget } from "./i2c.js";

/**
 * What parts do that they should not, as their users and NXP's host library report it. `empty-write`: after an address
 * without bytes the next frame goes unheard, and only a read after it brings the chip back (NXP's erratum I2C.2, whose cure
 * is a dummy frame and a read). `repeated-start`: a read after a write without STOP hangs the chip until power goes.
 * `half-read`: writing on and on while half an answer is unread does the same.
 */
export const errataNames = ["empty-write", "repeated-start", "half-read"] as const;
export type Erratum = (typeof errataNames)[number];

/** Writes onto half an answer that a chip bears. Users report retries only; the number is a choice, NXP's own host's. */
const bearableWrites = 8;

/** An I2C target with the errata that are asked for. */
export class ErrataTarget implements BusTarget {
	readonly #target: I2CTarget;
	readonly #errata: ReadonlySet<Erratum>;
	/** Acknowledges nothing until power goes. */
	#hangs = false;
	/** Since an empty write: hears nothing until it is read. */
	#deaf = false;
	#afterOpenWrite = false;
	#writesOntoHalf = 0;

	constructor(target: I2CTarget, errata: readonly Erratum[]) {
		this.#target = target;
		this.#errata = new Set(errata);
	}

	acknowledges(address: number, length: number, now: number): Acknowledged {
		this.#afterOpenWrite = false;
		const acknowledged = this.#target.acknowledges(address, length, now);
		if (this.#errata.has("half-read") && this.#target.halfRead && ++this.#writesOntoHalf >= bearableWrites)
			this.#hangs = true;
		return this.#hangs ? undefined : acknowledged;
	}

	write(bytes: Uint8Array, now: number, stop = true): void {
		this.#afterOpenWrite = !stop;
		if (bytes.length === 0) this.#deaf ||= this.#errata.has("empty-write");
		else if (!this.#deaf) this.#target.write(bytes, now);
	}

	read(address: number, count: number, now: number): Uint8Array | undefined {
		if (this.#afterOpenWrite && this.#errata.has("repeated-start")) this.#hangs = true;
		this.#afterOpenWrite = false;
		if (this.#hangs) return undefined;
		if (this.#deaf) {
			this.#deaf = false;
			return undefined;
		}
		this.#writesOntoHalf = 0;
		return this.#target.read(address, count, now);
	}

	hasAnswer(address: number, now: number): boolean {
		return !this.#hangs && !this.#deaf && this.#target.hasAnswer(address, now);
	}

	/** Power that goes takes all of it away. */
	enable(level: boolean, now: number): void {
		if (!level) {
			this.#hangs = false;
			this.#deaf = false;
			this.#writesOntoHalf = 0;
		}
		this.#target.enable(level, now);
	}
}
