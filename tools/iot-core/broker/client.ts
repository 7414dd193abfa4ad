// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Action } from "../policy/decide.js";
import { TokenBucket } from "../token-bucket.js";
import { type ConnectionHandler, MqttConnection } from "./connection.js";
import type { DeviceEvents, DisconnectReason } from "./events.js";
import { isBasicIngest, type Limits, maxFilters, maxSubscriptions } from "./limits.js";
import type { Message } from "./message.js";
import type { Link } from "./outbox.js";
import {
	type ClientPacket,
	type Connect,
	encode,
	type ProtocolError,
	type Publish,
	type TopicFilter,
} from "./packets.js";
import type { RetainedMessages } from "./retained.js";
import {
	allowedKeepAlive,
	connectFault,
	filterFault,
	isPublish,
	mqtt311,
	publishFault,
	versionRefusal,
} from "./rules.js";
import type { Session } from "./session.js";
import type { SessionState, SessionStates } from "./session-states.js";
import type { QoS } from "./subscriptions.js";
import { hasWildcard } from "./topic.js";

/** A connection on which no CONNECT came by then is ended. */
const connectTimeoutMs = 30_000;
/** CONNACK: "the Client identifier is correct UTF-8 but not allowed by the Server" (MQTT 3.1.1, section 3.2.2.3). */
const identifierRejected = 2;

/** What a client needs of the broker. */
export interface Broker {
	readonly limits: Limits;
	readonly states: SessionStates;
	readonly retained: RetainedMessages;
	readonly events: DeviceEvents | undefined;
	log(line: string): void;
	/** Counts a CONNECT; false when it comes too soon. */
	mayConnect(clientId: string): boolean;
	/** Ends the client's other connection, if it has one. */
	takeOver(client: Client): void;
	/** Sends a message to its subscribers. */
	route(message: Message, clientId: string | undefined, retain: boolean): void;
	/** Topic filters were added. */
	subscribed(filters: readonly string[]): void;
	/** The connection has ended. */
	forget(client: Client): void;
}

/** One device's MQTT connection, from CONNECT to its end, under AWS IoT's rules. */
export class Client implements ConnectionHandler, Link {
	readonly session: Session;
	readonly #broker: Broker;
	readonly #connection: MqttConnection;
	readonly #publishesIn: TokenBucket;
	readonly #publishesOut: TokenBucket;
	#discarding = false;
	#state: SessionState | undefined;
	#will: Connect["will"];
	#ended = false;
	/** Until CONNECT comes, then of the keep-alive. */
	#timer: NodeJS.Timeout;

	/** @param stream MQTT's bytes, of the session's connection */
	constructor(stream: Duplex, session: Session, broker: Broker) {
		const { publishRate, byteRate } = broker.limits;
		this.session = session;
		this.#broker = broker;
		this.#publishesIn = new TokenBucket(publishRate);
		this.#publishesOut = new TokenBucket(publishRate);
		this.#timer = setTimeout(
			() => this.refuse(`no CONNECT came within ${connectTimeoutMs / 1000} s`),
			connectTimeoutMs,
		);
		this.#connection = new MqttConnection(stream, byteRate, this);
	}

	onPacket(packet: ClientPacket): void {
		const state = this.#state;
		if (packet.cmd === "connect")
			return state === undefined ? this.#connect(packet) : this.refuse("a second CONNECT came");
		if (state === undefined) return this.refuse(`${packet.cmd.toUpperCase()} came before CONNECT`);
		this.#timer.refresh();
		switch (packet.cmd) {
			case "publish":
				return this.#publish(packet);
			case "puback":
				return state.outbox.acknowledge(packet.messageId);
			case "subscribe":
				return this.#subscribe(state, packet.subscriptions, packet.messageId);
			case "unsubscribe":
				return this.#unsubscribe(state, packet.unsubscriptions, packet.messageId);
			case "pingreq":
				return this.#connection.send(encode({ cmd: "pingresp" }));
			case "disconnect":
				return this.#end("CLIENT_INITIATED_DISCONNECT");
		}
	}

	onMalformed(error: ProtocolError): void {
		this.close(`CLIENT_ERROR: ${error.message}`, "CLIENT_ERROR");
	}

	onDrained(): void {
		this.#state?.outbox.flush();
	}

	onClosed(error: Error | undefined): void {
		if (error === undefined) this.#end("CONNECTION_LOST");
		else this.close(`CONNECTION_LOST: ${error.message}`, "CONNECTION_LOST");
	}

	ready(): number {
		return this.#connection.congested ? Infinity : this.#publishesOut.delay(1);
	}

	permits({ topic }: Message): boolean {
		const decision = this.session.decide("iot:Receive", topic);
		if (decision === "ALLOWED") return true;
		this.#tellRefused("withheld from", denial("iot:Receive", topic, decision));
		return false;
	}

	send({ topic, payload, qos, retained }: Message, id: number | undefined): void {
		this.#publishesOut.take();
		this.#connection.send(
			encode({
				cmd: "publish",
				topic,
				payload,
				qos,
				retain: retained,
				dup: false,
				...(id === undefined ? {} : { messageId: id }),
			}),
		);
	}

	/** Judges again whether the client may be connected, as its policies have changed. */
	judgeAgain(): void {
		if (this.#state !== undefined) this.#allows("iot:Connect", this.session.clientId);
	}

	/** Ends the connection for what the device did. */
	refuse(reason: string, disconnectReason: DisconnectReason = "CLIENT_ERROR"): void {
		if (this.#ended) return;
		this.#tellRefused("refused", reason);
		this.#end(disconnectReason, reason);
	}

	/** Ends the connection for another reason. */
	close(reason: string, disconnectReason: DisconnectReason): void {
		if (this.#ended) return;
		this.#broker.log(`disconnecting ${this.session.name}: ${reason}`);
		this.#end(disconnectReason, reason);
	}

	/** Never answers a CONNECT that policies forbid: on MQTT 3.1.1 AWS IoT closes without CONNACK. */
	#connect(packet: Connect): void {
		const { session } = this;
		if (packet.protocolVersion !== mqtt311) {
			this.#connection.send(versionRefusal(packet.protocolVersion));
			return this.refuse(`MQTT protocol level ${packet.protocolVersion} is not served, only ${mqtt311} (MQTT 3.1.1)`);
		}
		const persistent = packet.clean === false;
		if (packet.clientId === "" && persistent) {
			this.#connection.send(encode({ cmd: "connack", returnCode: identifierRejected, sessionPresent: false }));
			return this.refuse("the client id is empty, and the session is to be persistent (MQTT-3.1.3-8)");
		}
		const fault = connectFault(packet);
		if (fault !== undefined) return this.refuse(fault);
		const clientId = packet.clientId === "" ? randomUUID() : packet.clientId;
		session.identify({ clientId, persistent, lastWillTopic: packet.will?.topic });
		if (!this.#broker.mayConnect(clientId)) {
			this.refuse(
				`THROTTLED: more than ${this.#broker.limits.connectRate} CONNECT a second with this client id`,
				"THROTTLED",
			);
			this.#broker.events?.emit("connectThrottled", session);
			return;
		}
		if (!this.#allows("iot:Connect", clientId)) {
			this.#broker.events?.emit("connectForbidden", session);
			return;
		}
		this.#broker.takeOver(this);
		this.#accept(packet, this.#broker.states.open(clientId, persistent));
	}

	#accept({ keepalive, will }: Connect, { state, present }: { state: SessionState; present: boolean }): void {
		const seconds = allowedKeepAlive(keepalive ?? 0, this.#broker.limits.minimumKeepAlive);
		this.#state = state;
		this.#will = will;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(
			() =>
				this.close(
					"MQTT_KEEP_ALIVE_TIMEOUT: nothing came for one and a half times the keep-alive",
					"MQTT_KEEP_ALIVE_TIMEOUT",
				),
			seconds * 1500,
		);
		this.#broker.log(
			`connected ${this.session.name}: certificate ${this.session.principal.certificateId}, keep-alive ${seconds} s`,
		);
		this.#connection.send(encode({ cmd: "connack", returnCode: 0, sessionPresent: present }));
		this.#broker.events?.emit("connected", this.session);
		state.outbox.attach(this);
	}

	#publish(packet: Publish): void {
		const { topic, messageId, retain } = packet;
		if (!isPublish(packet)) return this.#tellRefused("ignored", "QoS 2 is not supported (PUBLISH)");
		if (!this.#takesPublish()) return;
		const fault = publishFault(packet);
		if (fault !== undefined) return this.refuse(`${fault} (PUBLISH)`);
		if (!this.#allows("iot:Publish", topic) || (retain && !this.#allows("iot:RetainPublish", topic))) return;
		const message = { topic, payload: packet.payload, qos: packet.qos, retained: false };
		if (retain && !this.#broker.retained.store(message))
			return this.#tellRefused(
				"discarded",
				`THROTTLED: there are ${this.#broker.limits.retained} retained messages (PUBLISH ${topic})`,
			);
		if (messageId !== undefined) this.#connection.send(encode({ cmd: "puback", messageId }));
		if (!isBasicIngest(topic)) this.#broker.route(message, this.session.clientId, retain);
	}

	/** Counts a PUBLISH; what is more than AWS takes is discarded without an answer. */
	#takesPublish(): boolean {
		const taken = this.#publishesIn.take();
		if (!taken && !this.#discarding)
			this.#tellRefused("discarding", `THROTTLED: more than ${this.#broker.limits.publishRate} PUBLISH a second`);
		this.#discarding = !taken;
		return taken;
	}

	#subscribe(state: SessionState, requested: readonly TopicFilter[], messageId: number): void {
		if (requested.some(({ qos }) => qos === 2))
			return this.#tellRefused("ignored", "QoS 2 is not supported (SUBSCRIBE)");
		const filters = requested.map(({ topic }) => topic);
		const fault = this.#filtersFault(filters);
		if (fault !== undefined) return this.refuse(`${fault} (SUBSCRIBE)`);
		if (new Set([...state.filters.keys(), ...filters]).size > maxSubscriptions)
			return this.refuse(`a connection may have ${maxSubscriptions} topic filters (SUBSCRIBE)`);
		if (!filters.every(filter => this.#allows("iot:Subscribe", filter))) return;
		const granted = requested.map(({ qos }): QoS => (qos === 0 ? 0 : 1));
		filters.forEach((filter, index) => {
			this.#broker.states.subscribe(state, filter, granted[index] ?? 0);
			this.#broker.log(`subscribed ${this.session.name}: ${filter} at QoS ${granted[index]}`);
		});
		this.#connection.send(encode({ cmd: "suback", messageId, granted }));
		this.#broker.events?.emit("subscribed", this.session, filters);
		for (const filter of new Set(filters)) this.#sendRetained(state, filter);
		this.#broker.subscribed(filters);
	}

	/** Retained messages come for exact topic filters only (developer guide, "AWS IoT differences from MQTT specifications"). */
	#sendRetained({ outbox, filters }: SessionState, filter: string): void {
		const message = hasWildcard(filter) ? undefined : this.#broker.retained.get(filter);
		if (message !== undefined) outbox.add({ ...message, qos: filters.get(filter) === 0 ? 0 : message.qos });
	}

	#unsubscribe(state: SessionState, filters: readonly string[], messageId: number): void {
		const fault = this.#filtersFault(filters);
		if (fault !== undefined) return this.refuse(`${fault} (UNSUBSCRIBE)`);
		for (const filter of filters) this.#broker.states.unsubscribe(state, filter);
		this.#connection.send(encode({ cmd: "unsuback", messageId, granted: [] }));
		this.#broker.events?.emit("unsubscribed", this.session, [...filters]);
	}

	#filtersFault(filters: readonly string[]): string | undefined {
		if (filters.length > maxFilters) return `${filters.length} topic filters in one packet, more than ${maxFilters}`;
		return filters.map(filterFault).find(fault => fault !== undefined);
	}

	/** Whether the session's policies allow the action; ends the connection when they do not. */
	#allows(action: Action, name: string): boolean {
		const decision = this.session.decide(action, name);
		if (decision === "ALLOWED") return true;
		this.refuse(denial(action, name, decision), "AUTH_ERROR");
		return false;
	}

	/** Logs what is refused, with a word for what becomes of it, and tells it to who looks on. */
	#tellRefused(outcome: string, reason: string, told = reason): void {
		const { clientId, name, peer, principal } = this.session;
		this.#broker.log(`${outcome} ${name}: ${reason}`);
		this.#broker.events?.emit(
			"refused",
			{ peer: peer.name, certificateId: principal.certificateId, ...(clientId === "" ? {} : { clientId }) },
			told,
		);
	}

	/** The connection is over for the broker, however long it takes to close. */
	#end(disconnectReason: DisconnectReason, reason?: string): void {
		if (this.#ended) return;
		this.#ended = true;
		clearTimeout(this.#timer);
		this.#connection.stop();
		this.session.close();
		this.#broker.forget(this);
		if (this.#state === undefined) return;
		if (reason === undefined) this.#broker.log(`disconnected ${this.session.name}`);
		this.#broker.states.leave(this.#state);
		this.#broker.events?.emit("disconnected", this.session, disconnectReason);
		if (this.#will !== undefined && disconnectReason !== "CLIENT_INITIATED_DISCONNECT") this.#publishWill(this.#will);
	}

	/** The policies that are attached when the last will is published decide on it. */
	#publishWill({ topic, payload, qos, retain = false }: NonNullable<Connect["will"]>): void {
		const forbidden = (["iot:Publish", ...(retain ? (["iot:RetainPublish"] as const) : [])] as const)
			.map(action => ({ action, decision: this.session.decide(action, topic) }))
			.find(({ decision }) => decision !== "ALLOWED");
		if (forbidden !== undefined) {
			const reason = denial(forbidden.action, topic, forbidden.decision);
			return this.#tellRefused("withheld the last will of", reason, `the last will: ${reason}`);
		}
		const message = { topic, payload: Buffer.from(payload), qos: qos === 1 ? 1 : 0, retained: false } as const;
		if (retain && !this.#broker.retained.store(message))
			return this.#tellRefused(
				"discarded",
				`THROTTLED: there are ${this.#broker.limits.retained} retained messages (last will ${topic})`,
			);
		this.#broker.route(message, this.session.clientId, retain);
	}
}

function denial(action: Action, name: string, decision: string): string {
	const why = decision === "EXPLICIT_DENY" ? "a policy denies" : "no attached policy allows";
	return `${why} ${action} on ${name}`;
}
