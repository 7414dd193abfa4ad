// SPDX-License-Identifier: MIT
/** What the board's console hands on when bytes of the UART are lost: console.c over a model of ESP-IDF's driver. */
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputLines } from "../../../app/input-lines.js";
import { compile } from "../../../tools/lib/compile-c.js";

const program = await compile({
	name: "esp32-console",
	sources: ["tests/native/esp32/console/console_uart.c", "esp32/platform/native/console.c"],
	includes: ["tests/native/esp32/console"],
});

/** Bytes that the UART and its driver hold: the driver's buffer, what does not fit into it, and the FIFO. */
const held = 2_048 + 120 + 128;

interface Received {
	/** The lines that are used. */
	taken: string[];
	/** How often the loss of bytes is reported. */
	dropped: number;
}

/** Sends a text as operations say; returns what becomes of it in the firmware. */
function send(text: string, operations: readonly (string | number)[]): Received {
	const { stdout, stderr, status } = spawnSync(program, operations.map(String), { input: text, timeout: 10_000 });
	assert.is(status, 0, String(stderr));
	const received: Received = { taken: [], dropped: 0 };
	const lines = new InputLines(
		{
			take: line => received.taken.push(line),
			drop(why) {
				assert.match(why, /^Bytes of the serial input were lost/);
				received.dropped += 1;
			},
		},
		bytes => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
	);
	lines.push(new Uint8Array(stdout).buffer);
	return received;
}

function numbered(count: number): string[] {
	return Array.from({ length: count }, (_, index) => `set ssid=network-${String(index).padStart(6, "0")}`);
}

const lines = numbered(400),
	text = `${lines.join("\n")}\n`,
	lineLength = text.length / lines.length;

test("what the driver can hold comes whole, in as many reads as it needs", () => {
	const { taken, dropped } = send(text, [
		"in",
		held - 200,
		"read",
		"read",
		"read",
		"in",
		held - 200,
		"read",
		"read",
		"read",
	]);
	const whole = Math.floor((2 * (held - 200)) / lineLength);
	assert.equal(taken, lines.slice(0, whole));
	assert.is(dropped, 0);
});

test("more is reported once; the line that was cut is not used, and the next ones are", () => {
	const { taken, dropped } = send(text, ["in", 4_000, "read", "read", "in", 1_000, "read", "read"]);
	const first = Math.ceil(4_000 / lineLength);
	assert.equal(taken, lines.slice(first, Math.floor(5_000 / lineLength)));
	assert.is(dropped, 1);
});

test("bytes that are lost while the interrupt is off are reported, too", () => {
	const { taken, dropped } = send(text, ["in", 10, "read", "stall", 300, "in", 500, "read", "read"]);
	assert.is(dropped, 0, "the line has not ended");
	assert.equal(taken, []);
	const { taken: later, dropped: reported } = send(text, [
		...["in", 10, "read", "stall", 300, "read"],
		...["in", lineLength * 20 - 310, "read"],
	]);
	assert.is(reported, 1);
	assert.equal(later, lines.slice(Math.ceil(310 / lineLength), 20));
});

test("what came while the board started is used up to the FIFO's end; more is reported", () => {
	const whole = send(text, ["boot", 120, "read", "in", lineLength * 10 - 120, "read"]);
	assert.equal([whole.taken, whole.dropped], [lines.slice(0, 10), 0]);
	const cut = send(text, ["boot", 300, "in", lineLength * 20 - 300, "read"]);
	assert.equal([cut.taken, cut.dropped], [[], 0], "the line has not ended");
	const late = send(text, ["boot", 300, "read", "in", lineLength * 20 - 300, "read"]);
	assert.equal([late.taken, late.dropped], [lines.slice(Math.ceil(300 / lineLength), 20), 1]);
});

test("of 300 random orders, none lets a line through that was not sent", () => {
	let state = 17;
	const random = (bound: number) => {
		state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
		return (state >> 8) % bound;
	};
	const sent = new Set(lines);
	let losses = 0;
	for (let round = 0; round < 300; round += 1) {
		const operations: (string | number)[] = random(2) === 0 ? [] : ["boot", random(400)];
		for (let left = text.length; left > 0; ) {
			const count = 1 + random(random(4) === 0 ? 5_000 : 400);
			operations.push(random(3) === 0 ? "stall" : "in", count);
			for (let reads = random(4); reads > 0; reads -= 1) operations.push("read");
			left -= count;
		}
		const { taken, dropped } = send(text, [...operations, "read", "read", "read", "read"]);
		for (const line of taken) assert.ok(sent.has(line), `${line}: ${operations.join(" ")}`);
		losses += dropped;
	}
	assert.ok(losses > 300, `${losses} losses`);
});

test.run();
