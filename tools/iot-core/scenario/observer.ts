// SPDX-License-Identifier: MIT
import type { Observation } from "./filter.js";

/** What a test of devices learns about their connections. Times are milliseconds of `performance.now()`. */
export interface Observer {
	/** The cipher suites of a ClientHello, by their numbers (IANA, "TLS Cipher Suites"). */
	onClientHello?(suites: readonly number[], at: number): void;
	/** The bytes of a TLS record's payload, protection included, that was written to a device. */
	onRecord?(length: number): void;
	/** A control packet was judged. */
	onPacket?(observation: Observation): void;
	/** An MQTT connection has ended; `connection` counts from 1. */
	onClosed?(connection: number, at: number): void;
}
