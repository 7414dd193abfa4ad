// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputLines, lostInput, maximumInputLength } from "../../../app/input-lines.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function collect() {
	const taken: (string | undefined)[] = [];
	const dropped: string[] = [];
	const taker = {
		take: (line: string) => taken.push(line),
		drop(why: string) {
			taken.push(undefined);
			dropped.push(why);
		},
	};
	const lines = new InputLines(taker, bytes => decoder.decode(bytes));
	const push = (data: string | Uint8Array) => lines.push(Uint8Array.from(Buffer.from(data as string)).buffer);
	return { taken, dropped, push };
}

test("CR, LF and both end a line; empty lines are left out", () => {
	const { taken, push } = collect();
	push("one\ntwo\rthree\r\n\n\r\r\nfour");
	assert.equal(taken, ["one", "two", "three"]);
	push("\n");
	assert.equal(taken, ["one", "two", "three", "four"]);
});

test("lines come whole in whatever pieces, also with characters of several bytes", () => {
	const text = "set ssid=€😀ä\nshow\n";
	for (let size = 1; size < 8; size++) {
		const { taken, push } = collect();
		const bytes = Buffer.from(text);
		for (let at = 0; at < bytes.length; at += size) push(bytes.subarray(at, at + size));
		assert.equal(taken, ["set ssid=€😀ä", "show"]);
	}
});

test("a line of the most bytes is taken; of one more, it is dropped whole and reported once, and the next one is whole", () => {
	const { taken, dropped, push } = collect();
	push(`${"x".repeat(maximumInputLength)}\n`);
	assert.equal(taken, ["x".repeat(maximumInputLength)]);
	for (let count = 0; count < 5_000; count++) push("y".repeat(200));
	push("\nshow\n");
	assert.equal(taken.slice(1), [undefined, "show"]);
	push(`${"x".repeat(maximumInputLength + 1)}\nshow\n`);
	assert.equal(taken.slice(3), [undefined, "show"]);
	assert.equal(dropped, Array(2).fill("A line has at most 1024 bytes: give the settings in several."));
});

test("a line of which bytes were lost is dropped and reported once, wherever they are missing, and the next one is whole", () => {
	const line = [...Buffer.from("set ssid=home")];
	for (let at = 0; at <= line.length; at++) {
		for (const size of [1, 3, 100]) {
			const { taken, dropped, push } = collect();
			const bytes = Uint8Array.from([...line.slice(0, at), lostInput, ...line.slice(at), 10, ...Buffer.from("show\n")]);
			for (let start = 0; start < bytes.length; start += size) push(bytes.subarray(start, start + size));
			assert.equal(taken, [undefined, "show"]);
			assert.match(dropped[0] ?? "", /^Bytes of the serial input were lost.*send it again/);
		}
	}
});

test("bytes that were lost twice in a line, or of one that is too long, are one report", () => {
	const { taken, dropped, push } = collect();
	push(Uint8Array.of(lostInput, 120, lostInput, lostInput, 120, 10));
	push("x".repeat(3_000));
	push(Uint8Array.of(lostInput));
	push("y".repeat(3_000));
	push("\nshow\n");
	assert.equal(taken, [undefined, undefined, "show"]);
	assert.ok(dropped.every(why => why.startsWith("Bytes of the serial input were lost")));
});

test("bytes that are not UTF-8 make no line, and the next one is whole", () => {
	const { taken, push } = collect();
	push(Uint8Array.of(0xc3, 0xfe, 0x80, 10));
	push("show\n");
	assert.equal(taken, ["show"]);
});

test("a line with a null byte is no line: XS would take what stands before the byte", () => {
	const { taken, push } = collect();
	for (const line of ["set ssid=ho\0me", "set ssid=home\0", "\0set ssid=home"]) push(`${line}\n`);
	push("show\n");
	assert.equal(taken, ["show"]);
});

test.run();
