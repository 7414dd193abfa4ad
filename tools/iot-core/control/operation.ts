// SPDX-License-Identifier: MIT
import type { RegistrationTasks } from "../bulk/tasks.js";
import type { Registry } from "../registry/registry.js";

/** What an operation works on. */
export interface Account {
	registry: Registry;
	/** The device endpoint's name. */
	endpoint: string;
	tasks: RegistrationTasks;
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
}

/** One operation: method and path as the service model's `http` trait has them, and what it answers. */
export interface Operation {
	name: string;
	method: string;
	path: string;
	/** The response's body; undefined for an empty one. */
	run(account: Account, call: Call): object | undefined;
}
