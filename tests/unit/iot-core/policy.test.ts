// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";

import { type Action, type Decision, decide } from "../../../tools/iot-core/policy/decide.js";
import { parsePolicyDocument } from "../../../tools/iot-core/policy/document.js";
import { covers } from "../../../tools/iot-core/policy/pattern.js";

const arn = "arn:aws:iot:us-east-1:123456789012";

interface Question {
	action: Action;
	resource: string;
	values?: Record<string, string>;
	keys?: Record<string, string[]>;
}

function decideOn(statements: object | object[], { action, resource, values = {}, keys = {} }: Question): Decision {
	const document = JSON.stringify({ Version: "2012-10-17", Statement: statements });
	return decide(parsePolicyDocument(document), {
		action,
		resource: `${arn}:${resource}`,
		variables: name => values[name],
		conditionKeys: name => keys[name] ?? (values[name] === undefined ? undefined : [values[name]]),
	});
}

function noVariable(): undefined {
	return undefined;
}

// The developer guide's "Connect policy examples" and "Publish/Subscribe policy examples".
const connectAsClient1 = { Effect: "Allow", Action: ["iot:Connect"], Resource: [`${arn}:client/client1`] };
const publishBelowClientId = { Effect: "Allow", Action: "iot:Publish", Resource: `${arn}:topic/\${iot:ClientId}/*` };
const subscribeToFilter = {
	Effect: "Allow",
	Action: ["iot:Subscribe"],
	Resource: [`${arn}:topicfilter/some/+/topic/#`],
};

test("a named client may connect", () => {
	assert.is(decideOn(connectAsClient1, { action: "iot:Connect", resource: "client/client1" }), "ALLOWED");
});

test("another client may not connect", () => {
	assert.is(decideOn(connectAsClient1, { action: "iot:Connect", resource: "client/client2" }), "IMPLICIT_DENY");
});

test("an action that no statement names is denied", () => {
	assert.is(decideOn(connectAsClient1, { action: "iot:Publish", resource: "topic/client1" }), "IMPLICIT_DENY");
});

test("no statement at all denies", () => {
	assert.is(
		decide([], {
			action: "iot:Connect",
			resource: `${arn}:client/a`,
			variables: noVariable,
			conditionKeys: noVariable,
		}),
		"IMPLICIT_DENY",
	);
});

test("a Deny wins over an Allow before it", () => {
	const statements = [
		{ Effect: "Allow", Action: "*", Resource: "*" },
		{ Effect: "Deny", Action: "iot:Publish", Resource: `${arn}:topic/secret/*` },
	];
	assert.is(decideOn(statements, { action: "iot:Publish", resource: "topic/secret/a" }), "EXPLICIT_DENY");
	assert.is(decideOn(statements, { action: "iot:Publish", resource: "topic/public/a" }), "ALLOWED");
});

test("a Deny wins over an Allow behind it", () => {
	const statements = [
		{ Effect: "Deny", Action: "iot:Connect", Resource: `${arn}:client/a` },
		{ Effect: "Allow", Action: "iot:*", Resource: "*" },
	];
	assert.is(decideOn(statements, { action: "iot:Connect", resource: "client/a" }), "EXPLICIT_DENY");
});

test("an action's wildcard covers all of AWS IoT's actions", () => {
	assert.is(
		decideOn(
			{ Effect: "Allow", Action: "iot:*", Resource: "*" },
			{ action: "iot:Subscribe", resource: "topicfilter/#" },
		),
		"ALLOWED",
	);
});

test("an action is compared without regard to case, as IAM does", () => {
	assert.is(
		decideOn(
			{ Effect: "Allow", Action: "iot:connect", Resource: "*" },
			{ action: "iot:Connect", resource: "client/a" },
		),
		"ALLOWED",
	);
});

test("${iot:ClientId} in a topic is the client's own id", () => {
	const values = { "iot:ClientId": "sensor1" };
	assert.is(
		decideOn(publishBelowClientId, { action: "iot:Publish", resource: "topic/sensor1/temperature", values }),
		"ALLOWED",
	);
	assert.is(
		decideOn(publishBelowClientId, { action: "iot:Publish", resource: "topic/sensor2/temperature", values }),
		"IMPLICIT_DENY",
	);
});

test("a * in a variable's value is no wildcard", () => {
	const values = { "iot:ClientId": "*" };
	assert.is(
		decideOn(publishBelowClientId, { action: "iot:Publish", resource: "topic/anyone/x", values }),
		"IMPLICIT_DENY",
	);
	assert.is(decideOn(publishBelowClientId, { action: "iot:Publish", resource: "topic/*/x", values }), "ALLOWED");
});

test("a resource with a variable that has no value covers nothing", () => {
	const statement = {
		Effect: "Allow",
		Action: "iot:Connect",
		Resource: `${arn}:client/\${iot:Connection.Thing.ThingName}`,
	};
	assert.is(
		decideOn(statement, { action: "iot:Connect", resource: "client/${iot:Connection.Thing.ThingName}" }),
		"IMPLICIT_DENY",
	);
});

test("+ and # of a topic filter are literal characters in a policy", () => {
	assert.is(
		decideOn(subscribeToFilter, { action: "iot:Subscribe", resource: "topicfilter/some/+/topic/#" }),
		"ALLOWED",
	);
	assert.is(
		decideOn(subscribeToFilter, { action: "iot:Subscribe", resource: "topicfilter/some/a/topic/b" }),
		"IMPLICIT_DENY",
	);
});

test("* crosses the levels of a topic", () => {
	const statement = { Effect: "Allow", Action: "iot:Receive", Resource: `${arn}:topic/dt/*/temperature` };
	assert.is(decideOn(statement, { action: "iot:Receive", resource: "topic/dt/room/3/temperature" }), "ALLOWED");
});

test("? covers exactly one character", () => {
	assert.ok(covers("a?c", "abc", noVariable));
	assert.not(covers("a?c", "ac", noVariable));
	assert.not(covers("a?c", "abbc", noVariable));
});

test("? covers one character outside of the Basic Multilingual Plane", () => {
	assert.ok(covers("a?c", "a\u{1F600}c", noVariable));
});

test("* covers the empty run, and several of them meet", () => {
	assert.ok(covers("*a**b*", "ab", noVariable));
	assert.ok(covers("*a*b*", "xaxbxbx", noVariable));
	assert.not(covers("*a*b", "xaxbx", noVariable));
});

test("a wildcard of a policy is escaped as ${*}, ${?} and ${$}", () => {
	assert.ok(covers("a${*}b${?}${$}", "a*b?$", noVariable));
	assert.not(covers("a${*}b", "axb", noVariable));
});

test("many wildcards are matched without exponential time", () => {
	const started = performance.now();
	assert.not(covers("*a".repeat(60), "a".repeat(59) + "b".repeat(2000), noVariable));
	assert.ok(performance.now() - started < 60_000);
});

// The developer guide's "Connect policy examples": persistent sessions and last wills.
test("ForAllValues:StringEquals lets in what has no attribute, or a listed one only", () => {
	const statement = {
		...connectAsClient1,
		Condition: { "ForAllValues:StringEquals": { "iot:ConnectAttributes": ["PersistentConnect"] } },
	};
	const question = { action: "iot:Connect", resource: "client/client1" } as const;
	assert.is(decideOn(statement, { ...question, keys: { "iot:ConnectAttributes": [] } }), "ALLOWED");
	assert.is(decideOn(statement, { ...question, keys: { "iot:ConnectAttributes": ["PersistentConnect"] } }), "ALLOWED");
	assert.is(
		decideOn(statement, { ...question, keys: { "iot:ConnectAttributes": ["PersistentConnect", "LastWill"] } }),
		"IMPLICIT_DENY",
	);
});

test("ForAnyValue:StringEquals needs one of the listed attributes", () => {
	const statement = {
		Effect: "Deny",
		Action: "iot:Connect",
		Resource: "*",
		Condition: { "ForAnyValue:StringEquals": { "iot:ConnectAttributes": "LastWill" } },
	};
	const question = { action: "iot:Connect", resource: "client/client1" } as const;
	assert.is(
		decideOn([connectAsClient1, statement], { ...question, keys: { "iot:ConnectAttributes": ["LastWill"] } }),
		"EXPLICIT_DENY",
	);
	assert.is(
		decideOn([connectAsClient1, statement], { ...question, keys: { "iot:ConnectAttributes": ["PersistentConnect"] } }),
		"ALLOWED",
	);
});

test("ArnEquals asks for a last will with a certain topic, wildcards in the policy's ARN included", () => {
	const question = { action: "iot:Connect", resource: "client/client1" } as const;
	const will = (topic: string) => ({
		...question,
		keys: { "iot:LastWillTopic": [`arn:aws:iot:us-east-1:123456789012:topic/${topic}`] },
	});
	const demand = (topic: string) => ({
		...connectAsClient1,
		Condition: { ArnEquals: { "iot:LastWillTopic": `arn:aws:iot:us-east-1:123456789012:topic/${topic}` } },
	});
	assert.is(decideOn(demand("my/lastwill/topicName"), will("my/lastwill/topicName")), "ALLOWED");
	assert.is(decideOn(demand("my/lastwill/topicName"), will("my/lastwill")), "IMPLICIT_DENY");
	assert.is(decideOn(demand("my/*"), will("my/lastwill")), "ALLOWED");
	assert.is(decideOn(demand("my/lastwill/topicName"), question), "IMPLICIT_DENY");
});

test("Bool on a key that the request lacks is false", () => {
	const statement = {
		Effect: "Allow",
		Action: "iot:Connect",
		Resource: "*",
		Condition: { Bool: { "iot:Connection.Thing.IsAttached": ["true"] } },
	};
	assert.is(decideOn(statement, { action: "iot:Connect", resource: "client/a" }), "IMPLICIT_DENY");
	assert.is(
		decideOn(statement, {
			action: "iot:Connect",
			resource: "client/a",
			values: { "iot:Connection.Thing.IsAttached": "true" },
		}),
		"ALLOWED",
	);
});

test("StringNotEquals holds when the request lacks the key", () => {
	const statement = {
		Effect: "Allow",
		Action: "iot:Connect",
		Resource: "*",
		Condition: { StringNotEquals: { "iot:ClientId": "a" } },
	};
	assert.is(decideOn(statement, { action: "iot:Connect", resource: "client/b" }), "ALLOWED");
	assert.is(
		decideOn(statement, { action: "iot:Connect", resource: "client/a", values: { "iot:ClientId": "a" } }),
		"IMPLICIT_DENY",
	);
});

test("StringNotEquals with a list holds only for a value that is none of them", () => {
	const statement = {
		Effect: "Allow",
		Action: "iot:Connect",
		Resource: "*",
		Condition: { StringNotEquals: { "iot:ClientId": ["a", "b"] } },
	};
	const ask = (id: string) =>
		decideOn(statement, { action: "iot:Connect", resource: `client/${id}`, values: { "iot:ClientId": id } });
	assert.equal([ask("a"), ask("b"), ask("c")], ["IMPLICIT_DENY", "IMPLICIT_DENY", "ALLOWED"]);
});

test("StringLike takes wildcards, StringEquals does not", () => {
	const conditioned = (operator: string) => ({
		Effect: "Allow",
		Action: "iot:Connect",
		Resource: "*",
		Condition: { [operator]: { "iot:ClientId": "dev*" } },
	});
	const question = { action: "iot:Connect", resource: "client/device", values: { "iot:ClientId": "device" } } as const;
	assert.is(decideOn(conditioned("StringLike"), question), "ALLOWED");
	assert.is(decideOn(conditioned("StringEquals"), question), "IMPLICIT_DENY");
});

// The developer guide's "Basic policy variables": aws:SourceIp.
test("IpAddress compares the address with a network", () => {
	const statement = {
		Effect: "Allow",
		Action: "iot:Connect",
		Resource: "*",
		Condition: { IpAddress: { "aws:SourceIp": "123.45.167.0/24" } },
	};
	const ask = (address: string) =>
		decideOn(statement, { action: "iot:Connect", resource: "client/a", values: { "aws:SourceIp": address } });
	assert.equal([ask("123.45.167.89"), ask("123.45.168.1"), ask("::1")], ["ALLOWED", "IMPLICIT_DENY", "IMPLICIT_DENY"]);
});

test("all conditions of a statement must hold", () => {
	const statement = {
		Effect: "Allow",
		Action: "iot:Connect",
		Resource: "*",
		Condition: { StringEquals: { "iot:ClientId": "a" }, IpAddress: { "aws:SourceIp": "127.0.0.1" } },
	};
	const ask = (address: string) =>
		decideOn(statement, {
			action: "iot:Connect",
			resource: "client/a",
			values: { "iot:ClientId": "a", "aws:SourceIp": address },
		});
	assert.equal([ask("127.0.0.1"), ask("127.0.0.2")], ["ALLOWED", "IMPLICIT_DENY"]);
});

test("one statement without a list around it is a policy", () => {
	assert.is(parsePolicyDocument(JSON.stringify({ Version: "2012-10-17", Statement: connectAsClient1 })).length, 1);
});

const malformed: Record<string, string> = {
	"text that is not JSON": "./policy.json",
	"no statement": JSON.stringify({ Version: "2012-10-17" }),
	"an empty list of statements": JSON.stringify({ Version: "2012-10-17", Statement: [] }),
	"an unknown version": JSON.stringify({ Version: "2020-01-01", Statement: [connectAsClient1] }),
	"an unknown effect": JSON.stringify({ Version: "2012-10-17", Statement: [{ ...connectAsClient1, Effect: "allow" }] }),
	"no action": JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Resource: "*" }] }),
	"a resource that is no ARN": JSON.stringify({
		Version: "2012-10-17",
		Statement: [{ ...connectAsClient1, Resource: "client/client1" }],
	}),
	"an element that is none": JSON.stringify({
		Version: "2012-10-17",
		Statement: [{ ...connectAsClient1, Principal: "*" }],
	}),
	"an unknown condition operator": JSON.stringify({
		Version: "2012-10-17",
		Statement: [{ ...connectAsClient1, Condition: { Sounds: { a: "b" } } }],
	}),
	"a number as an action": JSON.stringify({ Version: "2012-10-17", Statement: [{ ...connectAsClient1, Action: 1 }] }),
	"more than 2048 characters without white space": JSON.stringify({
		Version: "2012-10-17",
		Statement: [{ ...connectAsClient1, Sid: "x".repeat(2048) }],
	}),
};

for (const [name, document] of Object.entries(malformed))
	test(`${name} is a malformed policy`, () => {
		assert.throws(
			() => parsePolicyDocument(document),
			(error: Error) =>
				error.name === "MalformedPolicyException" && error.message.startsWith("Policy document is Malformed: "),
		);
	});

test("white space does not count towards a policy's length", () => {
	assert.is(
		parsePolicyDocument(" ".repeat(3000) + JSON.stringify({ Version: "2012-10-17", Statement: [connectAsClient1] }))
			.length,
		1,
	);
});

test.run();
