// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";

import { DeviceEvents } from "../../../tools/iot-core/broker/events.js";
import { Lifecycle } from "../../../tools/iot-core/broker/lifecycle.js";

interface Event extends Record<string, unknown> {
	topic: string;
}

/** Lifecycle events with a clock that stands still unless it is set. */
function setUp() {
	const sent: Event[] = [];
	const clock = { now: 1_573_002_230_757 };
	const lifecycle = new Lifecycle(new DeviceEvents(), {
		publish: (topic, payload) => sent.push({ topic, ...(JSON.parse(payload) as object) }),
		now: () => clock.now,
	});
	return { lifecycle, sent, clock };
}

const client = (clientId = "186b5") => ({
	clientId,
	principal: { certificateId: "12ab" },
	peer: { address: "192.0.2.0" },
});
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test("a connection is reported with exactly the members of the developer guide", () => {
	const { lifecycle, sent } = setUp();
	lifecycle.connected(client());
	const { sessionIdentifier, ...rest } = sent[0] as Event;
	assert.match(String(sessionIdentifier), uuid);
	assert.equal(rest, {
		topic: "$aws/events/presence/connected/186b5",
		clientId: "186b5",
		timestamp: 1573002230757,
		eventType: "connected",
		principalIdentifier: "12ab",
		ipAddress: "192.0.2.0",
		versionNumber: 0,
	});
});

test("its end has the same session and version, and the reason, but no address", () => {
	const { lifecycle, sent } = setUp();
	const device = client();
	lifecycle.connected(device);
	lifecycle.disconnected(device, "CLIENT_INITIATED_DISCONNECT");
	assert.equal(sent[1], {
		topic: "$aws/events/presence/disconnected/186b5",
		clientId: "186b5",
		timestamp: 1573002230757,
		eventType: "disconnected",
		sessionIdentifier: sent[0]?.sessionIdentifier,
		principalIdentifier: "12ab",
		clientInitiatedDisconnect: true,
		disconnectReason: "CLIENT_INITIATED_DISCONNECT",
		versionNumber: 0,
	});
});

test("the certificate's exclusive thing is named in each event", () => {
	const { lifecycle, sent } = setUp();
	const device = { ...client(), thingName: "pump" };
	lifecycle.connected(device);
	lifecycle.subscriptions("subscribed", device, ["a"]);
	lifecycle.disconnected(device, "CONNECTION_LOST");
	assert.equal(
		sent.map(({ eventType, thingName }) => `${String(eventType)} ${String(thingName)}`),
		["connected pump", "subscribed pump", "disconnected pump"],
	);
});

test("a CONNECT that comes too soon is reported as an end for THROTTLED, with a session of its own", () => {
	const { lifecycle, sent } = setUp();
	const device = client();
	lifecycle.connected(device);
	lifecycle.connectThrottled(client());
	lifecycle.disconnected(device, "CONNECTION_LOST");
	assert.is(sent[1]?.disconnectReason, "THROTTLED");
	assert.is.not(sent[1]?.sessionIdentifier, sent[0]?.sessionIdentifier);
	assert.is(sent[2]?.sessionIdentifier, sent[0]?.sessionIdentifier);
});

test("an end that the client did not ask for says so", () => {
	const { lifecycle, sent } = setUp();
	const device = client();
	lifecycle.connected(device);
	lifecycle.disconnected(device, "MQTT_KEEP_ALIVE_TIMEOUT");
	assert.is(sent[1]?.clientInitiatedDisconnect, false);
});

test("a connection ends once", () => {
	const { lifecycle, sent } = setUp();
	const device = client();
	lifecycle.connected(device);
	lifecycle.disconnected(device, "CONNECTION_LOST");
	lifecycle.disconnected(device, "CONNECTION_LOST");
	assert.is(sent.length, 2);
});

test("a forbidden CONNECT is reported as an authorization that failed", () => {
	const { lifecycle, sent } = setUp();
	lifecycle.connectForbidden(client());
	const { sessionIdentifier, ...rest } = sent[0] as Event;
	assert.match(String(sessionIdentifier), uuid);
	assert.equal(rest, {
		topic: "$aws/events/presence/connect_failed/186b5",
		clientId: "186b5",
		timestamp: 1573002230757,
		eventType: "connect_failed",
		principalIdentifier: "12ab",
		connectFailureReason: "AUTHORIZATION_FAILED",
		ipAddress: "192.0.2.0",
	});
});

for (const eventType of ["subscribed", "unsubscribed"] as const)
	test(`topic filters are reported when they are ${eventType}`, () => {
		const { lifecycle, sent } = setUp();
		const device = client();
		lifecycle.connected(device);
		lifecycle.subscriptions(eventType, device, ["foo/bar", "device/#"]);
		assert.equal(sent[1], {
			topic: `$aws/events/subscriptions/${eventType}/186b5`,
			clientId: "186b5",
			timestamp: 1573002230757,
			eventType,
			sessionIdentifier: sent[0]?.sessionIdentifier,
			principalIdentifier: "12ab",
			topics: ["foo/bar", "device/#"],
		});
	});

test("the version grows from connection to connection, for each client id by itself", () => {
	const { lifecycle, sent } = setUp();
	for (const clientId of ["a", "a", "b", "a"]) {
		const device = client(clientId);
		lifecycle.connected(device);
		lifecycle.disconnected(device, "CONNECTION_LOST");
	}
	assert.equal(
		sent
			.filter(({ eventType }) => eventType === "connected")
			.map(({ clientId, versionNumber }) => [clientId, versionNumber]),
		[
			["a", 0],
			["a", 1],
			["b", 0],
			["a", 2],
		],
	);
});

for (const [minutes, versionNumber] of [
	[59, 1],
	[60, 0],
] as const)
	test(`a client that was away for ${minutes} minutes has version ${versionNumber}`, () => {
		const { lifecycle, sent, clock } = setUp();
		const first = client();
		lifecycle.connected(first);
		lifecycle.disconnected(first, "CONNECTION_LOST");
		clock.now += minutes * 60_000;
		lifecycle.connected(client());
		assert.is(sent[2]?.versionNumber, versionNumber);
	});

for (const clientId of ["BABQAYZBuu6b9x4EJzPSPh+Q", "with#hash"])
	test(`nothing is reported of ${clientId}`, () => {
		const { lifecycle, sent } = setUp();
		const device = client(clientId);
		lifecycle.connected(device);
		lifecycle.subscriptions("subscribed", device, ["foo"]);
		lifecycle.disconnected(device, "CONNECTION_LOST");
		lifecycle.connectForbidden(device);
		assert.equal(sent, []);
	});

test.run();
