// SPDX-License-Identifier: MIT
import type { Reason } from "./diagnosis.js";
import type { Fields } from "./events.js";
import type { Message } from "./inbox.js";
import type { ClientConstructor, QoS, Timers, Will } from "./mqtt.js";

/** What a session is given, and what it reports to its owner. */
export interface SessionOptions {
	/** The platform's MQTT client. */
	io: ClientConstructor;
	host: string;
	port: number;
	clientId: string;
	/** Seconds; AWS IoT takes 30 to 1200. */
	keepAlive: number;
	/** `{io, …}` of the name resolver. */
	dns: object;
	/** `{io, secure, TCP, …}` of the socket; `io` from `watchConnack`. */
	socket: { io: unknown; secure: object; TCP?: object };
	subscriptions: readonly { topic: string; QoS: QoS }[];
	/** Ask the far end to keep subscriptions and QoS 1 messages while we are away. Default false. */
	persistent?: boolean;
	/** Published by the far end when the connection is lost. */
	will?: Will;
	timer: Timers;
	/** A monotonic clock, in milliseconds. */
	now(): number;
	/** Uniform in [0, 1), for jitter; may not fail. */
	random(): number;
	/** The most messages that wait to be written or acknowledged. Default 16. */
	outboxLimit?: number;
	/** Bytes of an incoming payload that are kept; the rest is read and dropped. Default 4096. */
	payloadLimit?: number;
	/** Bounds of the reconnect delay, in milliseconds. Default 1,000 and 128,000. */
	backoff?: { base: number; cap: number };
	/** How long a CONNACK may take, name resolution, TCP and TLS included, in milliseconds. Default 30,000. */
	connackWithin?: number;
	/** How long a SUBACK or PUBACK may take at least before the packet is repeated, in milliseconds. Default 10,000. */
	acknowledgeWithin?: number;
	report(event: string, fields?: Fields): void;
	/**
	 * Every subscription is granted: publish at will.
	 * @param serverValidFrom when the validity of the server's certificate begins, in seconds since 1970, if TLS says so
	 */
	onReady(serverValidFrom?: number): void;
	onMessage(message: Message): void;
	/** The far end has acknowledged a QoS 1 message. */
	onAcknowledged?(id: number): void;
	/** A connection failed, for this reason if it is known; the next attempt is planned already. */
	onFailure?(reason: Reason | undefined): void;
}
