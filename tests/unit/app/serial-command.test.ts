// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readSerialCommand } from "../../../app/serial-command.js";

const refusal = (line: string): string => {
	try {
		readSerialCommand(line);
	} catch (error) {
		return (error as Error).message;
	}
	return "";
};

test("set takes names and values, as they are or as JSON strings", () => {
	const pairs = (line: string) => {
		const command = readSerialCommand(line);
		return command?.name === "set" ? Object.fromEntries(command.pairs) : undefined;
	};
	assert.equal(pairs("set ssid=home"), { ssid: "home" });
	assert.equal(pairs("  set \t ssid=home   port=8883  "), { ssid: "home", port: "8883" });
	assert.equal(pairs('set ssid="My Network" password="a b\\"c\\\\d=\\u00e4"'), {
		ssid: "My Network",
		password: 'a b"c\\d=ä',
	});
	assert.equal(pairs("set password=a=b=c ssid=€"), { password: "a=b=c", ssid: "€" });
	assert.equal(pairs('set password= address=""'), { password: "", address: "" });
	assert.equal(pairs('set password=a"b'), { password: 'a"b' });
});

test("the other commands", () => {
	assert.equal(readSerialCommand("show"), { name: "show" });
	assert.equal(readSerialCommand(" restart "), { name: "restart" });
	assert.equal(readSerialCommand("help"), { name: "help" });
	assert.equal(readSerialCommand("erase"), { name: "erase", names: [] });
	assert.equal(readSerialCommand("erase  ssid password"), { name: "erase", names: ["ssid", "password"] });
});

test("noise, and the firmware's own lines that something echoes, are not answered", () => {
	for (const line of [
		"",
		" ",
		"    0.034 identity    uid=04005001",
		"0.034 refused     message=x",
		"-----BEGIN CERTIFICATE-----",
		"MIIB9DCCAZugAwIBAgIKAQ==",
		"rst:0x1 (POWERON_RESET),boot:0x13",
		"I (31) boot: ESP-IDF v6.0",
		"\u0000\u0000show",
		"<?xs.3FFB2F00?>",
		"SHOW",
		"Guru Meditation Error",
	])
		assert.is(readSerialCommand(line), undefined, line);
});

test("what is wrong is said by its place, never by what was typed", () => {
	const secret = "hunter2-hunter2";
	for (const [line, message] of [
		["set", /^Nothing is given/],
		[`set ssid=My Network password=${secret}`, /^Word 3 is not name=value/],
		[`set password ${secret}`, /^Word 2 is not name=value/],
		[`set "${secret}"`, /^Word 2 is not name=value/],
		[`set password="${secret}`, /^Word 2 is not name=value/],
		[`set ssid=a password="${secret}"x`, /^Word 3 is not name=value/],
		[`set password="${secret}\\q"`, /^Word 2 has a damaged string/],
		[`set ssid=a port=1 ssid=${secret}`, /^The setting ssid is given twice/],
		[`password=${secret}`, /^This is not a command/],
		[`password ${secret}`, /^This is not a command/],
		[`show ${secret}`, /^The command show stands alone/],
		[`set password=${secret}\u0000`, /^The line has a control character/],
		[`set password=${secret}\u001b[31m`, /^The line has a control character/],
		[`sett password=${secret}`, /^This is not a command/],
	] as const) {
		const text = refusal(line);
		assert.match(text, message, line);
		assert.not.ok(text.includes(secret), line);
	}
});

test("no line makes it fail in another way", () => {
	let state = 16;
	const random = (bound: number) => {
		state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
		return (state >> 8) % bound;
	};
	const pieces = [
		"set ",
		"erase ",
		"show",
		"ssid",
		"=",
		'"',
		"\\",
		" ",
		"\t",
		"\u0000",
		"ä",
		"password=",
		"\\u12",
		"x".repeat(900),
		"\ud800",
	];
	for (let round = 0; round < 20_000; round++) {
		let line = "";
		for (let count = random(9); count >= 0; count--) line += pieces[random(pieces.length)];
		assert.ok(refusal(line).length < 200, JSON.stringify(line));
	}
});

test.run();
