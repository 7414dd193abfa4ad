// SPDX-License-Identifier: MIT
/** Largest payload of a PUBLISH, in bytes (AWS IoT quotas, "Publish payload size": 128 KB). */
export const maxPayload = 128 * 1024;
/** A packet that announces more has a payload that is too large, whatever its topic is (MQTT 3.1.1: a topic has at most 65,535 bytes). */
export const maxPacket = maxPayload + 65_536 + 16;
/** Most topic filters of a connection (AWS IoT quotas, "Subscriptions per connection"). */
export const maxSubscriptions = 50;
/** Most topic filters of a SUBSCRIBE or UNSUBSCRIBE (AWS IoT quotas, "Subscriptions per subscription request"). */
export const maxFilters = 8;

/** The rates and bounds of the device endpoint that can be set. Times are in milliseconds, rates a second. */
export interface Limits {
	/** CONNECTs of a client id. */
	connectRate: number;
	/** PUBLISHes of a connection, in each direction. */
	publishRate: number;
	/** Bytes of a connection, in each direction. */
	byteRate: number;
	/** Stored messages of a persistent session that has come back. */
	storedRate: number;
	/** Messages of the account that are stored for persistent sessions that are away. */
	queueRate: number;
	/** Messages at QoS 1 that a device has not acknowledged. */
	unacknowledged: number;
	/** After which time a message at QoS 1 is sent again that was not acknowledged. */
	retryInterval: number;
	/** How long a message at QoS 1 is tried. */
	retryLifetime: number;
	/** Life of the persistent session of a device that is away. */
	sessionExpiry: number;
	/** Bytes that wait for a device: messages at QoS 1 with their topics, and 256 bytes for each. */
	queueBytes: number;
	/** Retained messages of the account. */
	retained: number;
	/** Shortest keep-alive, in seconds: a shorter one becomes this. */
	minimumKeepAlive: number;
}

/**
 * The values of AWS: AWS IoT quotas ("Message broker limits") and developer guide, "MQTT persistent sessions". AWS does
 * not document retryInterval, queueBytes and retained: these are our own.
 */
export const awsLimits: Limits = {
	connectRate: 1,
	publishRate: 100,
	byteRate: 512 * 1024,
	storedRate: 10,
	queueRate: 500,
	unacknowledged: 100,
	retryInterval: 20_000,
	retryLifetime: 3_600_000,
	sessionExpiry: 3_600_000,
	queueBytes: 32 * 1024 * 1024,
	retained: 5_000,
	minimumKeepAlive: 30,
};

/**
 * The AWS limits, scaled for tests and demonstrations.
 * @param rates how many times the AWS rates devices may send and receive
 * @param timeScale how many times earlier redelivery and expiry come
 */
export function scaledLimits(rates: number, timeScale: number): Limits {
	const { connectRate, publishRate, byteRate, storedRate, queueRate, retryInterval, retryLifetime, sessionExpiry } =
		awsLimits;
	return {
		...awsLimits,
		connectRate: connectRate * rates,
		publishRate: publishRate * rates,
		byteRate: byteRate * rates,
		storedRate: storedRate * rates,
		queueRate: queueRate * rates,
		retryInterval: retryInterval / timeScale,
		retryLifetime: retryLifetime / timeScale,
		sessionExpiry: sessionExpiry / timeScale,
	};
}

/** What is wrong with a payload of so many bytes; undefined when nothing is. */
export function payloadFault(length: number): string | undefined {
	return length > maxPayload ? `the payload has ${length} bytes, more than ${maxPayload}` : undefined;
}

/** Longest keep-alive, in seconds: a longer one and none become this (AWS IoT quotas). */
const maxKeepAlive = 1200;

/** The keep-alive in seconds that a client gets for the one that it asks for. */
export function allowedKeepAlive(seconds: number, minimum: number): number {
	return seconds === 0 ? maxKeepAlive : Math.min(Math.max(seconds, minimum), maxKeepAlive);
}
