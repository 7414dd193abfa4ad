// SPDX-License-Identifier: MIT
import { isUtf8 } from "node:buffer";
import { EventEmitter } from "node:events";
import { StringDecoder } from "node:string_decoder";
import type { DeviceSession } from "../broker/device-session.js";
import type { DeviceEvents, Published, Refused } from "../broker/events.js";
import type { Registry } from "../registry/registry.js";

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
	/** Messages that it has published on this connection. */
	messages: number;
}

/** A registered certificate, as the page shows it. */
export interface CertificateRow {
	certificateId: string;
	status: string;
	/** Names of its things. */
	names: string[];
}

/** The registered certificates, newest first, as far as they are listed. */
export interface Registered {
	certificates: CertificateRow[];
	/** All that are registered. */
	total: number;
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
	registered: Registered;
	/** Oldest first. */
	lifecycle: MessageRow[];
	/** Oldest first. */
	refusals: RefusalRow[];
}

interface FeedEvents {
	connected: [device: DeviceRow];
	/** The connection's number. */
	disconnected: [number: number];
	registered: [registered: Registered];
	/** Connections' numbers, and the messages that each has published. */
	counts: [counts: [number, number][]];
	lifecycle: [message: MessageRow];
	message: [message: MessageRow];
	refused: [refusal: RefusalRow];
}

/** How much is kept: rows of history, bytes of a payload, characters of a reason. */
const history = 100,
	payloadBytes = 4096,
	reasonCharacters = 1024;
/** Certificates that are listed; changes are sent together, and so are counts. */
const maxCertificates = 500,
	registryDelayMs = 200,
	countsDelayMs = 1000;
const lifecycleTopic = "$aws/events/";

/** What the page shows: the connected and the registered devices, and the latest events, in bounded memory. */
export class Feed extends EventEmitter<FeedEvents> {
	readonly #registry: Registry;
	readonly #devices = new Map<DeviceSession, DeviceRow>();
	/** The connections by their client ids. */
	readonly #byClientId = new Map<string, DeviceRow>();
	readonly #counted = new Set<DeviceRow>();
	#registryTimer: NodeJS.Timeout | undefined;
	#countsTimer: NodeJS.Timeout | undefined;
	readonly #lifecycle: MessageRow[] = [];
	readonly #refusals: RefusalRow[] = [];
	#connections = 0;

	constructor(events: DeviceEvents, registry: Registry) {
		super();
		this.#registry = registry;
		registry.on("committed", () => this.#registryChanged());
		this.setMaxListeners(0);
		events.on("connected", session => this.#connect(session));
		events.on("disconnected", session => this.#disconnect(session));
		events.on("refused", (who, reason) => this.#refuse(who, reason));
		events.on("published", message => this.#publish(message));
	}

	get snapshot(): Snapshot {
		return {
			devices: [...this.#devices.values()],
			registered: this.#registered(),
			lifecycle: [...this.#lifecycle],
			refusals: [...this.#refusals],
		};
	}

	#registered(): Registered {
		const all = this.#registry.certificates();
		const certificates = all
			.slice(-maxCertificates)
			.reverse()
			.map(({ certificateId, status }) => ({
				certificateId,
				status,
				names: this.#registry.things.namesOf(this.#registry.certificateArn(certificateId)),
			}));
		return { certificates, total: all.length };
	}

	#registryChanged(): void {
		if (this.listenerCount("registered") === 0) return;
		this.#registryTimer ??= setTimeout(() => {
			this.#registryTimer = undefined;
			this.emit("registered", this.#registered());
		}, registryDelayMs).unref();
	}

	#count(clientId: string | undefined): void {
		const device = clientId === undefined ? undefined : this.#byClientId.get(clientId);
		if (device === undefined) return;
		device.messages++;
		if (this.listenerCount("counts") === 0) return;
		this.#counted.add(device);
		this.#countsTimer ??= setTimeout(() => {
			this.#countsTimer = undefined;
			this.emit(
				"counts",
				[...this.#counted].map(({ number, messages }) => [number, messages]),
			);
			this.#counted.clear();
		}, countsDelayMs).unref();
	}

	#connect(session: DeviceSession): void {
		const { clientId, principal, peer } = session;
		const device = {
			number: ++this.#connections,
			clientId,
			certificateId: principal.certificateId,
			address: peer.address,
			since: Date.now(),
			messages: 0,
		};
		this.#devices.set(session, device);
		this.#byClientId.set(clientId, device);
		this.emit("connected", device);
	}

	#disconnect(session: DeviceSession): void {
		const device = this.#devices.get(session);
		if (device === undefined) return;
		this.#devices.delete(session);
		if (this.#byClientId.get(device.clientId) === device) this.#byClientId.delete(device.clientId);
		this.emit("disconnected", device.number);
	}

	#refuse(who: Refused, reason: string): void {
		const refusal = { ...who, at: Date.now(), reason: reason.slice(0, reasonCharacters) };
		keep(this.#refusals, refusal);
		this.emit("refused", refusal);
	}

	/** A row is made only for those that look. */
	#publish(message: Published): void {
		this.#count(message.clientId);
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
