// SPDX-License-Identifier: MIT
import type { Timers } from "./station.js";

/** The SDK's `sntp`: calls back with a message and, by message, the time in seconds since 1970 or why it failed. */
export interface TimeClient {
	new (options: { host: string }, callback: (message: number, value?: number | string) => string | undefined): object;
	readonly time: number;
	readonly error: number;
}

export interface ClockOptions<Timer> {
	io: TimeClient;
	server: string;
	/** Sets the machine's clock: seconds since 1970. */
	set(seconds: number): void;
	timer: Timers<Timer>;
	report(event: string, fields?: Readonly<Record<string, string | number | undefined>>): void;
	/** The clock is right. Called once. */
	onSet(): void;
}

/** Milliseconds between two attempts; each asks five times itself. */
const pause = 10_000;

/** Sets the clock by SNTP (RFC 4330), trying for ever: server certificates cannot be judged without it. */
export class Clock<Timer> {
	readonly #options: ClockOptions<Timer>;
	#isAsking = false;
	#isSet = false;

	constructor(options: ClockOptions<Timer>) {
		this.#options = options;
	}

	/** Asks the time server, unless that is under way or done. */
	start(): void {
		if (this.#isAsking || this.#isSet) return;
		this.#isAsking = true;
		try {
			this.#ask();
		} catch (error) {
			this.#failed((error as Error).message);
		}
	}

	#ask(): void {
		const { io: Sntp, server } = this.#options;
		new Sntp({ host: server }, (message, value) => {
			if (message === Sntp.time) this.#answered(Number(value));
			else if (message === Sntp.error) this.#failed(String(value));
			return undefined;
		});
	}

	#answered(seconds: number): void {
		const { set, server, report, onSet } = this.#options;
		this.#isSet = true;
		set(seconds);
		report("time", { server, utc: new Date(seconds * 1_000).toISOString() });
		onSet();
	}

	#failed(why: string): void {
		const { timer, server, report } = this.#options;
		this.#isAsking = false;
		report("error", {
			step: "time",
			message: `The time server ${server} gave no time (${why}), and without it no server certificate can be checked: see that the network lets UDP port 123 out, or name another server with sntp=….`,
		});
		report("retry", { seconds: (pause / 1_000).toFixed(3) });
		timer.set(() => this.start(), pause);
	}
}
