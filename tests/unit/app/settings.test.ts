// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isConfigurable, missingSettings, settings as settingsOf } from "../../../app/settings.js";
import { keyPair } from "../../../se050/objects.js";
import { scp03Option } from "../../../se050/scp03.js";

const settings = (config: Readonly<Record<string, unknown>>) =>
	settingsOf(config, { key: keyPair, scp03: scp03Option });
const least = { endpoint: "a-ats.iot.eu-west-1.amazonaws.com" };

test("an endpoint is enough; the rest has defaults", () => {
	assert.equal(settings(least), {
		ssid: "",
		password: "",
		sntp: "pool.ntp.org",
		endpoint: least.endpoint,
		port: 8883,
		address: "",
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

test("what a connection lacks is named, with the two ways to give it", () => {
	assert.match(
		missingSettings(settings({}), []) ?? "",
		/^The setting "endpoint" is missing: give endpoint=… on the command line.*set endpoint=…$/,
	);
	assert.match(missingSettings(settings({ endpoint: "" }), ["ssid"]) ?? "", /"ssid" and "endpoint" are missing/);
	assert.match(missingSettings(settings(least), ["ssid"]) ?? "", /^The setting "ssid" is missing/);
	assert.is(missingSettings(settings({ ...least, ssid: "home" }), ["ssid"]), undefined);
	assert.is(missingSettings(settings(least), []), undefined);
});

test("name and password of a Wi-Fi network: their lengths, in bytes and characters", () => {
	const { ssid, password } = settings({ ...least, ssid: "home", password: "12345678" });
	assert.equal([ssid, password], ["home", "12345678"]);
	for (const right of ["x".repeat(32), "ä".repeat(16), "My Network", '"='])
		assert.is(settings({ ssid: right }).ssid, right);
	for (const wrong of ["x".repeat(33), "ä".repeat(17), "a\0b", "\ud800"])
		assert.throws(() => settings({ ssid: wrong }), /ssid=/, wrong);
	for (const right of ["", "x".repeat(8), "x".repeat(63), "0123456789abcdefABCDEF".padEnd(64, "0"), 'a b"='])
		assert.is(settings({ password: right.padEnd(right === "" ? 0 : 8, "=") }).password.startsWith(right), true);
});

test("a wrong password is named by its length or its kind, never by its text", () => {
	for (const [wrong, why] of [
		["short", /"password" has 5 characters/],
		["y".repeat(64), /"password" has 64 characters/],
		["y".repeat(65), /"password" has 65 characters/],
		["pässword", /"password" has a character that is not printable ASCII/],
		["pass\tword", /not printable ASCII/],
	] as const) {
		try {
			settings({ password: wrong });
			assert.unreachable(wrong);
		} catch (error) {
			assert.match((error as Error).message, why);
			assert.not.ok((error as Error).message.includes(wrong), wrong);
		}
	}
});

test("a time server is a host name", () => {
	assert.is(settings({ sntp: "192.0.2.1" }).sntp, "192.0.2.1");
	assert.throws(() => settings({ sntp: "" }), /"sntp" is empty: give it a value, such as sntp=pool\.ntp\.org/);
	assert.throws(() => settings({ sntp: "ntp://a" }), /sntp=ntp:\/\/a must be a host name only/);
	assert.throws(() => settings({ sntp: "a b" }), /sntp=a b is not a host name: name a time server/);
});

test("only configure=0 shuts the serial line, and nothing else passes for it", () => {
	assert.ok(isConfigurable({}));
	assert.ok(isConfigurable({ configure: "1" }));
	assert.not.ok(isConfigurable({ configure: "0" }));
	assert.not.ok(isConfigurable({ configure: 0 }));
	for (const configure of ["no", "", false, 2]) assert.throws(() => isConfigurable({ configure }), /configure=/);
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

test("an address that is not an IPv4 address is refused", () => {
	for (const address of [
		`::${"1".repeat(16)}`,
		"localhost",
		"192.0.2",
		"192.0.2.1:8883",
		"a.b.c.d",
		"1 2",
		"192.0.2.256",
		"010.0.0.1",
		"::1",
		"2001:db8::1",
		"::ffff:192.0.2.1",
	])
		assert.throws(() => settings({ ...least, address }), /address=.* must be an IPv4 address/, address);
	for (const address of ["", "127.0.0.1", "0.0.0.0", "255.255.255.255"]) settings({ ...least, address });
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
