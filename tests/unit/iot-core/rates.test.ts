// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ConnectRate } from "../../../tools/iot-core/broker/connect-rate.js";
import { awsLimits, scaledLimits } from "../../../tools/iot-core/broker/limits.js";
import { RetainedMessages } from "../../../tools/iot-core/broker/retained.js";
import { RateBucket } from "../../../tools/iot-core/rate-bucket.js";

test("a bucket gives a second's worth at once, and then at its rate", () => {
	let now = 0;
	const bucket = new RateBucket(100, () => now);
	const taken = () => Array.from({ length: 200 }, () => bucket.take()).filter(Boolean).length;
	assert.is(taken(), 100);
	now += 50;
	assert.is(taken(), 5);
	now += 10_000;
	assert.is(taken(), 100);
});

test("what is spent beyond a bucket's content tells how long to wait", () => {
	let now = 0;
	const bucket = new RateBucket(1_000, () => now);
	bucket.spend(1_000);
	assert.is(bucket.delay(), 0);
	bucket.spend(500);
	assert.is(bucket.delay(), 500);
	assert.is(bucket.delay(100), 600);
	now += 500;
	assert.is(bucket.delay(), 0);
});

test("a rate without end bounds nothing", () => {
	const bucket = new RateBucket(Infinity);
	bucket.spend(1e9);
	assert.is(bucket.delay(1), 0);
	assert.is(bucket.take(), true);
});

test("a client id may connect once a second, a quarter of a second early at most, and others meanwhile", () => {
	let now = 0;
	const rate = new ConnectRate(1, () => now);
	assert.is(rate.take("a"), true);
	now += 749;
	assert.is(rate.take("a"), false);
	assert.is(rate.take("b"), true);
	now += 1;
	assert.is(rate.take("a"), true);
	now += 700;
	assert.is(rate.take("a"), false);
	assert.is(rate.take("b"), false);
});

test("rates and times are scaled apart, and sizes stay", () => {
	const {
		connectRate,
		publishRate,
		storedRate,
		unacknowledged,
		queueBytes,
		sessionExpiry,
		retryLifetime,
		retryInterval,
	} = scaledLimits(20, 10);
	assert.is(retryInterval, 2_000);
	assert.is(scaledLimits(1_000, 1).retryInterval, awsLimits.retryInterval);
	assert.equal(
		{ connectRate, publishRate, storedRate, unacknowledged, queueBytes, sessionExpiry, retryLifetime },
		{
			connectRate: 20,
			publishRate: 2_000,
			storedRate: 200,
			unacknowledged: 100,
			queueBytes: awsLimits.queueBytes,
			sessionExpiry: 360_000,
			retryLifetime: 360_000,
		},
	);
});

test("a retained message replaces the one of its topic, an empty one removes it, and there is room for so many", () => {
	const retained = new RetainedMessages(2);
	const store = (topic: string, text: string) =>
		retained.store({ topic, payload: Buffer.from(text), qos: 1, retained: false });
	assert.is(store("a", "1"), true);
	assert.is(store("b", "1"), true);
	assert.is(store("c", "1"), false);
	assert.is(store("a", "2"), true);
	assert.is(retained.get("a")?.payload.toString(), "2");
	assert.is(retained.get("a")?.retained, true);
	assert.is(store("a", ""), true);
	assert.is(retained.get("a"), undefined);
	assert.is(store("c", "1"), true);
});

test.run();
