// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Report } from "../../../app/report.js";
import { PemCollector, parseEvent } from "../../../tools/lib/serial-lines.js";

function reported(
	name: string,
	fields: Record<string, string | number | boolean | undefined>,
	milliseconds = 12_345,
): string {
	const lines: string[] = [];
	let time = 0;
	const report = new Report({ print: line => lines.push(line), now: () => time });
	time = milliseconds;
	report.event(name, fields);
	return lines[0] ?? "";
}

test("an event is a line of seconds, name and fields", () => {
	assert.is(reported("publish", { qos: 1, topic: "a/b" }), "   12.345 publish     qos=1 topic=a/b");
});

test("a value with spaces, quotes, equals signs or line ends is a JSON string", () => {
	assert.is(reported("receive", { payload: "a b" }), '   12.345 receive     payload="a b"');
	assert.is(reported("receive", { payload: "" }), '   12.345 receive     payload=""');
});

test("whatever values an event has, a program reads them back", () => {
	const fields = {
		a: "x",
		b: "two words",
		c: 'quote " and \\ and = and\nline',
		d: "",
		e: "BABQ+/Q=",
		f: "日本語",
		g: "-1.5",
		h: "no\u00a0break\u3000space",
	};
	assert.equal(parseEvent(reported("receive", fields)), { seconds: 12.345, name: "receive", fields });
});

test("a field without a value is left out", () => {
	assert.equal(parseEvent(reported("publish", { id: undefined, qos: 0 }))?.fields, { qos: "0" });
});

test("a line of a PEM block, of a boot loader or of a stack is no event", () => {
	for (const line of [
		"-----BEGIN CERTIFICATE-----",
		"MIIB1DCCAXqgAwIBAgIUBABQAQ==",
		"rst:0x1 (POWERON_RESET),boot:0x13",
		"  at run (main.ts:27)",
		"",
		"    1.000 Bad line",
		'    1.000 x a="open',
	])
		assert.is(parseEvent(line), undefined, line);
});

test("PEM blocks are collected from between other lines, also with carriage returns", () => {
	const pem = new PemCollector();
	const lines = ["x", "-----BEGIN CERTIFICATE-----\r", "AAAA\r", "-----END CERTIFICATE-----\r", "y"];
	const blocks = lines.map(line => pem.push(line)).filter(block => block !== undefined);
	assert.equal(blocks, ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]);
});

test("lines of the SDK and of ESP-IDF between those of a block are passed over", () => {
	const pem = new PemCollector();
	const lines = [
		"-----BEGIN CERTIFICATE-----",
		"AAAA",
		"mqttClient error: read failed",
		"I (1234) wifi: state: run -> init (0)",
		"BBBB",
		"",
		"-----END CERTIFICATE-----",
	];
	assert.is(
		lines.map(line => pem.push(line)).at(-1),
		"-----BEGIN CERTIFICATE-----\nAAAA\nBBBB\n-----END CERTIFICATE-----\n",
	);
});

test("a block that starts again, after a reset of the board, is taken from its last start", () => {
	const pem = new PemCollector();
	const lines = ["-----BEGIN CERTIFICATE-----", "AA", "-----BEGIN CERTIFICATE-----", "BB", "-----END CERTIFICATE-----"];
	assert.is(lines.map(line => pem.push(line)).at(-1), "-----BEGIN CERTIFICATE-----\nBB\n-----END CERTIFICATE-----\n");
});

test.run();
