// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { settings as settingsOf } from "../../../app/settings.js";
import { keyPair } from "../../../se050/objects.js";
import { scp03Option } from "../../../se050/scp03.js";

const settings = (config: Readonly<Record<string, unknown>>) =>
	settingsOf(config, { key: keyPair, scp03: scp03Option });
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
		assert.throws(() => settings({ ...least, port }), /port=.* must be a whole number from 1 to 65535/, String(port));
	assert.throws(() => settings({ ...least, keepAlive: 10 }), /from 30 to 1200/);
});

test("a back-off whose cap is below its base is refused; a base above the usual cap brings its own", () => {
	assert.throws(
		() => settings({ ...least, backoffBase: 2_000, backoffCap: 1_000 }),
		/backoffCap=1000 must be a whole number from 2000/,
	);
	assert.is(settings({ ...least, backoffBase: 200_000 }).backoffCap, 200_000);
});

test("a topic with wildcards, or beyond AWS IoT's limits, is refused", () => {
	for (const topic of [
		"a/+",
		"#",
		"x".repeat(257),
		"ä".repeat(129),
		"€".repeat(86),
		"😀".repeat(65),
		"a\0b",
		"\ud800",
		"1/2/3/4/5/6/7/8/9",
	])
		assert.throws(() => settings({ ...least, topic }), /cannot be published to/, topic);
	for (const topic of ["x".repeat(256), "ä".repeat(128), "😀".repeat(64), "1/2/3/4/5/6/7/8", "dev/{clientId}/up"])
		assert.is(settings({ ...least, topic }).topic, topic);
});

test("an endpoint that is no host name is refused", () => {
	for (const endpoint of ["a b", "-a.b", "a..b", "a.b.", "ä.b", "a\n", "x".repeat(64), `${"x.".repeat(127)}x`])
		assert.throws(() => settings({ endpoint }), /endpoint=/, endpoint);
	for (const endpoint of ["localhost", "192.0.2.1", "a1-ats.iot.eu-west-1.amazonaws.com"])
		assert.is(settings({ endpoint }).endpoint, endpoint);
});

test("an address that is no IP address is refused", () => {
	for (const address of ["localhost", "192.0.2", "192.0.2.1:8883", "a.b.c.d", "1 2"])
		assert.throws(() => settings({ ...least, address }), /address=.* must be an IP address/, address);
	for (const address of ["", "127.0.0.1", "2001:db8::1", "::1"]) settings({ ...least, address });
});

test("a key and SCP03 keys that mean nothing are refused before the chip is asked", () => {
	assert.throws(() => settings({ ...least, key: "F0009999" }), /F0009999/);
	assert.throws(() => settings({ ...least, scp03: "SE050X9" }), /scp03/);
});

test("roots that are not base64, or too many, are refused", () => {
	assert.throws(() => settings({ ...least, trustedRoots: "AAAA,B*==" }), /not base64 at its certificate 2/);
	assert.throws(() => settings({ ...least, trustedRoots: "AAA" }), /not base64/);
	assert.throws(
		() => settings({ ...least, trustedRoots: Array(17).fill("AAAA").join(",") }),
		/17 certificates.*at most 16/,
	);
});

test("several roots come with commas between", () => {
	assert.equal(settings({ ...least, trustedRoots: "AA==,BB==" }).trustedRoots, ["AA==", "BB=="]);
});

test("an unknown form of client id is refused with the known ones", () => {
	assert.throws(() => settings({ ...least, clientId: "base32" }), /base64, base64url, hex/);
});

test.run();
