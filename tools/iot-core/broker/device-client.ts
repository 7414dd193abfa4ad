// SPDX-License-Identifier: MIT
import type { Duplex } from "node:stream";

import { httpRefusalResponse } from "../endpoint/alpn.js";
import type { Action } from "../policy/decide.js";
import { RateBucket } from "../rate-bucket.js";
import { type ConnectionHandler, MqttConnection } from "./connection.js";
import type { OutboxLink } from "./device-outbox.js";
import type { DeviceSession } from "./device-session.js";
import type { DeviceEvents, DisconnectReason } from "./events.js";
import { handlePacket } from "./handlers/index.js";
import { allowedKeepAlive, type Limits } from "./limits.js";
import { publishPacket, type RoutedMessage } from "./message.js";
import { type ClientPacket, type ConnectPacket, encode, HttpRequestError, type MqttProtocolError } from "./packets.js";
import type { RetainedMessages } from "./retained.js";
import type { SessionState, SessionStates } from "./session-states.js";

/** A connection on which no CONNECT came by then is ended. */
const connectTimeoutMs = 30_000;

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
	takeOver(client: DeviceClient): void;
	/** Sends a message to its subscribers. */
	route(message: RoutedMessage, clientId: string | undefined, retain: boolean): void;
	/** Sends a message of the service to its subscribers. */
	publish(topic: string, payload: string | Buffer, qos: 0 | 1): boolean;
	/** Topic filters were added. */
	subscribed(filters: readonly string[]): void;
	/** The connection has ended. */
	forget(client: DeviceClient): void;
}

/** One device's MQTT connection, from CONNECT to its end, under AWS IoT's rules. `handlers/` has what each packet does. */
export class DeviceClient implements ConnectionHandler, OutboxLink {
	readonly session: DeviceSession;
	readonly broker: Broker;
	readonly #connection: MqttConnection;
	readonly #publishesIn: RateBucket;
	readonly #publishesOut: RateBucket;
	#discarding = false;
	#state: SessionState | undefined;
	#will: ConnectPacket["will"];
	#ended = false;
	/** Until CONNECT comes, then of the keep-alive. */
	#timer: NodeJS.Timeout;

	/** @param stream MQTT's bytes, of the session's connection */
	constructor(stream: Duplex, session: DeviceSession, broker: Broker) {
		const { publishRate, byteRate } = broker.limits;
		this.session = session;
		this.broker = broker;
		this.#publishesIn = new RateBucket(publishRate);
		this.#publishesOut = new RateBucket(publishRate);
		this.#timer = setTimeout(
			() => this.guard(() => this.refuse(`no CONNECT came within ${connectTimeoutMs / 1000} s`)),
			connectTimeoutMs,
		);
		this.#connection = new MqttConnection(stream, byteRate, this);
	}

	/** Does some of this client's work. Whatever it throws ends this connection with a line of the log, and nothing else. */
	guard(work: () => void): void {
		try {
			work();
		} catch (error) {
			this.#fail(error);
		}
	}

	onPacket(packet: ClientPacket): void {
		if (this.#state !== undefined) this.#timer.refresh();
		handlePacket(this, packet, this.#state);
	}

	onMalformed(error: MqttProtocolError): void {
		if (error instanceof HttpRequestError && this.#state === undefined) this.send(httpRefusalResponse());
		this.close(`CLIENT_ERROR: ${error.message}`, "CLIENT_ERROR");
	}

	onDrained(): void {
		this.#state?.outbox.flush();
	}

	onClosed(error: Error | undefined): void {
		if (error === undefined) this.leave("CONNECTION_LOST");
		else this.close(`CONNECTION_LOST: ${error.message}`, "CONNECTION_LOST");
	}

	ready(): number {
		return this.#connection.congested ? Infinity : this.#publishesOut.delay(1);
	}

	permits({ topic }: RoutedMessage): boolean {
		const decision = this.session.decide("iot:Receive", topic);
		if (decision === "ALLOWED") return true;
		this.report("withheld from", denial("iot:Receive", topic, decision));
		return false;
	}

	deliver(message: RoutedMessage, id: number | undefined): void {
		this.#publishesOut.take();
		this.send(publishPacket(message, id));
	}

	/** Sends a packet. */
	send(packet: Buffer): void {
		this.#connection.send(packet);
	}

	/** Judges again whether the client may be connected, as its policies have changed. */
	judgeAgain(): void {
		this.guard(() => {
			if (this.#state !== undefined) this.allows("iot:Connect", this.session.clientId);
		});
	}

	/** Accepts CONNECT. */
	accept({ keepalive, will }: ConnectPacket, { state, present }: { state: SessionState; present: boolean }): void {
		const seconds = allowedKeepAlive(keepalive ?? 0, this.broker.limits.minimumKeepAlive);
		this.#state = state;
		this.#will = will;
		clearTimeout(this.#timer);
		const expire = () =>
			this.close(
				"MQTT_KEEP_ALIVE_TIMEOUT: nothing came for one and a half times the keep-alive",
				"MQTT_KEEP_ALIVE_TIMEOUT",
			);
		this.#timer = setTimeout(() => this.guard(expire), seconds * 1500);
		this.broker.log(
			`connected ${this.session.name}: certificate ${this.session.principal.certificateId}, keep-alive ${seconds} s`,
		);
		this.send(encode({ cmd: "connack", returnCode: 0, sessionPresent: present }));
		this.broker.events?.emit("connected", this.session);
		state.outbox.attach(this);
	}

	/** Counts a PUBLISH; what is more than AWS takes is discarded without an answer. */
	takesPublish(): boolean {
		const taken = this.#publishesIn.take();
		if (!taken && !this.#discarding)
			this.report("discarding", `THROTTLED: more than ${this.broker.limits.publishRate} PUBLISH a second`);
		this.#discarding = !taken;
		return taken;
	}

	/** Whether the session's policies allow the action; ends the connection when they do not. */
	allows(action: Action, name: string): boolean {
		const decision = this.session.decide(action, name);
		if (decision === "ALLOWED") return true;
		this.refuse(denial(action, name, decision), "AUTH_ERROR");
		return false;
	}

	/** Logs and reports what is refused, with a word for what becomes of it. */
	report(outcome: string, reason: string, reported = reason): void {
		const { clientId, name, peer, principal } = this.session;
		this.broker.log(`${outcome} ${name}: ${reason}`);
		this.broker.events?.emit(
			"refused",
			{ peer: peer.name, certificateId: principal.certificateId, ...(clientId === "" ? {} : { clientId }) },
			reported,
		);
	}

	/** Ends the connection for what the device did. */
	refuse(reason: string, disconnectReason: DisconnectReason = "CLIENT_ERROR"): void {
		if (this.#ended) return;
		this.report("refused", reason);
		this.#end(disconnectReason);
	}

	/** Ends the connection for another reason. */
	close(reason: string, disconnectReason: DisconnectReason): void {
		if (this.#ended) return;
		this.broker.log(`disconnecting ${this.session.name}: ${reason}`);
		this.#end(disconnectReason);
	}

	/** The device has ended the connection. */
	leave(disconnectReason: DisconnectReason): void {
		if (this.#ended) return;
		if (this.#state !== undefined) this.broker.log(`disconnected ${this.session.name}`);
		this.#end(disconnectReason);
	}

	/** The connection is over for the broker, however long it takes to close. */
	#end(disconnectReason: DisconnectReason): void {
		this.#ended = true;
		clearTimeout(this.#timer);
		this.#connection.stop();
		this.session.close();
		this.broker.forget(this);
		if (this.#state === undefined) return;
		this.broker.states.leave(this.#state);
		this.broker.events?.emit("disconnected", this.session, disconnectReason);
		if (this.#will !== undefined && disconnectReason !== "CLIENT_INITIATED_DISCONNECT") this.#publishWill(this.#will);
	}

	/** An error of this program's own: nothing that it may also have damaged is relied on to end the connection. */
	#fail(error: unknown): void {
		const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
		this.broker.log(`disconnecting ${this.session.name}: SERVER_ERROR: ${reason}`);
		if (!this.#ended) {
			try {
				this.#end("SERVER_ERROR");
			} catch (second) {
				this.broker.log(`disconnecting ${this.session.name}: SERVER_ERROR: ${String(second)}`);
			}
		}
		this.session.connection.destroy();
	}

	/** The policies that are attached when the last will is published decide on it. */
	#publishWill({ topic, payload, qos, retain = false }: NonNullable<ConnectPacket["will"]>): void {
		const forbidden = (["iot:Publish", ...(retain ? (["iot:RetainPublish"] as const) : [])] as const)
			.map(action => ({ action, decision: this.session.decide(action, topic) }))
			.find(({ decision }) => decision !== "ALLOWED");
		if (forbidden !== undefined) {
			const reason = denial(forbidden.action, topic, forbidden.decision);
			return this.report("withheld the last will of", reason, `the last will: ${reason}`);
		}
		const message = { topic, payload: Buffer.from(payload), qos: qos === 1 ? 1 : 0, retained: false } as const;
		if (retain && !this.broker.retained.store(message))
			return this.report(
				"discarded",
				`THROTTLED: there are already ${this.broker.limits.retained} retained messages (last will ${topic})`,
			);
		this.broker.route(message, this.session.clientId, retain);
	}
}

function denial(action: Action, name: string, decision: string): string {
	const why = decision === "EXPLICIT_DENY" ? "a policy denies" : "no attached policy allows";
	return `${why} ${action} on ${name}`;
}
