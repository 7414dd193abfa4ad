// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Startup } from "../../../app/startup.js";
import { Backoff } from "../../../modules/iot/backoff.js";
import { VirtualTime } from "../virtual-time.js";

function setUp() {
	const time = new VirtualTime();
	const log: string[] = [];
	const state: { chip: string | Error; connectFails?: Error } = { chip: "chip-1" };
	const startup = new Startup<string>({
		identify: () => {
			log.push("identify");
			if (state.chip instanceof Error) throw state.chip;
			return state.chip;
		},
		isTemporary: error => error instanceof Error && error.message === "no answer",
		connect: identity => {
			if (state.connectFails) throw state.connectFails;
			log.push(`connect ${identity}`);
			return {
				pause: () => log.push("pause"),
				resume: () => log.push("resume"),
				close: () => log.push(`close ${identity}`),
			};
		},
		timer: time.timer,
		backoff: new Backoff({ base: 1_000, cap: 8_000, random: () => 1 - 2 ** -32 }),
		report: (event, fields = {}) => log.push(`${event} ${fields.step ?? fields.seconds}`),
		failed: error => log.push(`failed ${(error as Error).message}`),
	});
	return { startup, time, log, state };
}

test("the conversation begins when chip and network are there, in either order", () => {
	const first = setUp();
	first.startup.identify();
	assert.equal(first.log, ["identify"]);
	first.startup.online();
	assert.equal(first.log, ["identify", "connect chip-1"]);
	const second = setUp();
	second.startup.online();
	second.startup.identify();
	assert.equal(second.log, ["identify", "connect chip-1"]);
});

test("losing and regaining the network pause and resume one conversation", () => {
	const { startup, log } = setUp();
	startup.identify();
	startup.online();
	startup.offline();
	startup.online();
	assert.equal(log, ["identify", "connect chip-1", "pause", "resume"]);
});

test("a chip that does not answer is tried again in place, later and later, while the network stays", () => {
	const { startup, time, log, state } = setUp();
	state.chip = new Error("no answer");
	assert.ok(startup.identify());
	startup.online();
	time.advance(1_000 + 2_000 + 4_000 + 8_000 + 8_000);
	assert.equal(
		log.filter(line => line.startsWith("retry")),
		["retry 1.000", "retry 2.000", "retry 4.000", "retry 8.000", "retry 8.000", "retry 8.000"],
	);
	assert.ok(log.includes("error chip"));
	state.chip = "chip-1";
	time.advance(8_000);
	assert.is(log.at(-1), "connect chip-1");
	assert.is(time.pending, 0);
});

test("an error that will not pass ends the program", () => {
	const { startup, time, log, state } = setUp();
	state.chip = new Error("object is not in this chip");
	assert.not(startup.identify());
	assert.equal(log, ["identify", "failed object is not in this chip"]);
	assert.is(time.pending, 0);
});

test("what the session's start throws, in a callback of the network, ends in the same place", () => {
	const { startup, log, state } = setUp();
	startup.identify();
	state.connectFails = new Error("no such topic");
	startup.online();
	assert.is(log.at(-1), "failed no such topic");
});

test("another chip ends the conversation and begins one of its own", () => {
	const { startup, log, state } = setUp();
	startup.identify();
	startup.online();
	state.chip = "chip-2";
	startup.restart();
	assert.equal(log, ["identify", "connect chip-1", "close chip-1", "identify", "connect chip-2"]);
});

test("another chip that does not answer yet is waited for", () => {
	const { startup, time, log, state } = setUp();
	startup.identify();
	startup.online();
	state.chip = new Error("no answer");
	startup.restart();
	startup.offline();
	state.chip = "chip-2";
	time.advance(10_000);
	startup.online();
	assert.is(log.at(-1), "connect chip-2");
});

test.run();
