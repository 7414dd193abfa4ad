// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";

import { Subscriptions } from "../../../tools/iot-core/broker/subscriptions.js";
import { filterFault, topicFault } from "../../../tools/iot-core/broker/topic.js";

/** The filters, of those given, that match a topic. */
function matching(topic: string, filters: readonly string[]): string[] {
	const subscriptions = new Subscriptions<string>();
	for (const filter of filters) subscriptions.add(filter, filter, 0);
	return [...subscriptions.match(topic).keys()].sort();
}

// MQTT 3.1.1, section 4.7.1, but for # and the parent level, which AWS IoT does not match (developer guide, "MQTT").
for (const [filter, yes, no] of [
	[
		"sport/tennis/player1/#",
		["sport/tennis/player1/ranking", "sport/tennis/player1/score/wimbledon", "sport/tennis/player1/"],
		["sport/tennis/player1"],
	],
	["sensor/#", ["sensor/", "sensor/temperature", "sensor/temperature/room1"], ["sensor", "sensors/temperature"]],
	["#", ["a", "a/b", "/", "/a"], ["$aws/events/x"]],
	["sport/tennis/+", ["sport/tennis/player1", "sport/tennis/"], ["sport/tennis/player1/ranking", "sport/tennis"]],
	["sport/+", ["sport/"], ["sport"]],
	["+/+", ["/finance"], ["finance"]],
	["/+", ["/finance"], ["finance"]],
	["+", ["finance"], ["/finance", "$aws"]],
	["+/monitor/Clients", ["a/monitor/Clients"], ["$SYS/monitor/Clients"]],
	["$aws/events/#", ["$aws/events/presence/connected/a"], ["aws/events/presence"]],
	["Accounts", ["Accounts"], ["accounts", "Accounts/"]],
] as const)
	test(`${filter} matches what it should, and nothing else`, () => {
		for (const topic of yes) assert.equal(matching(topic, [filter]), [filter], topic);
		for (const topic of no) assert.equal(matching(topic, [filter]), [], topic);
	});

test("a subscriber with several matching filters is found once, with the highest QoS of them", () => {
	const subscriptions = new Subscriptions<string>();
	subscriptions.add("a/#", "device", 1);
	subscriptions.add("a/b", "device", 0);
	subscriptions.add("+/b", "other", 0);
	assert.equal([...subscriptions.match("a/b")].sort(), [
		["device", 1],
		["other", 0],
	]);
});

test("subscribing again with the same filter replaces the QoS", () => {
	const subscriptions = new Subscriptions<string>();
	subscriptions.add("a", "device", 1);
	subscriptions.add("a", "device", 0);
	assert.equal([...subscriptions.match("a")], [["device", 0]]);
});

test("removing a filter leaves the others, above and below it too", () => {
	const subscriptions = new Subscriptions<string>();
	for (const filter of ["a", "a/b", "a/b/c", "a/+"]) subscriptions.add(filter, filter, 0);
	subscriptions.remove("a/b", "a/b");
	subscriptions.remove("nothing/there", "x");
	assert.equal([...subscriptions.match("a/b").keys()], ["a/+"]);
	assert.equal([...subscriptions.match("a").keys()], ["a"]);
	assert.equal([...subscriptions.match("a/b/c").keys()], ["a/b/c"]);
});

for (const [filter, fault] of [
	["", /is empty/],
	["a+", /does not stand alone/],
	["a/b#", /does not stand alone/],
	["#/a", /not the last level/],
	["a/#/b", /not the last level/],
	["a\0", /U\+0000/],
] as const)
	test(`${JSON.stringify(filter)} is no topic filter`, () => assert.match(filterFault(filter) ?? "", fault));

test("topic filters of every kind pass", () => {
	for (const filter of ["a", "/", "+", "#", "+/#", "a/+/b", "a//b", "$aws/things/+/shadow/#"])
		assert.is(filterFault(filter), undefined, filter);
});

test("a topic to publish to is not empty, and has no wildcard and no U+0000", () => {
	for (const topic of ["", "a/+", "#", "a#", "a\0"]) assert.type(topicFault(topic), "string", topic);
	for (const topic of ["a", "/", "a//b", "é"]) assert.is(topicFault(topic), undefined, topic);
});

test.run();
