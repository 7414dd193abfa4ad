// SPDX-License-Identifier: MIT
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Principal } from "../endpoint/admission.js";
import type { Peer } from "../endpoint/peer.js";
import type { Registry } from "../registry/registry.js";
import { PacketFilter, verdictText } from "../scenario/filter.js";
import type { Observer } from "../scenario/observer.js";
import { packetName } from "../scenario/packet.js";
import { type EndpointScenario, passAll } from "../scenario/scenarios.js";
import { ConnectRate } from "./connect-rate.js";
import { type Broker, DeviceClient } from "./device-client.js";
import { DeviceSession } from "./device-session.js";
import type { DeviceEvents } from "./events.js";
import { awsLimits, type Limits, maxPayload } from "./limits.js";
import type { RoutedMessage } from "./message.js";
import { RetainedMessages } from "./retained.js";
import { type SessionState, SessionStates } from "./session-states.js";
import { Subscriptions } from "./subscriptions.js";
import { hasWildcard } from "./topic.js";

/** What a broker needs to know. */
export interface BrokerOptions {
	registry: Registry;
	log(line: string): void;
	/** Default: those of AWS. */
	limits?: Limits;
	/** How the server misbehaves. */
	scenario?: EndpointScenario;
	observer?: Observer;
	events?: DeviceEvents;
}

/** MQTT for admitted devices, as AWS IoT's message broker has it. */
export class DeviceBroker implements Broker {
	readonly limits: Limits;
	readonly states: SessionStates;
	readonly retained: RetainedMessages;
	readonly events: DeviceEvents | undefined;
	readonly #registry: Registry;
	readonly #log: (line: string) => void;
	readonly #scenario: EndpointScenario;
	readonly #observer: Observer | undefined;
	readonly #connectRate: ConnectRate;
	readonly #subscriptions = new Subscriptions<SessionState>();
	#connections = 0;
	readonly #clients = new Set<DeviceClient>();
	/** Those that are connected. */
	readonly #byClientId = new Map<string, DeviceClient>();
	readonly #onChanged = (certificateId: string) => this.#judgeAgain(certificateId);

	constructor({ registry, log, limits = awsLimits, scenario = {}, observer, events }: BrokerOptions) {
		this.limits = limits;
		this.events = events;
		this.states = new SessionStates(this.#subscriptions, limits, log);
		this.retained = new RetainedMessages(limits.retained);
		this.#registry = registry;
		this.#log = log;
		this.#scenario = scenario;
		this.#observer = observer;
		this.#connectRate = new ConnectRate(limits.connectRate);
		registry.on("changed", this.#onChanged);
	}

	/** Serves MQTT on a connection whose client is known. */
	accept(connection: TLSSocket, principal: Principal, peer: Peer): void {
		const session = new DeviceSession(connection, principal, peer, this.#registry);
		this.#clients.add(new DeviceClient(this.#filtered(connection), session, this));
	}

	/**
	 * Sends a message of the service or its operator to the subscribers of its topic.
	 * @returns false when it is to be retained and there are too many retained messages
	 */
	publish(topic: string, payload: string | Buffer, qos: 0 | 1, retain = false): boolean {
		const message = { topic, payload: Buffer.from(payload), qos, retained: false };
		if (retain && !this.retained.store(message)) return false;
		this.route(message, undefined, retain);
		return true;
	}

	/** Ends the connection of a client; false when it has none. */
	disconnect(clientId: string): boolean {
		const client = this.#byClientId.get(clientId);
		client?.guard(() => client.close("SERVER_INITIATED_DISCONNECT", "SERVER_INITIATED_DISCONNECT"));
		return client !== undefined;
	}

	log(line: string): void {
		this.#log(line);
	}

	mayConnect(clientId: string): boolean {
		return this.#connectRate.take(clientId);
	}

	takeOver(client: DeviceClient): void {
		const { clientId, peer } = client.session;
		const other = this.#byClientId.get(clientId);
		other?.guard(() =>
			other.close(`DUPLICATE_CLIENT_ID: ${peer.name} connected with the same client id`, "DUPLICATE_CLIENTID"),
		);
		this.#byClientId.set(clientId, client);
	}

	route(message: RoutedMessage, clientId: string | undefined, retain: boolean): void {
		const { topic, payload, qos } = message;
		this.events?.emit("published", { clientId, topic, payload, qos, retain });
		const atMostOnce: RoutedMessage = qos === 0 ? message : { ...message, qos: 0 };
		for (const [{ outbox }, granted] of this.#subscriptions.match(topic))
			outbox.add(granted < qos ? atMostOnce : message);
	}

	subscribed(filters: readonly string[]): void {
		if (this.#scenario.largeMessage)
			filters
				.filter(filter => !hasWildcard(filter))
				.forEach(filter => this.publish(filter, Buffer.alloc(maxPayload, "x"), 1));
	}

	forget(client: DeviceClient): void {
		this.#clients.delete(client);
		if (this.#byClientId.get(client.session.clientId) === client) this.#byClientId.delete(client.session.clientId);
	}

	/** Ends all connections. */
	close(): void {
		this.#registry.off("changed", this.#onChanged);
		for (const client of [...this.#clients])
			client.guard(() =>
				client.close("SERVER_INITIATED_DISCONNECT: the endpoint stops", "SERVER_INITIATED_DISCONNECT"),
			);
		this.states.close();
	}

	/** The connection, with a filter in between when there is anything to filter or to observe. */
	#filtered(connection: TLSSocket): Duplex {
		const { packets } = this.#scenario,
			observer = this.#observer;
		if (packets === undefined && observer === undefined) return connection;
		const number = ++this.#connections;
		connection.once("close", () => observer?.onClosed?.(number, performance.now()));
		return new PacketFilter(connection, {
			connection: number,
			rule: packets?.(number) ?? passAll,
			observe: observation => {
				if (observation.verdict !== "pass")
					this.#log(
						`scenario, connection ${number}: ${packetName(observation.packet)} of the ${observation.from}: ${verdictText(observation.verdict)}`,
					);
				observer?.onPacket?.(observation);
			},
		});
	}

	/** A certificate or its policies changed: connections that would not be let in any more are ended. */
	#judgeAgain(certificateId: string): void {
		const status = this.#registry.findCertificate(certificateId)?.status ?? "deleted";
		for (const client of [...this.#clients].filter(
			({ session }) => session.principal.certificateId === certificateId,
		)) {
			if (status === "ACTIVE") client.judgeAgain();
			else client.guard(() => client.close(`certificate ${certificateId} is ${status}, not ACTIVE`, "AUTH_ERROR"));
		}
	}
}
