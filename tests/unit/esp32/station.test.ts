// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { explainDisconnection } from "../../../esp32/platform/reasons.js";
import { type Interface, Station } from "../../../esp32/platform/station.js";
import { VirtualTime } from "../virtual-time.js";

/** A Wi-Fi driver that a test steers. */
class FakeWiFi implements Interface {
	static current: FakeWiFi;
	connection = 200;
	address: string | undefined = undefined;
	RSSI: number | undefined = undefined;
	requests: { SSID: string; password?: string }[] = [];
	disconnects = 0;
	refuses = false;
	readonly #onChanged: (property: string) => void;
	constructor({ onChanged }: { onChanged(property: string): void }) {
		this.#onChanged = onChanged;
		FakeWiFi.current = this;
	}
	connect(options: { SSID: string; password?: string }): void {
		if (this.refuses) throw new Error("already connecting");
		this.requests.push(options);
		this.connection = 300;
	}
	disconnect(): void {
		this.disconnects += 1;
		this.become(200);
	}
	become(connection: number): void {
		this.connection = connection;
		this.address = connection >= 500 ? "192.0.2.7" : undefined;
		this.RSSI = connection >= 400 ? -55 : undefined;
		this.#onChanged("connection");
	}
}

function join(password = "12345678") {
	const timers = new VirtualTime(),
		events: string[] = [];
	let reason = 0,
		online = 0,
		offline = 0;
	new Station({
		io: FakeWiFi,
		ssid: "home",
		password,
		timer: timers.timer,
		reason: () => reason,
		explain: explainDisconnection,
		report: (event, fields = {}) =>
			events.push(`${event}${fields.step ? ` ${fields.step}` : ""}${fields.seconds ? ` ${fields.seconds}` : ""}`),
		onOnline: () => {
			online += 1;
		},
		onOffline: () => {
			offline += 1;
		},
	});
	const wifi = FakeWiFi.current;
	return {
		timers,
		events,
		wifi,
		fail(why: number) {
			reason = why;
			wifi.become(200);
		},
		get online() {
			return online;
		},
		get offline() {
			return offline;
		},
	};
}

test("a station asks for its network immediately, and is online with an address", () => {
	const station = join();
	assert.equal(station.wifi.requests, [{ SSID: "home", password: "12345678" }]);
	station.wifi.become(400);
	assert.is(station.online, 0);
	station.wifi.become(500);
	assert.is(station.online, 1);
	assert.equal(station.events, ["join", "online"]);
});

test("an open network is asked for without a password", () => {
	assert.equal(join("").wifi.requests, [{ SSID: "home" }]);
});

test("each failed attempt is reported, and the next one waits twice as long, up to 30 s", () => {
	const station = join();
	for (let attempt = 0; attempt < 7; attempt++) {
		station.fail(201);
		station.timers.advance(30_000);
	}
	assert.equal(
		station.events.filter(event => event.startsWith("retry")),
		["1.000", "2.000", "4.000", "8.000", "16.000", "30.000", "30.000"].map(seconds => `retry ${seconds}`),
	);
	assert.is(station.events.filter(event => event === "error wifi").length, 7);
});

test("after a loss the station joins again, starting at the shortest delay", () => {
	const station = join();
	station.fail(201);
	station.timers.advance(1_000);
	station.wifi.become(500);
	station.fail(200);
	station.timers.advance(999);
	assert.is(station.wifi.requests.length, 2);
	station.timers.advance(1);
	station.wifi.become(400);
	station.wifi.become(500);
	assert.is(station.wifi.requests.length, 3);
	assert.is(station.online, 2);
});

test("a network that was joined once is asked for every second after a loss of five minutes", () => {
	const station = join();
	station.wifi.become(500);
	station.fail(200);
	for (let elapsed = 0; elapsed < 300; elapsed += 1) {
		station.timers.advance(1_000);
		station.fail(201);
	}
	station.timers.advance(1_000);
	station.wifi.become(500);
	assert.is(station.online, 2);
	assert.is(station.wifi.requests.length, 302);
});

test("an access point that never answers is given up after 30 s, and asked again", () => {
	const station = join();
	station.timers.advance(29_999);
	assert.is(station.wifi.disconnects, 0);
	station.timers.advance(1);
	assert.is(station.wifi.disconnects, 1);
	station.timers.advance(1_000);
	assert.is(station.wifi.requests.length, 2);
	assert.equal(station.events, ["join", "error wifi", "retry 1.000", "join"]);
});

test("a network that gives no address is given up after 30 s", () => {
	const station = join();
	station.wifi.become(400);
	station.timers.advance(31_000);
	assert.is(station.wifi.requests.length, 2);
});

test("an online station is left alone by the limit of its joining", () => {
	const station = join();
	station.wifi.become(500);
	station.timers.advance(600_000);
	assert.is(station.wifi.disconnects, 0);
});

test("a driver that refuses a request is asked again", () => {
	const station = join();
	station.wifi.refuses = true;
	station.fail(2);
	station.timers.advance(1_000);
	station.wifi.refuses = false;
	station.timers.advance(2_000);
	assert.is(station.wifi.requests.length, 2);
});

test("a reason has a sentence with the remedy, also one that is not known", () => {
	assert.match(
		explainDisconnection(201, "home"),
		/^Wi-Fi "home": no such network was found: .* 2\.4 GHz \(reason 201\)\.$/,
	);
	assert.match(explainDisconnection(15, "home"), /password is wrong/);
	for (const reason of [1, 3, 6, 7, 8, 206]) {
		const sentence = explainDisconnection(reason, "home");
		assert.match(sentence, /access point/);
		assert.not.match(sentence, /password|check the name/, "the access point left: the settings are right");
	}
	assert.match(explainDisconnection(77, "home"), /check the name, the password and the signal \(reason 77\)/);
});

test("a loss is reported once, and only of what was there", () => {
	const station = join();
	station.fail(201);
	station.fail(201);
	assert.is(station.offline, 0);
	station.timers.advance(1_000);
	station.wifi.become(500);
	station.fail(200);
	station.fail(200);
	assert.is(station.offline, 1);
	station.timers.advance(1_000);
	station.fail(201);
	assert.is(station.offline, 1);
});

test("an address that is lost while the network stays is a loss, and is waited for", () => {
	const station = join();
	station.wifi.become(500);
	station.wifi.become(400);
	assert.equal([station.online, station.offline], [1, 1]);
	station.timers.advance(10_000);
	station.wifi.become(500);
	assert.equal([station.online, station.offline], [2, 1]);
	station.wifi.become(400);
	station.timers.advance(30_000);
	assert.is(station.wifi.disconnects, 1, "after 30 s it joins again");
});

test.run();
