// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Presence } from "../../../esp32/platform/presence.js";

function setUp() {
	const events: string[] = [];
	const state = { timeSet: false };
	const presence = new Presence({
		isTimeSet: () => state.timeSet,
		askTime: () => events.push("ask"),
		onOnline: () => events.push("online"),
		onOffline: () => events.push("offline"),
	});
	const timed = () => {
		state.timeSet = true;
		presence.timed();
	};
	return { presence, events, timed };
}

test("online is an address and the time", () => {
	const { presence, events, timed } = setUp();
	presence.linked();
	assert.equal(events, ["ask"]);
	timed();
	assert.equal(events, ["ask", "online"]);
});

test("once the time is known, a loss and a return are one event each", () => {
	const { presence, events, timed } = setUp();
	presence.linked();
	timed();
	for (let round = 0; round < 2; round += 1) {
		presence.unlinked();
		presence.unlinked();
		presence.linked();
		presence.linked();
	}
	assert.equal(events, ["ask", "online", "offline", "online", "offline", "online"]);
});

test("a time that comes while the address is gone waits for it", () => {
	const { presence, events, timed } = setUp();
	presence.linked();
	presence.unlinked();
	timed();
	assert.equal(events, ["ask"]);
	presence.linked();
	assert.equal(events, ["ask", "online"]);
});

test.run();
