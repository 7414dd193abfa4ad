// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { operations } from "../../../modules/iot/mqtt.js";
import { bytes, FakeClient, setUp } from "./session-fakes.js";

test("a refused subscription is named and retried later", () => {
	const { client, error, retry, time } = setUp();
	client().accept();
	client().grant(0x80);
	assert.match(error(), /subscription to t was refused \(SUBACK 0x80\)/);
	assert.is(retry(), 30);
	time.advance(retry() * 1_000);
	assert.is(FakeClient.all.length, 2);
});

test("closed instead of CONNACK: the policy's iot:Connect is named", () => {
	const { client, error } = setUp();
	client().login();
	client().fail();
	assert.match(error(), /closed.*before a CONNACK came.*iot:Connect on client\/BABQ/);
});

test("closed instead of SUBACK: the policy's iot:Subscribe is named", () => {
	const { client, error } = setUp();
	client().accept();
	client().fail();
	assert.match(error(), /closed.*before a SUBACK came.*iot:Subscribe on topicfilter\/t/);
});

test("closed on a PUBLISH: the policy's iot:Publish is named", () => {
	const { session, client, error, up } = setUp();
	up();
	session.publish("t", bytes("x"), 1);
	client().fail();
	assert.match(error(), /closed.*after a PUBLISH.*iot:Publish/);
});

test("a drop with a PUBLISH under way is no refusal once another was acknowledged", () => {
	const { session, client, error, retry, up } = setUp();
	up();
	session.publish("t", bytes("x"), 1);
	client().acknowledge(client().last(operations.PUBLISH).id ?? 0);
	session.publish("t", bytes("y"), 1);
	client().fail();
	assert.match(error(), /^The far end closed the connection soon/);
	assert.is(retry(), 1);
});

test("the socket's own reason is what the person reads", () => {
	const { client, error } = setUp();
	client().secure.onConnected();
	client().secure.onFailure(new Error("The server's certificate has expired."));
	client().fail();
	assert.is(error(), "The server's certificate has expired.");
});

test("a name that is not resolved is named", () => {
	const { client, error } = setUp();
	client().fail();
	assert.match(error(), /The name a-ats\.iot\.r\.amazonaws\.com was not resolved/);
});

test("no CONNACK within the deadline ends the attempt", () => {
	const { client, error, time } = setUp();
	client().login();
	time.advance(30_000);
	assert.match(error(), /No CONNACK in time/);
});

test("that TLS was closed in an orderly way says less than how far the connection had come", () => {
	const { client, error } = setUp();
	client().accept();
	client().secure.onFailure(Object.assign(new Error("close_notify"), { ended: true }));
	client().fail();
	assert.match(error(), /before a SUBACK came/);
});

test("an alert is a refusal: the back-off starts long", () => {
	const { client, error, retry } = setUp();
	client().secure.onConnected();
	client().secure.onFailure(Object.assign(new Error("alert 42: bad certificate"), { refused: true }));
	client().fail();
	assert.is(error(), "alert 42: bad certificate");
	assert.is(retry(), 30);
});

test("a CONNACK that refuses is reported by its return code, though the client passes none on", () => {
	const { client, error, retry } = setUp();
	client().login();
	client().socketReads(Uint8Array.of(0x20, 2, 0, 5));
	client().fail();
	assert.match(error(), /refused with return code 5, not authorized/);
	assert.is(retry(), 30);
});

test.run();
