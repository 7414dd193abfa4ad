// SPDX-License-Identifier: MIT
import { RateBucket } from "../rate-bucket.js";
import { DeviceOutbox } from "./device-outbox.js";
import type { Limits } from "./limits.js";
import type { ServedQoS, Subscriptions } from "./subscriptions.js";

/** What MQTT calls the state of a session (MQTT 3.1.1, section 4.1): it may outlive its connection. */
export interface SessionState {
	readonly clientId: string;
	readonly persistent: boolean;
	readonly filters: Map<string, ServedQoS>;
	readonly outbox: DeviceOutbox;
}

/** The states of all sessions: those of clean sessions while connected, persistent ones until they expire. In memory only. */
export class SessionStates {
	readonly #subscriptions: Subscriptions<SessionState>;
	readonly #limits: Limits;
	readonly #log: (line: string) => void;
	readonly #states = new Map<string, SessionState>();
	readonly #expiries = new Map<string, NodeJS.Timeout>();
	readonly #queueBucket: RateBucket;

	constructor(subscriptions: Subscriptions<SessionState>, limits: Limits, log: (line: string) => void) {
		this.#subscriptions = subscriptions;
		this.#limits = limits;
		this.#log = log;
		this.#queueBucket = new RateBucket(limits.queueRate);
	}

	/** The state for a client that connects: the one of its persistent session, if it wants that and there is one, or a new one. */
	open(clientId: string, persistent: boolean): { state: SessionState; present: boolean } {
		const kept = this.#states.get(clientId);
		clearTimeout(this.#expiries.get(clientId));
		this.#expiries.delete(clientId);
		if (kept?.persistent && persistent) return { state: kept, present: true };
		if (kept !== undefined) this.#discard(kept);
		const log = (line: string) => this.#log(`${clientId}: ${line}`);
		const outbox = new DeviceOutbox({ limits: this.#limits, mayStore: () => this.#queueBucket.take(), log });
		const state = { clientId, persistent, filters: new Map<string, ServedQoS>(), outbox };
		this.#states.set(clientId, state);
		return { state, present: false };
	}

	/** The client's connection has ended. */
	leave(state: SessionState): void {
		state.outbox.detach();
		if (!state.persistent) return this.#discard(state);
		this.#expiries.set(state.clientId, setTimeout(() => this.#expire(state), this.#limits.sessionExpiry).unref());
	}

	subscribe(state: SessionState, filter: string, qos: ServedQoS): void {
		state.filters.set(filter, qos);
		this.#subscriptions.add(filter, state, qos);
	}

	unsubscribe(state: SessionState, filter: string): void {
		state.filters.delete(filter);
		this.#subscriptions.remove(filter, state);
	}

	close(): void {
		for (const timer of this.#expiries.values()) clearTimeout(timer);
		for (const { outbox } of this.#states.values()) outbox.detach();
	}

	#expire(state: SessionState): void {
		this.#log(`the persistent session of ${state.clientId} has expired after ${this.#limits.sessionExpiry / 1_000} s`);
		this.#expiries.delete(state.clientId);
		this.#discard(state);
	}

	#discard(state: SessionState): void {
		for (const filter of state.filters.keys()) this.#subscriptions.remove(filter, state);
		this.#states.delete(state.clientId);
	}
}
