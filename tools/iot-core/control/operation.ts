// SPDX-License-Identifier: MIT
import type { RetainedMessages } from "../broker/retained.js";
import type { RegistrationTasks } from "../bulk/tasks.js";
import type { DeviceIssuer } from "../endpoint/device-issuer.js";
import type { Registry } from "../registry/registry.js";

/** What operations need of the message broker. */
export interface MessageBroker {
	readonly retained: RetainedMessages;
	/** Sends a message of the operator's; false when it is to be retained and there are too many. */
	publish(topic: string, payload: Buffer, qos: 0 | 1, retain: boolean): boolean;
}

/** What an operation works on. */
export interface Account {
	registry: Registry;
	/** The device endpoint's name. */
	endpoint: string;
	tasks: RegistrationTasks;
	/** Takes and keeps messages. */
	broker: MessageBroker;
	/** The CA of certificates that are made here. */
	issuer(): Promise<DeviceIssuer>;
}

/** A request of the REST API, taken apart. */
export interface Call {
	/** The path's labels, decoded: `certificateId`, `policyName`, `target`, … */
	label(name: string): string;
	/** A header's value. */
	header(name: string): string | undefined;
	query: URLSearchParams;
	/** Members of the JSON body; empty without one. */
	body: Record<string, unknown>;
	/** The body as it came. */
	bytes: Buffer;
}

/** One operation: method and path as the service model's `http` trait has them, and what it answers. */
export interface Operation {
	name: string;
	method: string;
	/** A label in braces is one segment, or with a + all that are left. */
	path: string;
	/** The body is not JSON. */
	rawBody?: boolean;
	/** The response's body; undefined for an empty one. */
	run(account: Account, call: Call): object | undefined | Promise<object | undefined>;
}
