// SPDX-License-Identifier: MIT
import type { Realm } from "../arn.js";
import type { Entry } from "./entries.js";

/** What each part of the registry needs of the whole. */
export interface RegistryHost {
	readonly realm: Realm;
	/** Writes a change down and applies it. */
	commit(entry: Entry): void;
	/** The ARN of a registered certificate. @throws ServiceError for anything else */
	principalArn(principal: unknown): string;
	/** What certificates may do has changed: their connections are judged again. */
	changed(certificateArns: Iterable<string>): void;
}

/** Seconds since the epoch, as AWS IoT's dates are. */
export function seconds(): number {
	return Date.now() / 1000;
}
