// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Display } from "../../../tools/start/display.js";

/** What a display prints of lines of one source, without its column and the time. */
function shown(name: string, lines: readonly string[]): string[] {
	const display = new Display([name], { json: false, quiet: false, pem: false }, {});
	const printed: string[] = [];
	const { log } = console;
	console.log = (line: string) => printed.push(line.replace(/^.*?│ +[\d.]+ /, ""));
	try {
		for (const line of lines) display.line(name, line);
	} finally {
		console.log = log;
	}
	return printed;
}

test("a device's certificate is left out, what is around it is not", () => {
	const pem = ["-----BEGIN CERTIFICATE-----", "MIIB", "AAAA", "-----END CERTIFICATE-----"];
	assert.equal(shown("device-1", ["before", ...pem, "after"]), ["before", "after"]);
});

test("a client id or a topic with the words of a PEM block hides nothing of the log", () => {
	const lines = [
		'the client id "-----BEGIN CERTIFICATE-----" was refused',
		"a publish to -----BEGIN x was dropped",
		"next",
	];
	assert.equal(shown("iot-core", lines), lines);
});

test("a line of a device is printed without what a terminal acts on", () => {
	assert.equal(shown("device-1", ["\u001b]0;x\u0007\u009b2J\u202e"]), ["\\u001b]0;x\\u0007\\u009b2J\\u202e"]);
});

test.run();
