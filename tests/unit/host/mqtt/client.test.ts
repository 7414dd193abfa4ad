// SPDX-License-Identifier: MIT
/** The life of a connection: options, CONNECT, CONNACK, loss, close. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SocketOptions } from "../../../../host/platform/sdk/mqtt/platform.js";
import { Bench, bytesOf, FakeResolver, FakeSocket, hex, publish } from "./fakes.js";

/** CONNECT as the client writes it for these options. */
function connectOf(options: ConstructorParameters<typeof Bench>[0]): string {
	const bench = new Bench({ id: "", ...options });
	bench.socket.open();
	return hex(bench.socket.written);
}

const variableHeader = "00044d515454" + "04";

test("the socket gets the address, the host, the port and the caller's own options", () => {
	const socket = { io: FakeSocket, nodelay: true };
	const bench = new Bench({ port: 8883, socket });
	const { address, host, port, nodelay } = bench.socket.options;
	assert.equal(
		{ address, host, port, nodelay },
		{ address: "192.0.2.1", host: "broker.example", port: 8883, nodelay: true },
	);
});

test("the socket is used in format buffer, whatever its options say", () => {
	assert.is(
		new Bench({ socket: { io: FakeSocket, format: "number" } as { io: typeof FakeSocket } }).socket.format,
		"buffer",
	);
});

test("the port is 1883 by default", () => {
	assert.is(new Bench().socket.options.port, 1883);
});

test("a client without a host is refused", () => {
	assert.throws(() => new Bench({ host: "" }), /^host required$/);
});

test("a format other than buffer is refused, in the options and later", () => {
	assert.throws(
		() => new Bench({ format: "number" }),
		(error: Error) => error instanceof RangeError,
	);
	const { client } = new Bench();
	assert.throws(
		() => {
			client.format = "number";
		},
		(error: Error) => error instanceof RangeError,
	);
	assert.is(client.format, "buffer");
});

test("the caller's target is kept", () => {
	const target = {};
	assert.is(new Bench({ target }).client.target, target);
});

test("CONNECT is one write, with the client identifier and a clean session", () => {
	const bench = new Bench({ id: "me" });
	bench.socket.open();
	assert.is(bench.socket.writes.length, 1);
	assert.is(hex(bench.socket.written), "100e" + variableHeader + "020000" + "00026d65");
});

test("CONNECT without clean session has no flag set", () => {
	assert.is(connectOf({ clean: false }), "100c" + variableHeader + "000000" + "0000");
});

test("CONNECT carries user and password, the password in bytes too", () => {
	const expected = "1013" + variableHeader + "c20000" + "0000" + "000175" + "00027077";
	assert.is(connectOf({ user: "u", password: "pw" }), expected);
	assert.is(connectOf({ user: "u", password: bytesOf("pw").slice().buffer }), expected);
});

test("an empty user and an empty password are none", () => {
	assert.is(connectOf({ user: "", password: "" }), "100c" + variableHeader + "020000" + "0000");
});

test("a password without a user is refused", () => {
	assert.throws(() => new Bench({ password: "pw" }), /^a password needs a user name \(MQTT-3\.1\.2-22\)$/);
});

test("CONNECT carries the will, its QoS and its retain flag before user and password", () => {
	const will = { topic: "t", message: bytesOf("gone"), QoS: 1, retain: true };
	assert.is(
		connectOf({ will, user: "u" }),
		"1018" + variableHeader + "ae0000" + "0000" + "000174" + "0004676f6e65" + "000175",
	);
});

test("a will without a message has an empty one", () => {
	assert.is(connectOf({ will: { topic: "t" } }), "1011" + variableHeader + "060000" + "0000" + "000174" + "0000");
});

test("the keep-alive is sent in seconds, rounded up, and capped at what two bytes hold", () => {
	assert.is(connectOf({ keepAlive: 59_001 }), "100c" + variableHeader + "02003c" + "0000");
	assert.is(connectOf({ keepalive: 60_000 }), "100c" + variableHeader + "02003c" + "0000");
	assert.is(connectOf({ keepAlive: 100_000_000 }), "100c" + variableHeader + "02ffff" + "0000");
});

test("a client identifier is sent as UTF-8", () => {
	assert.is(connectOf({ id: "é€" }), "1011" + variableHeader + "020000" + "0005c3a9e282ac");
});

test("a client identifier as long as a field holds is sent", () => {
	assert.is(connectOf({ id: "x".repeat(65_535) }).slice(0, 8), "108b8004");
});

test("a client identifier longer than a field holds is refused", () => {
	assert.throws(() => new Bench({ id: "x".repeat(65_536) }), /^a field of 65536 bytes exceeds MQTT's 65535$/);
});

for (let window = 1; window <= 17; window += 1)
	test(`CONNECT is written in pieces where the socket takes ${window} bytes at a time`, () => {
		const bench = new Bench();
		for (let i = 0; i < 16; i += 1) bench.socket.open(window);
		assert.is(hex(bench.socket.written), "100e" + variableHeader + "020000" + "00026d65");
	});

test("CONNACK is reported as a message of operation and return code, then what can be written", () => {
	const messages: object[] = [];
	const bench = new Bench({ onControl: message => void messages.push(message) });
	bench.socket.open(100);
	assert.equal(bench.events, []);
	bench.socket.receive([0x20, 2, 0, 0]);
	assert.equal(messages, [{ operation: 2, returnCode: 0 }]);
	assert.equal(bench.events, ["writable 76"]);
});

test("this is the client in every callback", () => {
	const seen: unknown[] = [];
	function note(this: unknown): void {
		seen.push(this);
	}
	const bench = new Bench({ onControl: note, onWritable: note, onReadable: note, onError: note });
	bench.connected();
	bench.socket.receive(publish("a", bytesOf("b")));
	bench.socket.options.onError();
	assert.is(seen.length, 5);
	assert.ok(seen.every(each => each === bench.client));
});

test("callbacks may be missing", () => {
	const none = { onReadable: undefined, onWritable: undefined, onControl: undefined, onError: undefined };
	const bench = new Bench(none).connected();
	bench.socket.receive([0xd0, 0]);
	bench.socket.options.onError();
	assert.ok(bench.socket.closed);
});

for (const [code, words] of Object.entries({
	1: "unacceptable protocol version",
	2: "identifier rejected",
	3: "server unavailable",
	4: "bad user name or password",
	5: "not authorized",
	6: "reserved",
}))
	test(`CONNACK with return code ${code} is an error: ${words}`, () => {
		const bench = new Bench();
		bench.socket.open();
		bench.socket.receive([0x20, 2, 0, Number(code)]);
		assert.equal(bench.events, ["error"]);
		assert.equal(bench.traces, [`mqttClient error: connection rejected: ${code}, ${words}\n`]);
		assert.equal(bench.reasons, [], "the session knows the code itself");
		assert.ok(bench.socket.closed);
	});

test("a name that cannot be resolved is an error", () => {
	const bench = new Bench({ host: "nowhere.example" });
	assert.equal(bench.events, ["error"]);
	assert.equal(bench.traces, ["mqttClient error: host not found\n"]);
	assert.equal(bench.reasons, []);
});

test("why a name was not resolved is passed on, where the resolver says it", () => {
	class Telling {
		resolve({ host, onError }: { host: string; onError(host: string, reason: string): void }) {
			onError(host, "there is no such name");
		}
	}
	const bench = new Bench({ host: "nowhere.example", dns: { io: Telling } });
	assert.equal(bench.reasons, ["The name nowhere.example was not resolved: there is no such name."]);
});

test("a server that breaks MQTT's rules is reported with the rule", () => {
	const bench = new Bench();
	bench.socket.open();
	bench.socket.receive([0x90, 3, 0, 1, 0]);
	assert.match(
		bench.reasons[0] ?? "",
		/does not keep to MQTT 3\.1\.1 \(CONNACK must come first \(MQTT-3\.2\.0-1\)\): check/,
	);
});

test("a socket that cannot be made is an error with its reason", () => {
	class Impossible extends FakeSocket {
		constructor(options: SocketOptions) {
			super(options);
			throw new Error("no memory");
		}
	}
	const bench = new Bench({ socket: { io: Impossible } });
	assert.equal(bench.events, ["error"]);
	assert.equal(bench.traces, ["mqttClient error: no socket: Error: no memory\n"]);
});

test("a socket that fails inside its constructor is closed", () => {
	class Broken extends FakeSocket {
		constructor(options: SocketOptions) {
			super(options);
			options.onError();
		}
	}
	const bench = new Bench({ socket: { io: Broken } });
	assert.equal(bench.events, ["error"]);
	assert.ok(bench.socket.closed);
});

test("no connection within thirty seconds is an error", () => {
	const bench = new Bench();
	bench.clock.advance(29_999);
	assert.equal(bench.events, []);
	bench.clock.advance(1);
	assert.equal(bench.events, ["error"]);
	assert.ok(bench.socket.closed);
});

test("once the socket is writable, the thirty seconds do not matter", () => {
	const bench = new Bench();
	bench.socket.open();
	bench.clock.advance(60_000);
	assert.equal(bench.events, []);
});

test("a lost connection is one error, and closes the socket behind it", () => {
	let closedInside: boolean | undefined;
	const bench = new Bench({
		onError: () => {
			closedInside = bench.socket.closed;
		},
	}).connected();
	bench.socket.options.onError();
	bench.socket.options.onError();
	assert.is(closedInside, false);
	assert.ok(bench.socket.closed);
	assert.equal(bench.traces, ["mqttClient error: connection lost\n"]);
});

test("an onError that throws leaves nothing open", () => {
	const bench = new Bench({
		keepAlive: 60_000,
		onError() {
			throw new Error("mine");
		},
	}).connected();
	assert.throws(() => bench.socket.options.onError(), /^mine$/);
	assert.ok(bench.socket.closed);
	assert.is(bench.clock.pending, 0);
});

test("close before the name is resolved makes no socket", () => {
	let resolved: (() => void) | undefined;
	class Late extends FakeResolver {
		override resolve(request: Parameters<FakeResolver["resolve"]>[0]): void {
			resolved = () => request.onResolved(request.host, "192.0.2.1");
		}
	}
	const before = FakeSocket.last;
	const bench = new Bench({ dns: { io: Late } });
	bench.client.close();
	resolved?.();
	assert.is(FakeSocket.last, before);
	assert.is(bench.clock.pending, 0);
});

test("close while connecting leaves no timer", () => {
	const bench = new Bench();
	bench.client.close();
	assert.is(bench.clock.pending, 0);
});

test("close leaves no timer and no event, however often it is called", () => {
	const bench = new Bench({ keepAlive: 60_000 }).connected();
	bench.socket.receive(publish("a", bytesOf("b"), { QoS: 1 }));
	bench.events = [];
	bench.client.close();
	bench.client.close();
	assert.is(bench.clock.pending, 0);
	bench.socket.options.onWritable(100);
	bench.socket.options.onReadable(100);
	bench.socket.options.onError();
	bench.clock.advance(1_000_000);
	assert.is(bench.clock.pending, 0);
	assert.equal(bench.events, []);
	assert.is(bench.socket.writes.length, 0);
});

for (const [callback, before] of [
	["onReadable", ["control 2", "writable 4072"]],
	["onWritable", ["control 2"]],
	["onControl", []],
	["onError", ["control 2", "writable 4072", "readable 1"]],
] as const)
	test(`close inside ${callback} is safe and final`, () => {
		const told: string[] = [];
		const options = {
			[callback]: () => {
				told.push(...bench.events.splice(0));
				bench.client.close();
			},
		};
		const bench: Bench = new Bench(options);
		bench.socket.open();
		bench.socket.receive([0x20, 2, 0, 0, ...publish("a", bytesOf("b")), ...publish("c", bytesOf("d"))]);
		bench.socket.options.onError();
		bench.clock.advance(1_000);
		assert.equal(bench.events, []);
		assert.equal(told, before);
		assert.ok(bench.socket.closed);
		assert.is(bench.clock.pending, 0);
	});

test("after close, writing is an error and reading gives nothing", () => {
	const { client } = new Bench().connected();
	client.close();
	assert.throws(() => client.write(bytesOf("x"), { topic: "a" }), /^not connected$/);
	assert.is(client.read(), undefined);
	assert.is(client.read(new Uint8Array(4)), undefined);
});

test("the options may change after construction without effect", () => {
	const options: { onError(): void } = { onError: () => void bench.events.push("mine") };
	const bench: Bench = new Bench(options);
	options.onError = () => assert.unreachable();
	bench.socket.options.onError();
	assert.equal(bench.events, ["mine"]);
});

test.run();
