import type { TLSSocket } from "node:tls";

import { arn, type ResourceKind } from "../arn.js";
import { decide, type Action, type Decision } from "../policy/decide.js";
import { thingVariable } from "../policy/thing-variables.js";
import type { Registry } from "../registry.js";
import type { Principal } from "./admission.js";
import { requestContext, type RequestContext } from "./context.js";
import type { DisconnectReason } from "./events.js";
import type { Peer } from "./peer.js";

/** A peer that has not closed its side by then is cut off. */
const LINGER_MS = 2000;

const RESOURCE_KIND: Record<Action, ResourceKind> = {
	"iot:Connect": "client",
	"iot:Publish": "topic",
	"iot:Receive": "topic",
	"iot:RetainPublish": "topic",
	"iot:Subscribe": "topicfilter",
};

/** What a CONNECT packet brings that policies ask for. */
export interface ConnectAttributes {
	clientId: string;
	persistent: boolean;
	lastWill: boolean;
}

/** One device's MQTT connection: who it is and what it may do. */
export class Session {
	readonly connection: TLSSocket;
	readonly principal: Principal;
	readonly peer: Peer;
	/** Settles when the connection is closed. */
	readonly closed: Promise<void>;
	readonly #registry: Registry;
	#context: RequestContext | undefined;
	#clientId = "";
	#persistent = false;
	#closing: string | undefined;
	#disconnectReason: DisconnectReason | undefined;

	constructor(connection: TLSSocket, principal: Principal, peer: Peer, registry: Registry) {
		this.connection = connection;
		this.principal = principal;
		this.peer = peer;
		this.#registry = registry;
		this.closed = new Promise(resolve => connection.once("close", () => resolve()));
	}

	/** Empty before CONNECT. */
	get clientId(): string {
		return this.#clientId;
	}

	/** The device wants its subscriptions and messages kept while it is away. */
	get persistent(): boolean {
		return this.#persistent;
	}

	/** Why this side has closed the connection, if it has. */
	get closing(): string | undefined {
		return this.#closing;
	}

	/** The same, as lifecycle events name it. */
	get disconnectReason(): DisconnectReason | undefined {
		return this.#disconnectReason;
	}

	/** Name for the log. */
	get name(): string {
		return this.#clientId === "" ? this.peer.name : `${this.#clientId} (${this.peer.name})`;
	}

	/** Takes over what CONNECT says. */
	identify(attributes: ConnectAttributes): void {
		this.#clientId = attributes.clientId;
		this.#persistent = attributes.persistent;
		const principal = this.#registry.certificateArn(this.principal.certificateId);
		const thing = (name: string) => thingVariable(name, this.#registry.things.ofConnection(principal, attributes.clientId));
		this.#context = requestContext(attributes, this.principal.certificate, this.peer.address, thing);
	}

	/** Decides on the policies that are attached now; `name` is the client id, topic or topic filter. */
	decide(action: Action, name: string): Decision {
		if (this.#context === undefined)
			return "IMPLICIT_DENY";
		return decide(this.#registry.statementsOf(this.principal.certificateId), {
			action,
			resource: arn(this.#registry.realm, RESOURCE_KIND[action], name),
			...this.#context,
		});
	}

	/** Ends the connection in order, with a TLS close_notify. */
	close(reason: string, disconnectReason: DisconnectReason): void {
		if (this.#closing !== undefined)
			return;
		this.#closing = reason;
		this.#disconnectReason = disconnectReason;
		this.connection.destroySoon();
		const timer = setTimeout(() => this.connection.destroy(), LINGER_MS);
		this.connection.once("close", () => clearTimeout(timer));
	}
}
