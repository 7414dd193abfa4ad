// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fakes } from "./natives.js";

const { default: TLSSocket } = await import("../../../modules/tls/tlssocket.js");

type Socket = InstanceType<typeof TLSSocket>;

interface Callbacks {
	onReadable(bytes: number): void;
	onWritable(bytes: number): void;
	onError(): void;
}

/** A TCP socket that checks the pattern's rules: no write beyond what was announced, no read beyond what came. */
class Tcp {
	static last: Tcp;
	readonly callbacks: Callbacks;
	readonly sent: number[] = [];
	reads = 0;
	longestRead = 0;
	closed = 0;
	#received: number[] = [];
	#writable = 0;

	constructor(options: Callbacks) {
		this.callbacks = options;
		Tcp.last = this;
	}
	read(count: number): ArrayBuffer {
		assert.ok(count > 0 && count <= this.#received.length, `read of ${count}, ${this.#received.length} received`);
		assert.is(this.closed, 0);
		this.reads++;
		this.longestRead = Math.max(this.longestRead, count);
		return Uint8Array.from(this.#received.splice(0, count)).buffer;
	}
	write(data: ArrayBuffer): void {
		assert.ok(
			data.byteLength > 0 && data.byteLength <= this.#writable,
			`write of ${data.byteLength}, ${this.#writable} writable`,
		);
		assert.is(this.closed, 0);
		this.#writable -= data.byteLength;
		this.sent.push(...new Uint8Array(data));
	}
	close(): void {
		this.closed++;
	}
	receive(...bytes: number[]): void {
		this.#received.push(...bytes);
		this.callbacks.onReadable(this.#received.length);
	}
	allow(count: number): void {
		this.#writable = count;
		this.callbacks.onWritable(count);
	}
	get left(): number {
		return this.#received.length;
	}
}

interface Log {
	calls: string[];
	socket: Socket;
	tcp: Tcp;
}

type Actions = { [Callback in "onSecured" | "onReadable" | "onWritable"]?: (socket: Socket, count: number) => void };

function open(actions: Actions = {}): Log {
	const calls: string[] = [];
	const socket: Socket = new TLSSocket({
		host: "server.test",
		port: 1,
		TCP: { io: Tcp },
		secure: {
			trustedRoots: [],
			onSecured() {
				calls.push("secured");
				actions.onSecured?.(socket, 0);
			},
			onFailure(error: Error) {
				calls.push(`failure ${(error as Error & { reason: string }).reason}`);
			},
		},
		onReadable(count: number) {
			calls.push(`readable ${count}`);
			actions.onReadable?.(socket, count);
		},
		onWritable(count: number) {
			calls.push(`writable ${count}`);
			actions.onWritable?.(socket, count);
		},
		onError() {
			calls.push("error");
		},
	} as unknown as ConstructorParameters<typeof TLSSocket>[0]);
	return { calls, socket, tcp: Tcp.last };
}

/** Connected, handshake done, 20 bytes of TCP writable left. */
function secured(actions?: Actions): Log {
	const log = open(actions);
	log.tcp.allow(21);
	log.tcp.receive(0x53);
	return log;
}

const settle = () => new Promise(resolve => setImmediate(resolve));

test("nothing is announced before the handshake is done", () => {
	const { calls, tcp } = open();
	tcp.allow(100);
	assert.equal(tcp.sent, [0x43]);
	assert.equal(calls, []);
	tcp.receive(0x53);
	assert.is(calls[0], "secured");
});

test("what is writable is TCP's room less the record's overhead", () => {
	const { calls } = secured();
	assert.equal(calls, ["secured", "writable 19"]);
});

test("what is writable is never more than the engine takes", () => {
	const { calls, tcp } = open();
	tcp.allow(5000);
	tcp.receive(0x53);
	assert.equal(calls, ["secured", "writable 50"]);
});

test("a write as long as announced goes out whole, and one byte more throws", () => {
	const { socket, tcp } = secured();
	assert.throws(() => socket.write(new Uint8Array(20)), /only 19 can be written/);
	assert.is(socket.write(new Uint8Array(19)), 0);
	assert.is(tcp.sent.length, 21);
	assert.throws(() => socket.write(Uint8Array.of(1)), /only 0 can be written/);
});

test("onWritable comes again when TCP has room again, and only then", () => {
	const { calls, socket, tcp } = secured();
	socket.write(new Uint8Array(10));
	tcp.receive(2, 1, 1);
	assert.equal(calls, ["secured", "writable 19", "readable 2"]);
	tcp.allow(20);
	assert.equal(calls.slice(3), ["writable 19"]);
});

test("onWritable comes when TCP has sent what was written, even if the engine's limit leaves no more room than before", () => {
	const { calls, socket, tcp } = open();
	tcp.allow(5000);
	tcp.receive(0x53);
	assert.is(socket.write(new Uint8Array(50)), 50);
	tcp.allow(5000);
	assert.equal(calls, ["secured", "writable 50", "writable 50"]);
});

test("parts with more wait for the last and make one record", () => {
	const { socket, tcp } = secured();
	assert.is(socket.write(Uint8Array.of(1), { more: true, byteLength: 3 }), 18);
	assert.is(socket.write(Uint8Array.of(2), { more: true }), 17);
	assert.is(tcp.sent.length, 1);
	assert.is(socket.write(Uint8Array.of(3)), 15);
	assert.equal(tcp.sent.slice(1), [3, 1, 2, 3]);
});

test("a part is copied: its buffer may be used again", () => {
	const { socket, tcp } = secured();
	const part = Uint8Array.of(1);
	socket.write(part, { more: true });
	part[0] = 9;
	socket.write(new ArrayBuffer(0));
	assert.equal(tcp.sent.slice(1), [1, 1]);
});

test("parts together may not exceed what was announced", () => {
	const { socket } = secured();
	socket.write(new Uint8Array(15), { more: true });
	assert.throws(() => socket.write(new Uint8Array(5)), /only 4 can be written/);
});

test("an ArrayBuffer, a view of a part of one, and a number can be written", () => {
	const { socket, tcp } = secured();
	socket.write(Uint8Array.of(1, 2).buffer);
	socket.write(new DataView(Uint8Array.of(3, 4, 5).buffer, 1, 1));
	socket.write(6);
	assert.equal(tcp.sent.slice(1), [2, 1, 2, 1, 4, 1, 6]);
});

test("an empty write makes no record", () => {
	const { socket, tcp } = secured();
	assert.is(socket.write(new ArrayBuffer(0)), 19);
	assert.is(tcp.sent.length, 1);
});

test("TCP is not read while a record waits for the application", () => {
	const { calls, tcp } = secured();
	tcp.receive(2, 1, 1);
	const { reads } = tcp;
	tcp.receive(2, 2, 2);
	tcp.receive(2, 3, 3);
	assert.is(tcp.reads, reads);
	assert.is(tcp.left, 6);
	assert.is(calls.filter(call => call.startsWith("readable")).length, 1);
});

test("TCP is read in pieces, because a read's buffer is the JavaScript heap's peak", () => {
	const { calls, tcp } = secured();
	tcp.receive(...Array.from({ length: 1_500 }, () => 0));
	assert.is(tcp.longestRead, 1_024);
	assert.is(tcp.left, 0, calls.join());
});

test("the next record comes once the last is read, but not from inside read", async () => {
	const { calls, socket, tcp } = secured();
	tcp.receive(2, 1, 1);
	tcp.receive(3, 2, 2, 2);
	socket.read(1);
	await settle();
	assert.is(calls.at(-1), "readable 2");
	socket.read(1);
	assert.is(calls.at(-1), "readable 2");
	await settle();
	assert.is(calls.at(-1), "readable 3");
});

test("a burst of records in one segment is announced one by one", async () => {
	const { calls, tcp } = secured({
		onReadable: socket => {
			socket.read();
		},
	});
	tcp.receive(1, 9, 1, 9, 1, 9, 1, 9);
	for (let i = 0; i < 4; i++) await settle();
	assert.is(calls.filter(call => call === "readable 1").length, 4);
});

test("TCP's end is reported after the last record was read", async () => {
	const { calls, socket, tcp } = secured();
	tcp.receive(1, 9, 1, 8);
	tcp.callbacks.onError();
	assert.is(calls.at(-1), "readable 1");
	assert.is(tcp.closed, 1);
	socket.read();
	await settle();
	assert.is(calls.at(-1), "readable 1");
	assert.equal([...new Uint8Array(socket.read() as ArrayBuffer)], [8]);
	await settle();
	assert.equal(calls.slice(-2), ["failure truncated", "error"]);
});

test("close_notify from the server is reported after the last record was read", async () => {
	const { calls, socket, tcp } = secured();
	tcp.receive(1, 9, 0x2e);
	assert.is(calls.at(-1), "readable 1");
	socket.read();
	await settle();
	assert.equal(calls.slice(-2), ["failure peer-closed", "error"]);
	assert.is(tcp.closed, 1);
});

test("a failed handshake sends its alert, closes TCP and reports the reason, once", () => {
	const { calls, socket, tcp } = open();
	tcp.allow(100);
	tcp.receive(0x21);
	assert.equal(tcp.sent, [0x43, 0x41]);
	assert.equal(calls, ["failure truncated", "error"]);
	assert.is(tcp.closed, 1);
	tcp.callbacks.onError();
	socket.close();
	assert.is(calls.length, 2);
	assert.is(tcp.closed, 1);
});

test("TCP that never connects is reported as that", () => {
	const { calls, tcp } = open();
	tcp.callbacks.onError();
	assert.equal(calls, ["failure tcp", "error"]);
	assert.is(tcp.closed, 1);
});

test("close sends close_notify, frees the engine, and no callback comes any more", () => {
	const { calls, socket, tcp } = secured();
	socket.close();
	assert.is(tcp.sent.at(-1), 0x2e);
	assert.ok(fakes.at(-1)?.closed);
	const { length } = calls;
	tcp.callbacks.onReadable(5);
	tcp.callbacks.onWritable(5);
	tcp.callbacks.onError();
	socket.close();
	assert.is(calls.length, length);
	assert.is(tcp.closed, 1);
	assert.is(socket.read(), undefined);
	assert.throws(() => socket.write(Uint8Array.of(1)), /no connection/);
});

test("close without room in TCP loses close_notify, but closes", () => {
	const { socket, tcp } = secured();
	socket.write(new Uint8Array(19));
	socket.close();
	assert.is(tcp.sent.length, 21);
	assert.is(tcp.closed, 1);
});

for (const callback of ["onSecured", "onWritable", "onReadable"] as const)
	test(`close inside ${callback} is the last callback`, async () => {
		const { calls, tcp } = open({ [callback]: (socket: Socket) => socket.close() });
		tcp.allow(21);
		tcp.receive(0x53, 1, 9, 1, 9);
		await settle();
		assert.is(calls.at(-1)?.split(" ")[0], callback.slice(2).toLowerCase());
		assert.is(tcp.closed, 1);
	});

test("a read of a closed socket's last record does not go on", async () => {
	const { calls, socket, tcp } = secured();
	tcp.receive(1, 9);
	socket.read();
	socket.close();
	const { length } = calls;
	await settle();
	assert.is(calls.length, length);
});

test("a handshake whose first flight finds no room in TCP goes on when there is some", () => {
	const { calls, tcp } = open();
	tcp.allow(0);
	assert.equal(tcp.sent, []);
	tcp.allow(30);
	assert.equal(tcp.sent, [0x43]);
	tcp.receive(0x53);
	assert.is(calls[0], "secured");
});

test("options that cannot be used are reported and thrown, and no TCP is opened", () => {
	const before = Tcp.last;
	let told: unknown;
	const options = {
		port: 1,
		TCP: { io: Tcp },
		secure: {
			trustedRoots: [],
			onFailure(error: Error) {
				told = error;
			},
		},
	};
	assert.throws(
		() => new TLSSocket(options as unknown as ConstructorParameters<typeof TLSSocket>[0]),
		(error: unknown) => error === told,
	);
	assert.is(Tcp.last, before);
});

test("an unknown format is refused", () => {
	const { socket } = secured();
	assert.throws(() => {
		(socket as { format: string }).format = "string";
	}, RangeError);
	socket.format = "number";
	assert.is(socket.format, "number");
});

test("a root that is left out is reported by onWarning, once a connection; without one nothing is", () => {
	const warnings: string[] = [];
	for (const trustedRoots of [[new ArrayBuffer(0)], [new ArrayBuffer(1)]])
		new TLSSocket({
			host: "h",
			port: 1,
			secure: { trustedRoots, onWarning: message => warnings.push(message) },
			TCP: { io: Tcp },
		});
	assert.equal(warnings, ["trustedRoots: one was left out"]);
});

test.run();
