// SPDX-License-Identifier: MIT
import type { TimeAnswer } from "./sntp.js";
import type { PlatformTimers } from "./station.js";

export interface ClockOptions<Timer> {
	/** Asks a time server; calls back once, later. */
	ask(server: string, onAnswer: (answer: TimeAnswer) => void): void;
	server: string;
	/** It cannot be earlier: seconds since 1970. */
	floor(): number;
	/** Sets the machine's clock: seconds since 1970. */
	set(seconds: number): void;
	timer: PlatformTimers<Timer>;
	/** Uniform in [0, 1). */
	random(): number;
	report(event: string, fields?: Readonly<Record<string, string | number | undefined>>): void;
	/** The clock is right for the first time. */
	onSet(): void;
}

/** Milliseconds before a time server that failed is asked again: doubles up to the longest. */
const shortestPause = 10_000,
	longestPause = 640_000;
/** A crystal that is off by 40 ppm is off by 3.5 s after this time, in milliseconds. */
const refreshInterval = 86_400_000;
/** How soon the time is asked again after a certificate that did not fit it, in milliseconds. */
const doubtInterval = 60_000;
/** A pause is lengthened by up to this part of itself. */
const jitter = 0.25;
/** A time so far after the earliest one is not believed, in seconds: 20 years. */
const furthest = 20 * 31_557_600;

/**
 * The machine's clock, set by SNTP: at the start, once a day, and when a server's certificate does not fit it. SNTP is not
 * authenticated, so what it says is only believed within bounds: not before the build and not before the last certificate
 * that a verified server has shown (see Floor), and not decades after. A time that is wrong within these bounds is asked
 * again when a certificate is "expired" or "not yet valid". It asks forever: without a clock no certificate can be judged.
 */
export class Clock<Timer> {
	readonly #options: ClockOptions<Timer>;
	#state: "waiting" | "asking" = "waiting";
	#isSet = false;
	#pause = shortestPause;
	#timer: Timer | undefined;
	/** Asked for so short a time ago that doubt is no reason to ask again. */
	#isFresh = false;

	constructor(options: ClockOptions<Timer>) {
		this.#options = options;
	}

	get isSet(): boolean {
		return this.#isSet;
	}

	/** The network is there: asks, unless the time is known or is being asked. */
	start(): void {
		if (!this.#isSet) this.#ask();
	}

	/** A certificate does not fit the time. */
	doubt(): void {
		if (!this.#isFresh) this.#ask();
	}

	#ask(): void {
		const { ask, server, timer } = this.#options;
		if (this.#state === "asking") return;
		this.#state = "asking";
		this.#stopTimer();
		this.#isFresh = true;
		timer.set(() => {
			this.#isFresh = false;
		}, doubtInterval);
		try {
			ask(server, answer => this.#answered(answer));
		} catch (error) {
			this.#failed((error as Error).message);
		}
	}

	#answered(answer: TimeAnswer): void {
		if (typeof answer === "string") return this.#failed(answer);
		const { set, server, report, onSet, floor } = this.#options;
		const earliest = floor();
		const utc = new Date(answer * 1_000).toISOString();
		if (answer < earliest || answer > earliest + furthest)
			return this.#failed(`its time ${utc} cannot be: it is at least ${new Date(earliest * 1_000).toISOString()}`);
		const isFirst = !this.#isSet;
		this.#isSet = true;
		this.#pause = shortestPause;
		set(Math.round(answer));
		report("time", { server, utc });
		this.#askIn(refreshInterval);
		if (isFirst) onSet();
	}

	#failed(why: string): void {
		const { server, report } = this.#options;
		const isNeeded = this.#isSet ? "" : ", and without it no server certificate can be checked";
		report("error", {
			step: "time",
			message: `The time server ${server} gave no time (${why})${isNeeded}: check that the network lets UDP port 123 through, or name another server with sntp=….`,
		});
		const delay = this.#askIn(this.#pause);
		this.#pause = Math.min(longestPause, 2 * this.#pause);
		report("retry", { seconds: (delay / 1_000).toFixed(3) });
	}

	#askIn(milliseconds: number): number {
		const { timer, random } = this.#options;
		const delay = Math.floor(milliseconds * (1 + jitter * random()));
		this.#state = "waiting";
		this.#stopTimer();
		this.#timer = timer.set(() => {
			this.#timer = undefined;
			this.#ask();
		}, delay);
		return delay;
	}

	#stopTimer(): void {
		if (this.#timer !== undefined) this.#options.timer.clear(this.#timer);
		this.#timer = undefined;
	}
}
