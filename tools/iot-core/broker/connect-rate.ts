// SPDX-License-Identifier: MIT
/** A CONNECT may come a little earlier than a rate has it, as networks delay one more than another. */
const tolerance = 0.25;

/** How often each client id connects. */
export class ConnectRate {
	readonly #interval: number;
	readonly #now: () => number;
	/** When client ids connected last, in milliseconds, the longest ago first. */
	readonly #last = new Map<string, number>();

	/**
	 * @param rate CONNECTs a second and client id
	 * @param now monotonic, in milliseconds
	 */
	constructor(rate: number, now: () => number = () => performance.now()) {
		this.#interval = ((1 - tolerance) * 1000) / rate;
		this.#now = now;
	}

	/** Counts a CONNECT; false when it comes too soon. */
	take(clientId: string): boolean {
		const now = this.#now();
		for (const [id, at] of this.#last) {
			if (now - at < this.#interval) break;
			this.#last.delete(id);
		}
		if (this.#last.has(clientId)) return false;
		this.#last.set(clientId, now);
		return true;
	}
}
