// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { settings } from "../../../app/settings.js";

const least = { endpoint: "a-ats.iot.eu-west-1.amazonaws.com" };

test("an endpoint is enough; the rest has defaults", () => {
	assert.equal(settings(least), {
		endpoint: least.endpoint,
		port: 8883,
		trustedRoots: [],
		topic: "test_topic/esp32",
		clientIdForm: "base64",
		keepAlive: 60,
		persistent: false,
		interval: 5000,
		messages: 0,
		bus: "",
		hz: 400_000,
		key: "F0000100",
		scp03: "",
		backoffBase: 1_000,
		backoffCap: 128_000,
		connackWithin: 30_000,
		acknowledgeWithin: 10_000,
	});
});

test("without an endpoint the error says where to give one", () => {
	assert.throws(() => settings({}), /"endpoint" is missing: give it on the command line.*endpoint=/);
	assert.throws(() => settings({ endpoint: "" }), /"endpoint" is missing/);
});

test("an endpoint with a scheme, a port or a path is refused", () => {
	for (const endpoint of ["https://a.b", "a.b:8883", "a.b/c"])
		assert.throws(() => settings({ endpoint }), /host name only/);
});

test("numbers may come as strings, as mcconfig's command line gives them", () => {
	const { port, keepAlive } = settings({ ...least, port: "443", keepAlive: "1200" });
	assert.equal([port, keepAlive], [443, 1200]);
});

test("a number out of its range, or none, is refused with the range", () => {
	for (const port of [0, 65536, 1.5, "x", "", null, {}].filter(value => value !== null))
		assert.throws(() => settings({ ...least, port }), /port=.* is not a whole number from 1 to 65535/, String(port));
	assert.throws(() => settings({ ...least, keepAlive: 10 }), /from 30 to 1200/);
});

test("a back-off whose cap is below its base is refused; a base above the usual cap brings its own", () => {
	assert.throws(
		() => settings({ ...least, backoffBase: 2_000, backoffCap: 1_000 }),
		/backoffCap=1000 is not a whole number from 2000/,
	);
	assert.is(settings({ ...least, backoffBase: 200_000 }).backoffCap, 200_000);
});

test("a topic with wildcards, or longer than AWS IoT takes, is refused", () => {
	for (const topic of ["a/+", "#", "x".repeat(257)])
		assert.throws(() => settings({ ...least, topic }), /no topic to publish to/);
});

test("several roots come with commas between", () => {
	assert.equal(settings({ ...least, trustedRoots: "AA==,BB==" }).trustedRoots, ["AA==", "BB=="]);
});

test("an unknown form of client id is refused with the known ones", () => {
	assert.throws(() => settings({ ...least, clientId: "base32" }), /base64, base64url, hex/);
});

test.run();
