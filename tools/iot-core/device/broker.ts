import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";

import { Aedes, type AedesPublishPacket, type Client, type ConnectPacket, type PublishPacket, type Subscription } from "aedes";

import { systemCode } from "../errors.js";
import type { Action } from "../policy/decide.js";
import type { Registry } from "../registry.js";
import { PacketFilter } from "../scenario/filter.js";
import type { Observer } from "../scenario/observer.js";
import { packetName } from "../scenario/packet.js";
import { PASS, type Scenario } from "../scenario/scenarios.js";
import type { Principal } from "./admission.js";
import { SESSION_EXPIRY, SessionExpiry } from "./expiry.js";
import type { DeviceEvents, DisconnectReason } from "./events.js";
import { MAX_PAYLOAD, MAX_SUBSCRIPTIONS, payloadFault, topicFault } from "./limits.js";
import type { Peer } from "./peer.js";
import { Session } from "./session.js";

/** Longest client id, in bytes of UTF-8 (AWS IoT quotas, "Client ID size"). */
const MAX_CLIENT_ID_BYTES = 128;
/** Keep-alive, in seconds: what is outside is moved to the nearer end, and none means the longest (AWS IoT quotas). */
const MIN_KEEP_ALIVE = 30, MAX_KEEP_ALIVE = 1200;
/** Protocol level of CONNECT (MQTT 3.1.1, section 3.1.2.2). */
const MQTT_3_1_1 = 4, MQTT_5 = 5;
/** CONNACK for another version: "unacceptable protocol version" (MQTT 3.1.1, 3.2.2.3), "Unsupported Protocol Version" (MQTT 5, 3.2.2.2). */
const CONNACK_OLD_PROTOCOL = Buffer.from([0x20, 2, 0, 1]), CONNACK_MQTT_5 = Buffer.from([0x20, 3, 0, 0x84, 0]);
const MAX_QOS = 1;

/** What a broker needs to know. */
export interface BrokerOptions {
	registry: Registry;
	log(line: string): void;
	/** How devices are mistreated. */
	scenario?: Scenario;
	/** Life of the persistent session of a device that is away, in milliseconds; default an hour. */
	sessionExpiry?: number;
	observer?: Observer;
	events?: DeviceEvents;
}

/** MQTT for admitted devices: the aedes broker, with AWS IoT's rules on what a device may do. */
export class DeviceBroker {
	readonly #aedes: Aedes;
	readonly #registry: Registry;
	readonly #log: (line: string) => void;
	readonly #scenario: Scenario;
	readonly #observer: Observer | undefined;
	readonly #events: DeviceEvents | undefined;
	readonly #expiry: SessionExpiry;
	#connections = 0;
	readonly #sessions = new Set<Session>();
	/** By the connection that aedes knows the client by; aedes asks about a last will when that is closed already. */
	readonly #byConnection = new WeakMap<object, Session>();
	readonly #byClientId = new Map<string, Session>();
	readonly #onChanged = (certificateId: string) => this.#judgeAgain(certificateId);

	private constructor(aedes: Aedes, { registry, log, scenario = {}, sessionExpiry = SESSION_EXPIRY, observer, events }: BrokerOptions) {
		this.#aedes = aedes;
		this.#registry = registry;
		this.#log = log;
		this.#scenario = scenario;
		this.#observer = observer;
		this.#events = events;
		this.#expiry = new SessionExpiry(aedes, sessionExpiry, log);
	}

	static async start(options: BrokerOptions): Promise<DeviceBroker> {
		const broker = new DeviceBroker(await Aedes.createBroker(), options);
		broker.#install();
		return broker;
	}

	/** Serves MQTT on a connection whose client is known. */
	accept(connection: TLSSocket, principal: Principal, peer: Peer): void {
		const session = new Session(connection, principal, peer, this.#registry);
		this.#sessions.add(session);
		const stream = this.#filtered(connection);
		this.#byConnection.set(stream, session);
		connection.once("close", () => this.#forget(session));
		this.#aedes.handle(stream);
	}

	/** Sends a message to who has subscribed to its topic. */
	publish(topic: string, payload: string | Buffer, qos: 0 | 1): Promise<void> {
		return new Promise((resolve, reject) =>
			this.#aedes.publish({ cmd: "publish", topic, payload, qos, dup: false, retain: false }, error => error ? reject(error) : resolve()));
	}

	/** Ends the connection of a client; false when it has none. */
	disconnect(clientId: string): boolean {
		const session = this.#byClientId.get(clientId);
		this.#close(session, "SERVER_INITIATED_DISCONNECT", "SERVER_INITIATED_DISCONNECT");
		return session !== undefined;
	}

	/** The connection as the broker gets it: behind a filter, when there is anything to filter or to see. */
	#filtered(connection: TLSSocket): Duplex {
		const { packets } = this.#scenario, observer = this.#observer;
		if (packets === undefined && observer === undefined)
			return connection;
		const number = ++this.#connections;
		connection.once("close", () => observer?.onClosed?.(number, performance.now()));
		return new PacketFilter(connection, {
			connection: number,
			rule: packets?.(number) ?? PASS,
			observe: observation => {
				if (observation.verdict !== "pass")
					this.#log(`scenario, connection ${number}: ${packetName(observation.packet)} of the ${observation.from}: ${observation.verdict}`);
				observer?.onPacket?.(observation);
			},
		});
	}

	async close(): Promise<void> {
		this.#registry.off("changed", this.#onChanged);
		this.#expiry.close();
		await new Promise<void>(resolve => this.#aedes.close(resolve));
	}

	#install(): void {
		const aedes = this.#aedes;
		aedes.preConnect = (client, packet, callback) => void this.#connect(this.#sessionOf(client), packet, callback);
		aedes.authorizePublish = (client, packet, callback) => this.#publish(client, packet, callback);
		aedes.authorizeSubscribe = (client, subscription, callback) => this.#subscribe(client, subscription, callback);
		aedes.authorizeForward = (client, packet) => this.#forward(client, packet);
		aedes.on("keepaliveTimeout", client => this.#close(this.#sessionOf(client), "MQTT_KEEP_ALIVE_TIMEOUT: nothing came for one and a half times the keep-alive", "MQTT_KEEP_ALIVE_TIMEOUT"));
		aedes.on("clientError", (client, error) => this.#fail(this.#sessionOf(client), error));
		aedes.on("connectionError", (client, error) => this.#fail(this.#sessionOf(client), error));
		this.#tell();
		if (this.#scenario.largeMessage)
			aedes.on("subscribe", subscriptions => subscriptions.forEach(({ topic }) => this.#sendLarge(topic)));
		this.#registry.on("changed", this.#onChanged);
	}

	/** Passes on what aedes tells of connections and messages. */
	#tell(): void {
		const aedes = this.#aedes, events = this.#events;
		if (events === undefined)
			return;
		const withSession = (client: Client, tell: (session: Session) => void) => {
			const session = this.#sessionOf(client);
			if (session !== undefined)
				tell(session);
		};
		aedes.on("client", client => withSession(client, session => events.emit("connected", session)));
		aedes.on("clientDisconnect", client => withSession(client, session => events.emit("disconnected", session, disconnectReason(client, session))));
		aedes.on("subscribe", (subscriptions, client) => withSession(client, session => events.emit("subscribed", session, subscriptions.map(({ topic }) => topic))));
		// aedes also drops the subscriptions of a client that is gone.
		aedes.on("unsubscribe", (topicFilters, client) => !client.closed && withSession(client, session => events.emit("unsubscribed", session, topicFilters)));
		aedes.on("publish", ({ topic, payload, qos, retain }, client) => {
			if (!topic.startsWith("$SYS/"))
				events.emit("published", { clientId: client?.id, topic, payload: Buffer.from(payload), qos, retain });
		});
	}

	#sendLarge(topic: string): void {
		if (!/[+#]/.test(topic))
			void this.publish(topic, Buffer.alloc(MAX_PAYLOAD, "x"), 1);
	}

	/** Never answers a refused CONNECT: on MQTT 3.1.1 AWS IoT closes without CONNACK. */
	async #connect(session: Session | undefined, packet: ConnectPacket, callback: (error: Error | null, success: boolean) => void): Promise<void> {
		if (session === undefined)
			return;
		if (packet.protocolVersion !== MQTT_3_1_1)
			return this.#refuseVersion(session, packet.protocolVersion);
		const malformed = connectFault(packet);
		if (malformed !== undefined)
			return this.#refuse(session, malformed);
		const clientId = packet.clientId;
		session.identify({ clientId, persistent: packet.clean === false, lastWill: packet.will !== undefined });
		if (!this.#permits(session, "iot:Connect", clientId)) {
			this.#events?.emit("connectForbidden", session);
			return;
		}
		packet.keepalive = allowedKeepAlive(packet.keepalive ?? 0);
		await this.#takeOver(session);
		if (session.closing !== undefined)
			return;
		this.#expiry.back(clientId);
		this.#log(`connected ${session.name}: certificate ${session.principal.certificateId}, keep-alive ${packet.keepalive} s`);
		callback(null, true);
	}

	/** The newest connection with a client id is the one that stays. */
	async #takeOver(session: Session): Promise<void> {
		const previous = this.#byClientId.get(session.clientId);
		this.#byClientId.set(session.clientId, session);
		if (previous === undefined)
			return;
		this.#close(previous, `DUPLICATE_CLIENT_ID: ${session.peer.name} connected with the same client id`, "DUPLICATE_CLIENTID");
		await previous.closed;
	}

	#publish(client: Client | null, packet: PublishPacket, callback: (error?: Error | null) => void): void {
		const session = client === null ? undefined : this.#sessionOf(client);
		if (client === null || session === undefined)
			return callback(new Error("nobody is known to publish this"));
		if (client.closed)
			return callback(this.#lastWillFault(session, packet));
		if (packet.qos > MAX_QOS)
			return this.#refuse(session, "QoS 2 is not supported (PUBLISH)");
		if (packet.topic.startsWith("$"))
			return this.#refuse(session, `the topic ${packet.topic} is reserved (PUBLISH)`);
		const fault = topicFault(packet.topic) ?? payloadFault(packet.payload.length);
		if (fault !== undefined)
			return this.#refuse(session, `${fault} (PUBLISH)`);
		if (!this.#permits(session, "iot:Publish", packet.topic))
			return;
		if (packet.retain && !this.#permits(session, "iot:RetainPublish", packet.topic))
			return;
		callback(null);
	}

	/** The last will of a connection that has ended: there is nothing to close any more. */
	#lastWillFault(session: Session, { topic }: PublishPacket): Error | null {
		const decision = session.decide("iot:Publish", topic);
		if (decision === "ALLOWED" && !topic.startsWith("$"))
			return null;
		const reason = denial("iot:Publish", topic, decision);
		this.#log(`withheld the last will of ${session.name}: ${reason}`);
		this.#tellRefused(session, `the last will: ${reason}`);
		return new Error("the last will is not allowed");
	}

	#subscribe(client: Client, subscription: Subscription, callback: (error: Error | null, subscription?: Subscription | null) => void): void {
		const session = this.#sessionOf(client);
		if (session === undefined)
			return;
		if (subscription.qos > MAX_QOS)
			return this.#refuse(session, "QoS 2 is not supported (SUBSCRIBE)");
		if (subscription.topic.startsWith("$") && !subscription.topic.startsWith("$aws/"))
			return this.#refuse(session, `the topic filter ${subscription.topic} is reserved`);
		const fault = topicFault(subscription.topic);
		if (fault !== undefined)
			return this.#refuse(session, `${fault} (SUBSCRIBE)`);
		const filters = filtersOf(client);
		if (filters.length >= MAX_SUBSCRIPTIONS && !filters.includes(subscription.topic))
			return this.#refuse(session, `a connection may have ${MAX_SUBSCRIPTIONS} topic filters (SUBSCRIBE)`);
		if (!this.#permits(session, "iot:Subscribe", subscription.topic))
			return;
		this.#log(`subscribed ${session.name}: ${subscription.topic} at QoS ${subscription.qos}`);
		callback(null, subscription);
	}

	/** What a device may not receive is left out without a word to it. */
	#forward(client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
		const session = this.#sessionOf(client);
		if (session === undefined)
			return null;
		const decision = session.decide("iot:Receive", packet.topic);
		if (decision === "ALLOWED")
			return packet;
		const reason = denial("iot:Receive", packet.topic, decision);
		this.#log(`withheld from ${session.name}: ${reason}`);
		this.#tellRefused(session, reason);
		return null;
	}

	/** Whether the session's policies allow the action; closes the connection when they do not. */
	#permits(session: Session, action: Action, name: string): boolean {
		if (session.closing !== undefined)
			return false;
		const decision = session.decide(action, name);
		if (decision === "ALLOWED")
			return true;
		this.#refuse(session, denial(action, name, decision), "AUTH_ERROR");
		return false;
	}

	#refuseVersion(session: Session, version: number | undefined): void {
		session.connection.write(version === MQTT_5 ? CONNACK_MQTT_5 : CONNACK_OLD_PROTOCOL);
		this.#refuse(session, `MQTT protocol level ${version} is not served, only ${MQTT_3_1_1} (MQTT 3.1.1)`);
	}

	#refuse(session: Session, reason: string, disconnectReason: DisconnectReason = "CLIENT_ERROR"): void {
		if (session.closing !== undefined)
			return;
		this.#log(`refused ${session.name}: ${reason}`);
		this.#tellRefused(session, reason);
		session.close(reason, disconnectReason);
	}

	#tellRefused({ peer, clientId, principal }: Session, reason: string): void {
		this.#events?.emit("refused", { peer: peer.name, certificateId: principal.certificateId, ...clientId === "" ? {} : { clientId } }, reason);
	}

	#close(session: Session | undefined, reason: string, disconnectReason: DisconnectReason): void {
		if (session === undefined || session.closing !== undefined)
			return;
		this.#log(`disconnecting ${session.name}: ${reason}`);
		session.close(reason, disconnectReason);
	}

	/** A failed connection, or bytes that are not MQTT. */
	#fail(session: Session | undefined, error: Error): void {
		const disconnectReason = systemCode(error) === undefined ? "CLIENT_ERROR" : "CONNECTION_LOST";
		this.#close(session, `${disconnectReason}: ${error.message}`, disconnectReason);
	}

	/** A certificate or its policies changed: connections that would not be let in any more are closed. */
	#judgeAgain(certificateId: string): void {
		const status = this.#registry.findCertificate(certificateId)?.status ?? "deleted";
		for (const session of this.#sessions) {
			if (session.principal.certificateId !== certificateId)
				continue;
			if (status !== "ACTIVE")
				this.#close(session, `certificate ${certificateId} is ${status}, not ACTIVE`, "AUTH_ERROR");
			else if (session.clientId !== "")
				this.#permits(session, "iot:Connect", session.clientId);
		}
	}

	#forget(session: Session): void {
		this.#sessions.delete(session);
		if (this.#byClientId.get(session.clientId) === session) {
			this.#byClientId.delete(session.clientId);
			if (session.persistent)
				this.#expiry.away(session.clientId);
		}
		if (session.clientId !== "" && session.closing === undefined)
			this.#log(`disconnected ${session.name}`);
	}

	#sessionOf(client: Client): Session | undefined {
		return this.#byConnection.get(client.conn);
	}
}

/** A client's topic filters so far; aedes' typings leave them out. */
function filtersOf(client: Client): string[] {
	return Object.keys((client as unknown as { subscriptions: object }).subscriptions);
}

/** What is wrong with a CONNECT packet, before any policy is asked. */
function connectFault({ clientId }: ConnectPacket): string | undefined {
	if (clientId === "")
		return "the client id is empty";
	if (Buffer.byteLength(clientId) > MAX_CLIENT_ID_BYTES)
		return `the client id has ${Buffer.byteLength(clientId)} bytes, more than ${MAX_CLIENT_ID_BYTES}`;
	if (clientId.startsWith("$"))
		return `the client id ${clientId} begins with $, which is reserved`;
	return undefined;
}

/** Why a client's connection has ended. That DISCONNECT came is what aedes keeps to itself. */
function disconnectReason(client: Client & { readonly _disconnected?: boolean }, { disconnectReason }: Session): DisconnectReason {
	if (disconnectReason !== undefined)
		return disconnectReason;
	return client._disconnected === true ? "CLIENT_INITIATED_DISCONNECT" : "CONNECTION_LOST";
}

function allowedKeepAlive(seconds: number): number {
	return seconds === 0 ? MAX_KEEP_ALIVE : Math.min(Math.max(seconds, MIN_KEEP_ALIVE), MAX_KEEP_ALIVE);
}

function denial(action: Action, name: string, decision: string): string {
	const why = decision === "EXPLICIT_DENY" ? "a policy denies" : "no attached policy allows";
	return `${why} ${action} on ${name}`;
}
