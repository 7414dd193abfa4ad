// SPDX-License-Identifier: MIT
/** Who sent the block that a fault hits. */
export type Sender = "host" | "chip";

/**
 * What can go wrong on the way between a host and the chip. Lengths in bytes, times in microseconds.
 *
 * - `lost`: the block disappears; of the host's the chip knows nothing, of the chip's the host reads nothing.
 * - `corrupted`: bit `bit` is inverted, counted from the first bit and modulo the block's length.
 * - `collision`: the same bit before the CRC, which is right nonetheless: the one corrupted block in 65,536 that it lets pass.
 * - `truncated`: only the first `length` bytes come.
 * - `duplicated`: the chip takes the block twice, or gives its answer twice.
 * - `wrong-nad`, `wrong-sequence`, `wrong-length`: NAD, N(S) or N(R), or LEN (by `difference`) differ, under a right CRC.
 * - `late`: the answer comes `microseconds` later.
 * - `r-nak`: the chip does not take the block and answers an R-block with this error code.
 * - `wtx`: S(WTX request) with each of these multipliers in front of the answer.
 * - `ifs`: S(IFS request) with this size in front of the answer.
 * - `abort`: S(ABORT request) in place of the answer, which is lost.
 * - `reset`: the chip resets, before or after it has executed what came; nothing is answered.
 * - `nack`: `times` writes in a row are not acknowledged from byte `after` on (0: the address), or as many reads not at all.
 * - `silent`: nothing is acknowledged for a time.
 * - `sda-low`: the chip holds SDA low for a time, or until its power goes: everything seems acknowledged, all bytes are 00.
 */
export type FaultAction =
	| { kind: "lost" | "duplicated" | "wrong-sequence"; from: Sender }
	| { kind: "corrupted" | "collision"; from: Sender; bit: number }
	| { kind: "truncated"; from: Sender; length: number }
	| { kind: "wrong-nad"; from: Sender; value: number }
	| { kind: "wrong-length"; from: Sender; difference: number }
	| { kind: "late"; microseconds: number }
	| { kind: "r-nak"; error: number }
	| { kind: "wtx"; multipliers: number[] }
	| { kind: "ifs"; size: number }
	| { kind: "abort" }
	| { kind: "reset"; when: "before" | "after" }
	| { kind: "nack"; during: "write" | "read"; after: number; times: number }
	| { kind: "silent" | "sda-low"; during: "write" | "read"; microseconds: number };

/**
 * A fault at one exchange: the block that the host writes, and the block with which the chip answers. They are counted
 * from 1, by the writes that reach the chip.
 */
export type ChipFault = FaultAction & { exchange: number };

/** Faults by exchange, or faults drawn by a seed: on average at `rate` of a thousand exchanges. */
export type Faults = readonly ChipFault[] | { seed: string; rate: number };

/** Which faults are to come, and how far the run is. */
export class FaultPlan {
	#faults: (exchange: number) => readonly ChipFault[] = () => [];
	#exchange = 0;
	#current: readonly ChipFault[] = [];
	#upcoming: readonly ChipFault[] = [];

	/** The exchange that is under way; 0 before the first. */
	get exchange(): number {
		return this.#exchange;
	}

	/** Faults of the exchange that is under way. */
	get current(): readonly ChipFault[] {
		return this.#current;
	}

	/** Faults of the exchange that the next write begins. */
	get upcoming(): readonly ChipFault[] {
		return this.#upcoming;
	}

	/** Restarts the count, with these faults. */
	start(faults: (exchange: number) => readonly ChipFault[]): void {
		this.#faults = faults;
		this.#exchange = 0;
		this.#current = [];
		this.#upcoming = faults(1);
	}

	/** A write has reached the chip: its faults. */
	advance(): readonly ChipFault[] {
		this.#exchange++;
		this.#current = this.#upcoming;
		this.#upcoming = this.#faults(this.#exchange + 1);
		return this.#current;
	}
}
