// SPDX-License-Identifier: MIT
import { BlockList, isIP } from "node:net";

import type { Condition } from "./document.js";
import { covers, substitute, type Variables } from "./pattern.js";

/** The values of a condition key; undefined when the request does not have the key. */
export type ConditionKeys = (key: string) => string[] | undefined;

/** Compares one value of the request with one value of the policy, whose variables are not yet replaced. */
type Comparison = (actual: string, expected: string, variables: Variables) => boolean;

interface Operator {
	compare: Comparison;
	/** A negated operator is true when nothing compares equal, and also when the request lacks the key. */
	negated: boolean;
}

const equals: Comparison = (actual, expected, variables) => actual === substitute(expected, variables);
const equalsIgnoreCase: Comparison = (actual, expected, variables) =>
	actual.toLowerCase() === substitute(expected, variables)?.toLowerCase();
const like: Comparison = (actual, expected, variables) => covers(expected, actual, variables);

/** Condition operators of IAM (user guide, "Condition operators") that make sense on AWS IoT's keys. */
export const conditionOperators: Record<string, Operator> = {
	StringEquals: { compare: equals, negated: false },
	StringNotEquals: { compare: equals, negated: true },
	StringEqualsIgnoreCase: { compare: equalsIgnoreCase, negated: false },
	StringNotEqualsIgnoreCase: { compare: equalsIgnoreCase, negated: true },
	StringLike: { compare: like, negated: false },
	StringNotLike: { compare: like, negated: true },
	ArnEquals: { compare: like, negated: false },
	ArnLike: { compare: like, negated: false },
	ArnNotEquals: { compare: like, negated: true },
	ArnNotLike: { compare: like, negated: true },
	Bool: { compare: equalsIgnoreCase, negated: false },
	IpAddress: { compare: inNetwork, negated: false },
	NotIpAddress: { compare: inNetwork, negated: true },
};

/** Qualifiers for keys with several values (IAM user guide, "Set operators for multivalued context keys"). */
export const setQualifiers = ["ForAllValues", "ForAnyValue"];

/** Whether a condition of a statement holds for a request. */
export function holds(condition: Condition, keys: ConditionKeys, variables: Variables): boolean {
	const qualified = condition.operator.includes(":");
	const [qualifier, name] = qualified ? condition.operator.split(":", 2) : ["ForAnyValue", condition.operator];
	const operator = name === undefined ? undefined : conditionOperators[name];
	if (operator === undefined) return false;
	const actual = keys(condition.key) ?? [];
	if (!qualified && actual.length === 0) return operator.negated;
	const test = (value: string) =>
		condition.values.some(expected => operator.compare(value, expected, variables)) !== operator.negated;
	return qualifier === "ForAllValues" ? actual.every(test) : actual.some(test);
}

function inNetwork(actual: string, expected: string): boolean {
	const [network = "", prefix] = expected.split("/", 2);
	const family = isIP(network);
	if (family === 0 || isIP(actual) !== family) return false;
	const type = family === 4 ? "ipv4" : "ipv6";
	const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
	if (!Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return false;
	const list = new BlockList();
	list.addSubnet(network, bits, type);
	return list.check(actual, type);
}
