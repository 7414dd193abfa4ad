// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { printable, printableLines } from "../../../tools/lib/printable.js";

test("what a terminal acts on is escaped: ESC, both sets of control characters, bidirectional and invisible marks", () => {
	for (const [text, shown] of [
		["\u001b]0;title\u0007", "\\u001b]0;title\\u0007"],
		["\u009b2J", "\\u009b2J"],
		["a\rb\nc\0", "a\\u000db\\u000ac\\u0000"],
		["user\u202egnp.exe", "user\\u202egnp.exe"],
		["\u2066\u2069\u200f\u061c", "\\u2066\\u2069\\u200f\\u061c"],
		["a\u200bb\ufeff", "a\\u200bb\\ufeff"],
		["\u{e0041}", "\\udb40\\udc41"],
		["\ud800", "\\ud800"],
		["\u2028\u2029", "\\u2028\\u2029"],
	] as const)
		assert.is(printable(text), shown);
});

test("no character below U+0020 but the tab, none from U+007F to U+009F, and no bidirectional control comes through", () => {
	for (let code = 0; code <= 0x2fff; code++) {
		const character = String.fromCharCode(code);
		const isControl = /\p{Cc}|\p{Bidi_Control}/u.test(character) && character !== "\t";
		if (isControl) assert.not(printable(character).includes(character), code.toString(16));
	}
});

test("text of any language, emoji and tabs stay as they are", () => {
	for (const text of ["Grüße\tこんにちは", "مرحبا", "🙂", "│ …"]) assert.is(printable(text), text);
});

test("colours are removed, sequences that do more are shown", () => {
	assert.is(printable("\u001b[0;32mI (27) boot: ESP-IDF\u001b[0m"), "I (27) boot: ESP-IDF");
	assert.is(printable("\u001b[2J\u001b[1;1H"), "\\u001b[2J\\u001b[1;1H");
});

test("removing colours makes no new sequence of what is left", () => {
	assert.is(printable("\u001b\u001b[0m[2J"), "\\u001b[2J");
});

test("what is escaped in JSON text is the same value", () => {
	const value = { payload: "\u009b2J\u202e\u{e0041}\ud800 ü" };
	assert.equal(JSON.parse(printable(JSON.stringify(value))), value);
});

test("of several lines, the line ends stay", () => {
	assert.is(printableLines("one\u001b\ntwo\n"), "one\\u001b\ntwo\n");
});

test.run();
