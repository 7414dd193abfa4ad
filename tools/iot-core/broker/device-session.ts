// SPDX-License-Identifier: MIT
import type { TLSSocket } from "node:tls";

import { arn, type ResourceKind } from "../arn.js";
import type { Principal } from "../endpoint/admission.js";
import type { Peer } from "../endpoint/peer.js";
import { type Action, type Decision, decide } from "../policy/decide.js";
import { thingVariable } from "../policy/thing-variables.js";
import type { Registry } from "../registry/registry.js";
import { type RequestContext, requestContext } from "./context.js";

/** A peer that has not closed its side by then is cut off. */
const lingerMs = 2000;

/** Decisions that are kept for a connection. */
const maxDecisions = 1_000;

const resourceKind: Record<Action, ResourceKind> = {
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
	/** Topic of the last will; undefined without one. */
	lastWillTopic: string | undefined;
}

/** One device's MQTT connection: who it is and what it may do. */
export class DeviceSession {
	readonly connection: TLSSocket;
	readonly principal: Principal;
	readonly peer: Peer;
	readonly #registry: Registry;
	#context: RequestContext | undefined;
	/** What was decided at the registry's revision, by action and name. */
	readonly #decisions = new Map<string, Decision>();
	#revision = -1;
	#clientId = "";

	constructor(connection: TLSSocket, principal: Principal, peer: Peer, registry: Registry) {
		this.connection = connection;
		this.principal = principal;
		this.peer = peer;
		this.#registry = registry;
	}

	/** Empty before CONNECT. */
	get clientId(): string {
		return this.#clientId;
	}

	/** The thing that the certificate is exclusively for, if there is one. */
	get thingName(): string | undefined {
		return this.#registry.things.exclusiveOf(this.#registry.certificateArn(this.principal.certificateId))?.thingName;
	}

	/** Name for the log. */
	get name(): string {
		return this.#clientId === "" ? this.peer.name : `${this.#clientId} (${this.peer.name})`;
	}

	/** Takes over what CONNECT says. */
	identify(attributes: ConnectAttributes): void {
		this.#clientId = attributes.clientId;
		this.#decisions.clear();
		const principal = this.#registry.certificateArn(this.principal.certificateId);
		const thing = (name: string) =>
			thingVariable(name, this.#registry.things.ofConnection(principal, attributes.clientId));
		const lastWillTopic =
			attributes.lastWillTopic === undefined ? undefined : arn(this.#registry.realm, "topic", attributes.lastWillTopic);
		this.#context = requestContext(
			{ ...attributes, lastWillTopic },
			this.principal.certificate,
			this.peer.address,
			thing,
		);
	}

	/** Decides on the policies that are attached now; `name` is the client id, topic or topic filter. */
	decide(action: Action, name: string): Decision {
		if (this.#context === undefined) return "IMPLICIT_DENY";
		if (this.#revision !== this.#registry.revision || this.#decisions.size >= maxDecisions) {
			this.#decisions.clear();
			this.#revision = this.#registry.revision;
		}
		const key = `${action} ${name}`;
		const known = this.#decisions.get(key);
		if (known !== undefined) return known;
		const decision = decide(this.#registry.statementsOf(this.principal.certificateId), {
			action,
			resource: arn(this.#registry.realm, resourceKind[action], name),
			...this.#context,
		});
		this.#decisions.set(key, decision);
		return decision;
	}

	/** Closes the connection cleanly, with a TLS close_notify. */
	close(): void {
		this.connection.destroySoon();
		const timer = setTimeout(() => this.connection.destroy(), lingerMs);
		this.connection.once("close", () => clearTimeout(timer));
	}
}
