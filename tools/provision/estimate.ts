// SPDX-License-Identifier: MIT
/** One look at how far a run is. */
interface Sample {
	at: number;
	done: number;
	bytes: number;
}

/** How far back the present rate looks, in milliseconds. */
const window = 60_000;
/** Samples are at least so far apart, in milliseconds. */
const spacing = 1_000;

/** Rate and remaining time of a run, from its last minute. */
export class Estimate {
	readonly #total: number | undefined;
	#samples: Sample[];

	/** @param total bytes of all sources, if known */
	constructor(total: number | undefined, now: number) {
		this.#total = total;
		this.#samples = [{ at: now, done: 0, bytes: 0 }];
	}

	/** @param done certificates that are finished; @param bytes of the sources that are */
	update(now: number, done: number, bytes: number): void {
		const last = this.#samples.at(-1);
		if (last && this.#samples.length > 1 && now - last.at < spacing) this.#samples.pop();
		this.#samples.push({ at: now, done, bytes });
		while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > window) this.#samples.shift();
	}

	/** Certificates per second. */
	get rate(): number {
		return this.#perSecond(({ done }) => done);
	}

	/** Part of the sources that is dealt with, 0 to 1; undefined when their length is not known. */
	get fraction(): number | undefined {
		return this.#total ? Math.min(1, (this.#samples.at(-1)?.bytes ?? 0) / this.#total) : undefined;
	}

	/** Seconds until the end, as it looks now; undefined when it is not known. */
	get remaining(): number | undefined {
		const speed = this.#perSecond(({ bytes }) => bytes);
		const bytes = this.#samples.at(-1)?.bytes ?? 0;
		return this.#total && speed > 0 ? Math.max(0, this.#total - bytes) / speed : undefined;
	}

	#perSecond(value: (sample: Sample) => number): number {
		const first = this.#samples[0],
			last = this.#samples.at(-1);
		if (!first || !last || last.at <= first.at) return 0;
		return ((value(last) - value(first)) / (last.at - first.at)) * 1_000;
	}
}

/** Seconds as a person says them: `45 s`, `12 min`, `2 h 48 min`. */
export function duration(seconds: number): string {
	if (seconds < 90) return `${Math.round(seconds)} s`;
	const minutes = Math.round(seconds / 60);
	return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
