// SPDX-License-Identifier: MIT
import type { FirmwareSettings } from "../device/simulated-device.js";

/** The form of client id that is a thing's name, so that the policy of `npm run provision` fits. */
export const testedClientIdForm = "base64url";

/** The device's settings for the tests; in brackets those in the field (app/settings). */
export const testSettings = {
	clientId: testedClientIdForm,
	/** Milliseconds (as in the field). */
	backoffBase: 1_000,
	/** Milliseconds (128,000). */
	backoffCap: 8_000,
	/** Milliseconds (30,000). */
	connackWithin: 3_000,
	/** Milliseconds (10,000). */
	acknowledgeWithin: 3_000,
	/** Seconds (60). */
	keepAlive: 30,
	/** Milliseconds (5,000). */
	interval: 2_000,
} as const satisfies FirmwareSettings;

/** What is scaled, in a sentence. */
export const testScaling =
	"Scaled for the test: back-off cap 8 s (128 s), CONNACK deadline 3 s (30 s), SUBACK and PUBACK deadlines 3 s (10 s), keep-alive 30 s (60 s), persistent sessions' expiry 1 ms (1 h). In MQTT_Long_Duration: 20 s without a server (30 to 120 min), acknowledgements withheld until the packet comes again (15 s). As in the field: back-off base 1 s, at most one CONNECT a second.";
