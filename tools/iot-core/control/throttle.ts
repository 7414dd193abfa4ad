// SPDX-License-Identifier: MIT
import { ServiceError } from "../errors.js";
import { RateBucket } from "../rate-bucket.js";

/**
 * Calls a second and account (AWS IoT quotas of 2019, "Throttling"; RegisterCertificateWithoutCA has a quota of its
 * own since, whose figure the page does not give: that of RegisterCertificate is used). Operations that are not listed have 10.
 */
const rates: Readonly<Record<string, number>> = {
	AttachPolicy: 15,
	DetachPolicy: 15,
	CreateThing: 15,
	AttachThingPrincipal: 15,
	DetachThingPrincipal: 15,
	UpdateThing: 15,
	DeleteThing: 15,
};
const usualRate = 10;

/** A token bucket for each operation that holds a second's worth: the AWS rates, or a multiple of them. */
export class Throttle {
	readonly #timeScale: number;
	readonly #now: () => number;
	readonly #buckets = new Map<string, RateBucket>();

	/**
	 * @param timeScale how many times the AWS rates are allowed: at 20, ten calls a second become two hundred
	 * @param now monotonic, in milliseconds
	 */
	constructor(timeScale: number, now: () => number = () => performance.now()) {
		this.#timeScale = timeScale;
		this.#now = now;
	}

	/** Counts a call. @throws ServiceError ThrottlingException when it comes too soon */
	take(operation: string): void {
		if (!this.#bucketOf(operation).take()) throw new ServiceError("ThrottlingException", "Rate exceeded");
	}

	#bucketOf(operation: string): RateBucket {
		const capacity = rates[operation] ?? usualRate;
		const bucket = this.#buckets.get(operation) ?? new RateBucket(capacity * this.#timeScale, this.#now, capacity);
		this.#buckets.set(operation, bucket);
		return bucket;
	}
}
