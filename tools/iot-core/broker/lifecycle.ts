// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";

import type { DeviceEvents, DisconnectReason } from "./events.js";

/** What lifecycle events say about a connection. */
export interface LifecycleSubject {
	readonly clientId: string;
	readonly principal: { readonly certificateId: string };
	readonly peer: { readonly address: string };
	/** The certificate's exclusive thing. */
	readonly thingName?: string | undefined;
}

/** A client that is away for so long begins again at version 0 (developer guide, "Lifecycle events", versionNumber). */
const versionKeptMs = 3_600_000;
/** "Client IDs that contain # or + do not receive lifecycle events" (same page). */
const withoutEvents = /[#+]/;

const lifecycleTopics = {
	connected: "$aws/events/presence/connected/",
	disconnected: "$aws/events/presence/disconnected/",
	connect_failed: "$aws/events/presence/connect_failed/",
	subscribed: "$aws/events/subscriptions/subscribed/",
	unsubscribed: "$aws/events/subscriptions/unsubscribed/",
} as const;

type EventType = keyof typeof lifecycleTopics;

/** One connection of a client, as its events name it. */
interface Connection {
	sessionIdentifier: string;
	versionNumber: number;
}

/** What lifecycle events need from outside. */
export interface LifecycleOptions {
	/** Sends the event: topic and JSON. */
	publish(topic: string, payload: string): void;
	/** Milliseconds since 1970; default: the system's. */
	now?(): number;
}

/** Publishes AWS IoT's lifecycle events (developer guide, "Lifecycle events"): topics and members as there. */
export class Lifecycle {
	readonly #publish: LifecycleOptions["publish"];
	readonly #now: () => number;
	readonly #connections = new WeakMap<object, Connection>();
	/** The last version of clients that are away, the longest away first. */
	readonly #away = new Map<string, { versionNumber: number; since: number }>();

	constructor(events: DeviceEvents, { publish, now = Date.now }: LifecycleOptions) {
		this.#publish = publish;
		this.#now = now;
		events.on("connected", session => this.connected(session));
		events.on("disconnected", (session, reason) => this.disconnected(session, reason));
		events.on("connectForbidden", session => this.connectForbidden(session));
		events.on("connectThrottled", session => this.connectThrottled(session));
		events.on("subscribed", (session, topicFilters) => this.subscriptions("subscribed", session, topicFilters));
		events.on("unsubscribed", (session, topicFilters) => this.subscriptions("unsubscribed", session, topicFilters));
	}

	connected(subject: LifecycleSubject): void {
		const connection = { sessionIdentifier: randomUUID(), versionNumber: this.#nextVersion(subject.clientId) };
		this.#connections.set(subject, connection);
		const { sessionIdentifier, versionNumber } = connection;
		this.#send("connected", subject, sessionIdentifier, { ipAddress: subject.peer.address, versionNumber });
	}

	disconnected(subject: LifecycleSubject, disconnectReason: DisconnectReason): void {
		const connection = this.#connections.get(subject);
		if (connection === undefined) return;
		const { sessionIdentifier, versionNumber } = connection;
		this.#connections.delete(subject);
		this.#away.delete(subject.clientId);
		this.#away.set(subject.clientId, { versionNumber, since: this.#now() });
		this.#send("disconnected", subject, sessionIdentifier, {
			clientInitiatedDisconnect: disconnectReason === "CLIENT_INITIATED_DISCONNECT",
			disconnectReason,
			versionNumber,
		});
	}

	connectForbidden(subject: LifecycleSubject): void {
		this.#send("connect_failed", subject, randomUUID(), {
			connectFailureReason: "AUTHORIZATION_FAILED",
			ipAddress: subject.peer.address,
		});
	}

	/** A connection that ends before it has begun, and has a session and a version of its own. */
	connectThrottled(subject: LifecycleSubject): void {
		this.#send("disconnected", subject, randomUUID(), {
			clientInitiatedDisconnect: false,
			disconnectReason: "THROTTLED",
			versionNumber: this.#nextVersion(subject.clientId),
		});
	}

	subscriptions(eventType: "subscribed" | "unsubscribed", subject: LifecycleSubject, topics: readonly string[]): void {
		const connection = this.#connections.get(subject);
		if (connection !== undefined) this.#send(eventType, subject, connection.sessionIdentifier, { topics });
	}

	#send(
		eventType: EventType,
		{ clientId, principal, thingName }: LifecycleSubject,
		sessionIdentifier: string,
		members: object,
	): void {
		if (withoutEvents.test(clientId)) return;
		this.#publish(
			`${lifecycleTopics[eventType]}${clientId}`,
			JSON.stringify({
				clientId,
				...(thingName === undefined ? {} : { thingName }),
				timestamp: this.#now(),
				eventType,
				sessionIdentifier,
				principalIdentifier: principal.certificateId,
				...members,
			}),
		);
	}

	#nextVersion(clientId: string): number {
		this.#forgetLongAway();
		const previous = this.#away.get(clientId);
		return previous === undefined ? 0 : previous.versionNumber + 1;
	}

	#forgetLongAway(): void {
		for (const [clientId, { since }] of this.#away) {
			if (this.#now() - since < versionKeptMs) return;
			this.#away.delete(clientId);
		}
	}
}
