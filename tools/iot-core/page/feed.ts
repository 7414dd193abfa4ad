// SPDX-License-Identifier: MIT
import { isUtf8 } from "node:buffer";
import { EventEmitter } from "node:events";
import { StringDecoder } from "node:string_decoder";
import type { DeviceSession } from "../broker/device-session.js";
import type { DeviceEvents, Published, Refused } from "../broker/events.js";

/** A connected device, as the page shows it. */
export interface DeviceRow {
	/** Counts connections from 1. */
	number: number;
	clientId: string;
	certificateId: string;
	/** IP address. */
	address: string;
	/** Milliseconds since 1970. */
	since: number;
}

/** A message, as the page shows it. */
export interface MessageRow {
	at: number;
	topic: string;
	/** Absent for a message of the service itself. */
	clientId?: string;
	qos: number;
	retain: boolean;
	/** The payload's beginning, as text, or in hexadecimal digits when it is not UTF-8. */
	payload: string;
	encoding: "text" | "hex";
	/** Bytes of the whole payload. */
	length: number;
	/** The payload is longer than what is here. */
	cut: boolean;
}

/** A refusal, as the page shows it. */
export interface RefusalRow extends Refused {
	at: number;
	reason: string;
}

/** What a page begins with. */
export interface Snapshot {
	devices: DeviceRow[];
	/** Oldest first. */
	lifecycle: MessageRow[];
	/** Oldest first. */
	refusals: RefusalRow[];
}

interface FeedEvents {
	connected: [device: DeviceRow];
	/** The connection's number. */
	disconnected: [number: number];
	lifecycle: [message: MessageRow];
	message: [message: MessageRow];
	refused: [refusal: RefusalRow];
}

/** How much is kept: rows of history, bytes of a payload, characters of a reason. */
const history = 100,
	payloadBytes = 4096,
	reasonCharacters = 1024;
const lifecycleTopic = "$aws/events/";

/** What the page shows: who is connected now, and the latest events, in bounded memory. */
export class Feed extends EventEmitter<FeedEvents> {
	readonly #devices = new Map<DeviceSession, DeviceRow>();
	readonly #lifecycle: MessageRow[] = [];
	readonly #refusals: RefusalRow[] = [];
	#connections = 0;

	constructor(events: DeviceEvents) {
		super();
		this.setMaxListeners(0);
		events.on("connected", session => this.#connect(session));
		events.on("disconnected", session => this.#disconnect(session));
		events.on("refused", (who, reason) => this.#refuse(who, reason));
		events.on("published", message => this.#publish(message));
	}

	get snapshot(): Snapshot {
		return { devices: [...this.#devices.values()], lifecycle: [...this.#lifecycle], refusals: [...this.#refusals] };
	}

	#connect(session: DeviceSession): void {
		const { clientId, principal, peer } = session;
		const device = {
			number: ++this.#connections,
			clientId,
			certificateId: principal.certificateId,
			address: peer.address,
			since: Date.now(),
		};
		this.#devices.set(session, device);
		this.emit("connected", device);
	}

	#disconnect(session: DeviceSession): void {
		const device = this.#devices.get(session);
		if (device === undefined) return;
		this.#devices.delete(session);
		this.emit("disconnected", device.number);
	}

	#refuse(who: Refused, reason: string): void {
		const refusal = { ...who, at: Date.now(), reason: reason.slice(0, reasonCharacters) };
		keep(this.#refusals, refusal);
		this.emit("refused", refusal);
	}

	/** A row is made only for those that look. */
	#publish(message: Published): void {
		const isLifecycle = message.topic.startsWith(lifecycleTopic);
		if (!isLifecycle && this.listenerCount("message") === 0) return;
		const row = messageRow(message);
		if (isLifecycle) {
			keep(this.#lifecycle, row);
			this.emit("lifecycle", row);
		}
		this.emit("message", row);
	}
}

function keep<Row>(rows: Row[], row: Row): void {
	rows.push(row);
	if (rows.length > history) rows.shift();
}

function messageRow({ clientId, topic, payload, qos, retain }: Published): MessageRow {
	const encoding = isUtf8(payload) ? "text" : "hex";
	const beginning = payload.subarray(0, payloadBytes);
	return {
		at: Date.now(),
		topic,
		qos,
		retain,
		encoding,
		...(clientId === undefined ? {} : { clientId }),
		// The decoder holds back a character that was cut apart.
		payload: encoding === "text" ? new StringDecoder("utf8").write(beginning) : beginning.toString("hex"),
		length: payload.length,
		cut: payload.length > payloadBytes,
	};
}
