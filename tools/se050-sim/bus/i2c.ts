// SPDX-License-Identifier: MIT
import { blockOverhead, maximumInformation } from "../../lib/chip-bus/block.js";
import type { Answer } from "../data-link/t1.js";

/** 7-bit address of the part, fixed. */
const i2cAddress = 0x48;

/** Longest frame that one write brings, in bytes; a byte beyond it is not acknowledged. */
const receiveBuffer = maximumInformation + blockOverhead;

/** What the master reads when nobody drives SDA: the pull-ups' ones. */
const released = 0xff;

/** Result of a write: how many bytes were acknowledged after the address; undefined where the address was not. */
export type Acknowledged = number | undefined;

/** What takes the frames that writes bring: the data link. */
export interface BlockTarget {
	/** The answer; undefined where there is no answer, which only a fault causes. */
	receive(frame: Uint8Array, now: number): Answer | undefined;
	/** After a loss of power. */
	restart(): void;
}

/** What the bus knows of a chip. */
export interface BusTarget {
	acknowledges(address: number, length: number, now: number): Acknowledged;
	/** @param stop whether STOP ends the transaction, or a repeated start */
	write(bytes: Uint8Array, now: number, stop?: boolean): void;
	read(address: number, count: number, now: number): Uint8Array | undefined;
	enable(level: boolean, now: number): void;
	/** Whether a read would be acknowledged. */
	hasAnswer(address: number, now: number): boolean;
}

/**
 * The chip as an I2C target. It acknowledges a write when it is idle, and a read when it has something to say: while it
 * computes it acknowledges nothing, and while bytes wait to be read no write. Bytes wait until they are read, however
 * many reads that takes, and no matter who reads them.
 */
export class I2CTarget implements BusTarget {
	readonly #link: BlockTarget;
	readonly #bootTime: number;
	#powered = true;
	#bootedAt: number;
	#pending: Answer | undefined;
	/** Bytes of `#pending` that have been read. */
	#position = 0;

	/**
	 * @param bootTime microseconds from power to the first acknowledgement
	 * @param bootedAt when the chip that is powered now acknowledges first
	 * @param pending bytes that wait to be read from before
	 */
	constructor(link: BlockTarget, bootTime: number, bootedAt: number, pending: Uint8Array | undefined) {
		this.#link = link;
		this.#bootTime = bootTime;
		this.#bootedAt = bootedAt;
		this.#pending = pending && { frame: pending, readyAt: bootedAt };
	}

	/** What waits to be read, or is being computed. */
	get pending(): Uint8Array | undefined {
		return this.#pending?.frame.subarray(this.#position);
	}

	get powered(): boolean {
		return this.#powered;
	}

	/** How many of the bytes of a write the chip would acknowledge when it starts at `now`. */
	acknowledges(address: number, length: number, now: number): Acknowledged {
		if (!this.#listens(address, now) || this.#pending) return undefined;
		return Math.min(length, receiveBuffer);
	}

	/** Takes the acknowledged bytes of a write, at the time of its end. An address alone changes nothing. */
	write(bytes: Uint8Array, now: number): void {
		if (bytes.length === 0) return;
		this.#pending = this.#link.receive(bytes, now);
		this.#position = 0;
	}

	/** `count` bytes; undefined where the address is not acknowledged. Beyond what is pending the line is released. */
	read(address: number, count: number, now: number): Uint8Array | undefined {
		const answer = this.#pending;
		if (!answer || !this.hasAnswer(address, now)) return undefined;
		const bytes = new Uint8Array(count).fill(released);
		bytes.set(answer.frame.subarray(this.#position, this.#position + count));
		this.#position += count;
		if (this.#position >= answer.frame.length) this.#finish(answer, now);
		return bytes;
	}

	/** Whether a part of an answer has been read and the rest has not. */
	get halfRead(): boolean {
		return this.#pending !== undefined && this.#position > 0;
	}

	hasAnswer(address: number, now: number): boolean {
		return this.#listens(address, now) && this.#pending !== undefined && now >= this.#pending.readyAt;
	}

	#finish({ frame, repeats = 0 }: Answer, now: number): void {
		this.#pending = repeats > 0 ? { frame, readyAt: now, repeats: repeats - 1 } : undefined;
		this.#position = 0;
	}

	/** The enable pin: low is deep power-down, which forgets everything but persistent objects. */
	enable(level: boolean, now: number): void {
		if (level === this.#powered) return;
		this.#powered = level;
		this.#pending = undefined;
		if (level) {
			this.#link.restart();
			this.#bootedAt = now + this.#bootTime;
		}
	}

	#listens(address: number, now: number): boolean {
		return this.#powered && address === i2cAddress && now >= this.#bootedAt;
	}
}
