// SPDX-License-Identifier: MIT
/** The messages of one direction, by their numbers: who has said and seen what. */
export class Ledger {
	/** Messages of which the far end has told their sender that it has them. */
	readonly acknowledged = new Set<number>();
	/** Messages of which their receiver has told the far end that it has them. */
	readonly taken = new Set<number>();
	readonly #arrived = new Map<number, number>();

	/** The receiving application has a message, for the first time or again. */
	arrive(number: number): void {
		this.#arrived.set(number, (this.#arrived.get(number) ?? 0) + 1);
	}

	/** How many different messages arrived. */
	get arrived(): number {
		return this.#arrived.size;
	}

	/** Arrivals beyond the first of each message. */
	get duplicates(): number {
		return [...this.#arrived.values()].reduce((sum, count) => sum + count - 1, 0);
	}

	/** Messages that were acknowledged on either side and have not arrived. */
	get missing(): number[] {
		return [...new Set([...this.acknowledged, ...this.taken])].filter(number => !this.#arrived.has(number));
	}
}
