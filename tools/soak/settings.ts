// SPDX-License-Identifier: MIT
/** The firmware's settings (app/settings); in brackets what it does in the field. */
export const soakSettings = {
	clientId: "base64url",
	topic: "dev/{clientId}/echo",
	persistent: 1,
	/** Seconds (60): AWS IoT's least. */
	keepAlive: 30,
	/** Milliseconds between two rounds of messages (5,000). */
	interval: 150,
	/** Milliseconds (1,000 and 128,000). */
	backoffBase: 100,
	backoffCap: 1_000,
	/** Milliseconds (30,000). */
	connackWithin: 5_000,
	/** Milliseconds (10,000). */
	acknowledgeWithin: 1_000,
	/** Milliseconds between two looks at the memory (tools/soak/soak.xs.ts). */
	sampling: 500,
} as const;

/** Milliseconds between two messages of the application. */
export const applicationInterval = 150;

/** What is scaled, in a sentence. */
export const soakScaling =
	"Scaled: back-off base 0.1 s (1 s) and cap 1 s (128 s), CONNACK deadline 5 s (30 s), PUBACK deadline 1 s (10 s), keep-alive 30 s (60 s). As in the field: at most one CONNECT a second.";
