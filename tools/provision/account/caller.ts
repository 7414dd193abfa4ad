// SPDX-License-Identifier: MIT
import type { Clock } from "./clock.js";
import { classify, describe, type ErrorClass, RunError, ServiceRefusal } from "./service-errors.js";
import { TokenBucket } from "./token-bucket.js";

export interface CallerOptions {
	clock: Clock;
	/** Calls per second of each operation; AWS' quotas are counted for each by itself. */
	rate: number;
	/** Told of each call that is repeated, with the reason. */
	onRetry?(operation: string, error: unknown): void;
}

interface CallOptions {
	/** An error that passes with time, beside throttling and failures. */
	repeatOn?: string;
}

/** Bounds of the wait before a repetition, in milliseconds: full jitter, as the AWS Architecture Blog has it. */
const backoff = { base: 500, cap: 20_000 } as const;
/**
 * Tries of a call. As long as nothing shows that the service is there at all, a few; throttling says that it is well,
 * and is waited out much longer.
 */
const attempts = { first: 3, usual: 10, throttled: 50 } as const;

/** Makes calls: each operation at its rate, with throttling and failures repeated after a full-jitter wait. */
export class Caller {
	readonly #options: CallerOptions;
	readonly #buckets = new Map<string, TokenBucket>();
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
	 * @throws RunError when the service cannot be reached or refuses the caller; ServiceRefusal when it refuses
	 * this one request
	 */
	async call<T>(operation: string, send: () => Promise<T>, { repeatOn }: CallOptions = {}): Promise<T> {
		const bucket = this.#bucket(operation);
		for (let attempt = 0; ; attempt++) {
			await bucket.take();
			try {
				const answer = await send();
				this.#answered = true;
				bucket.recover();
				return answer;
			} catch (error) {
				this.#judge(operation, error, attempt + 1, repeatOn);
				if (classify(error) === "throttled") bucket.slowDown();
				this.#retries += 1;
				this.#options.onRetry?.(operation, error);
				await this.#wait(attempt);
			}
		}
	}

	#bucket(operation: string): TokenBucket {
		const bucket = this.#buckets.get(operation) ?? new TokenBucket(this.#options.rate, this.#options.clock);
		this.#buckets.set(operation, bucket);
		return bucket;
	}

	/** Returns when the call is to be repeated. */
	#judge(operation: string, error: unknown, tries: number, repeatOn: string | undefined): void {
		const kind = classify(error);
		const reason = `${operation}: ${describe(error)}`;
		if (kind === "refused")
			throw new RunError(
				`AWS IoT refused ${reason}\nCheck the credentials (aws sts get-caller-identity), that they have not expired, and that they allow iot:${operation}; then run the command again.`,
			);
		this.#answered ||= kind !== "transient";
		if (kind === "final" && (tries >= attempts.usual || (error as Error).name !== repeatOn))
			throw new ServiceRefusal(operation, error);
		if (tries >= this.#attempts(kind))
			throw new RunError(
				`AWS IoT did not take ${reason}, in ${tries} tries.\nCheck the network, the region and AWS_ENDPOINT_URL_IOT; then run the command again: it goes on where it stopped.`,
			);
	}

	#attempts(kind: ErrorClass): number {
		if (kind === "throttled") return attempts.throttled;
		return this.#answered ? attempts.usual : attempts.first;
	}

	async #wait(attempt: number): Promise<void> {
		const { clock } = this.#options;
		await clock.sleep(clock.random() * Math.min(backoff.cap, backoff.base * 2 ** attempt));
	}
}
