// SPDX-License-Identifier: MIT
import { CallPacer } from "./call-pacer.js";
import type { PacingClock } from "./clock.js";
import { CallRefusal, classifyError, describeError, type ErrorClass, RunError } from "./service-errors.js";

export interface CallerOptions {
	clock: PacingClock;
	/** Calls per second of each operation; AWS counts its quotas for each operation separately. */
	rate: number;
	/** Called with each call that is repeated, and the reason. */
	onRetry?(operation: string, error: unknown): void;
}

interface CallOptions {
	/** An error that passes with time, besides throttling and failures; and how long it may last, in milliseconds. */
	waitOut?: { error: string; milliseconds: number };
}

/** Bounds of the wait before a repetition, in milliseconds: full jitter, as the AWS Architecture Blog has it. */
const backoff = { base: 500, cap: 20_000 } as const;
/**
 * Tries of a call. As long as nothing shows that the service is there at all, a few; throttling says that it is well,
 * and is waited out much longer.
 */
const attempts = { first: 3, usual: 10, throttled: 50 } as const;

/** One call: how often it was tried, and since when. */
interface Attempt {
	tries: number;
	startedAt: number;
}

/** Makes calls: each operation at its rate, with throttling and failures repeated after a full-jitter wait. */
export class Caller {
	readonly #options: CallerOptions;
	readonly #pacers = new Map<string, CallPacer>();
	#answered = false;
	#retries = 0;

	constructor(options: CallerOptions) {
		this.#options = options;
	}

	/** How many calls have been repeated. */
	get retries(): number {
		return this.#retries;
	}

	/**
	 * Makes a call until it passes or is refused.
	 * @throws RunError when the service cannot be reached or refuses the caller; CallRefusal when it refuses
	 * this one request
	 */
	async call<T>(operation: string, send: () => Promise<T>, { waitOut }: CallOptions = {}): Promise<T> {
		const { clock, onRetry } = this.#options;
		const pacer = this.#pacer(operation);
		const startedAt = clock.now();
		for (let tries = 1; ; tries++) {
			await pacer.take();
			try {
				const answer = await send();
				this.#answered = true;
				pacer.recover();
				return answer;
			} catch (error) {
				this.#judge(operation, error, { tries, startedAt }, waitOut);
				if (classifyError(error) === "throttled") pacer.slowDown();
				this.#retries += 1;
				onRetry?.(operation, error);
				await clock.sleep(clock.random() * Math.min(backoff.cap, backoff.base * 2 ** (tries - 1)));
			}
		}
	}

	#pacer(operation: string): CallPacer {
		const pacer = this.#pacers.get(operation) ?? new CallPacer(this.#options.rate, this.#options.clock);
		this.#pacers.set(operation, pacer);
		return pacer;
	}

	/** Returns when the call is to be repeated. */
	#judge(operation: string, error: unknown, { tries, startedAt }: Attempt, waitOut: CallOptions["waitOut"]): void {
		const kind = classifyError(error);
		if (kind === "skewed" && tries === 1) return;
		const reason = `${operation}: ${describeError(error)}`;
		if (kind === "refused" || kind === "skewed")
			throw new RunError(
				`AWS IoT refused ${reason}\nCheck the credentials (aws sts get-caller-identity), that they have not expired, and that they allow iot:${operation}; then run the command again.`,
			);
		this.#answered ||= kind !== "transient";
		if (kind === "final") {
			const isWaitedOut =
				(error as Error).name === waitOut?.error && this.#options.clock.now() - startedAt < waitOut.milliseconds;
			if (!isWaitedOut) throw new CallRefusal(operation, error);
			return;
		}
		if (tries >= this.#attempts(kind))
			throw new RunError(
				`AWS IoT did not take ${reason}, in ${tries} tries.\nCheck the network, the region and AWS_ENDPOINT_URL_IOT; then run the command again: it goes on where it stopped.`,
			);
	}

	#attempts(kind: ErrorClass): number {
		if (kind === "throttled") return attempts.throttled;
		return this.#answered ? attempts.usual : attempts.first;
	}
}
