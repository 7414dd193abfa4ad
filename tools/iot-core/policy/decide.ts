// SPDX-License-Identifier: MIT
import { type ConditionKeys, holds } from "./conditions.js";
import type { Statement } from "./document.js";
import { covers, type Variables } from "./pattern.js";

/** The device actions of AWS IoT policies (developer guide, "AWS IoT Core policy actions"). */
export type Action = "iot:Connect" | "iot:Publish" | "iot:Receive" | "iot:RetainPublish" | "iot:Subscribe";

/** AuthDecision of the service model. */
export type Decision = "ALLOWED" | "EXPLICIT_DENY" | "IMPLICIT_DENY";

/** What a device asks to do. */
export interface PolicyRequest {
	action: Action;
	/** The ARN of the client, topic or topic filter. */
	resource: string;
	variables: Variables;
	conditionKeys: ConditionKeys;
}

const noVariables: Variables = () => undefined;

/** Decides a request on all statements of a principal's policies: denied unless allowed, and a Deny always wins. */
export function decide(statements: Iterable<Statement>, request: PolicyRequest): Decision {
	let decision: Decision = "IMPLICIT_DENY";
	for (const statement of statements) {
		if (!applies(statement, request)) continue;
		if (statement.effect === "Deny") return "EXPLICIT_DENY";
		decision = "ALLOWED";
	}
	return decision;
}

function applies(
	{ actions, resources, conditions }: Statement,
	{ action, resource, variables, conditionKeys }: PolicyRequest,
): boolean {
	return (
		actions.some(pattern => covers(pattern.toLowerCase(), action.toLowerCase(), noVariables)) &&
		resources.some(pattern => covers(pattern, resource, variables)) &&
		conditions.every(condition => holds(condition, conditionKeys, variables))
	);
}
