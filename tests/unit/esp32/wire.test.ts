// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Wire, type WiredInterface } from "../../../esp32/ethernet/wire.js";
import { VirtualTime } from "../virtual-time.js";

/** An Ethernet driver that a test steers. */
class FakeEthernet implements WiredInterface {
	static current: FakeEthernet;
	static connected = 200;
	connection = FakeEthernet.connected;
	connects = 0;
	readonly #onChanged: (property: string) => void;
	constructor({ onChanged }: { onChanged(property: string): void }) {
		this.#onChanged = onChanged;
		FakeEthernet.current = this;
	}
	get address(): string | undefined {
		return this.connection >= 500 ? "192.0.2.7" : undefined;
	}
	connect(): void {
		this.connects += 1;
	}
	become(connection: number): void {
		this.connection = connection;
		this.#onChanged("connection");
		this.#onChanged("address");
	}
}

function setUp(connected = 200) {
	FakeEthernet.connected = connected;
	const time = new VirtualTime();
	const events: string[] = [];
	new Wire({
		io: FakeEthernet,
		timer: time.timer,
		report: (event, fields = {}) => events.push(`${event} ${fields.address ?? fields.message ?? ""}`.trimEnd()),
		onOnline: () => events.push("up"),
		onOffline: () => events.push("down"),
	});
	return { time, events, ethernet: FakeEthernet.current };
}

test("link and address make it online, once", () => {
	const { events, ethernet } = setUp();
	assert.is(ethernet.connects, 1);
	for (const connection of [300, 400, 500, 500]) ethernet.become(connection);
	assert.equal(events, ["join", "online 192.0.2.7", "up"]);
});

test("an interface that has an address already is online from the start", () => {
	assert.equal(setUp(500).events, ["join", "online 192.0.2.7", "up"]);
});

test("a cable that is pulled and put back is one loss and one return", () => {
	const { events, ethernet } = setUp();
	ethernet.become(500);
	ethernet.become(200);
	ethernet.become(200);
	ethernet.become(400);
	ethernet.become(500);
	assert.equal(events, [
		"join",
		"online 192.0.2.7",
		"up",
		"error Ethernet: the link was lost: check the cable.",
		"down",
		"online 192.0.2.7",
		"up",
	]);
});

test("what is missing for 30 s is said once: the link, or the address", () => {
	const unplugged = setUp();
	unplugged.time.advance(600_000);
	assert.is(unplugged.events.length, 2);
	assert.match(unplugged.events[1] ?? "", /there is no link: check the cable/);
	const unknown = setUp();
	unknown.ethernet.become(300);
	unknown.time.advance(600_000);
	assert.match(
		unknown.events[1] ?? "",
		/no address: if the port's lights are off, check the cable.*; otherwise check the DHCP/,
	);
	const unleased = setUp();
	unleased.ethernet.become(400);
	unleased.time.advance(600_000);
	assert.match(unleased.events[1] ?? "", /a link but no address: check the DHCP server/);
	unleased.ethernet.become(500);
	assert.is(unleased.events.at(-1), "up");
	assert.is(unleased.time.pending, 0);
});

test("an address that is lost while the link stays is named so", () => {
	const { events, ethernet } = setUp();
	ethernet.become(500);
	ethernet.become(400);
	assert.ok(events.includes("error Ethernet: the address was lost."));
});

test.run();
