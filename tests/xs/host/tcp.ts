// SPDX-License-Identifier: MIT
/** Run by tests/system/host/tcp.test.ts, which brings the servers and their ports in the configuration. */
import TCP from "embedded:io/socket/tcp";
import { collectGarbage } from "host/machine";
import config from "mc/config";
import Timer from "timer";
import { test } from "uvu";
import * as assert from "uvu/assert";

interface Ports {
	echoPort: number;
	sinkPort: number;
	greetingPort: number;
	resetPort: number;
	closedPort: number;
	listensV6: boolean;
}

const { echoPort, sinkPort, greetingPort, resetPort, closedPort, listensV6 } = config as unknown as Ports;
const loopback = "127.0.0.1";
/** What a connection can take at once: the board's TCP_SND_BUF. */
const capacity = 5744;

function after(milliseconds: number): Promise<void> {
	return new Promise(resolve => Timer.set(() => resolve(), milliseconds));
}

function pattern(length: number, start = 0): Uint8Array {
	return Uint8Array.from({ length }, (_, index) => (start + index) & 0xff);
}

/** Everything until the peer ends the connection. */
function readAll(port: number, address = loopback): Promise<number[]> {
	const bytes: number[] = [];
	return new Promise(
		resolve =>
			new TCP({
				address,
				port,
				onReadable() {
					bytes.push(...new Uint8Array(this.read() as ArrayBuffer));
				},
				onError() {
					this.close();
					resolve(bytes);
				},
			}),
	);
}

/** Sends bytes to the echo server as fast as it takes them, and returns what comes back. */
function echo(data: Uint8Array, address = loopback): Promise<Uint8Array> {
	const received = new Uint8Array(data.length);
	let sent = 0,
		got = 0;
	return new Promise(
		(resolve, reject) =>
			new TCP({
				address,
				port: echoPort,
				onWritable(count) {
					const part = data.slice(sent, sent + count);
					if (part.length > 0) this.write(part);
					sent += part.length;
				},
				onReadable(count) {
					received.set(new Uint8Array(this.read(count) as ArrayBuffer), got);
					got += count;
					if (got < data.length) return;
					this.close();
					resolve(received);
				},
				onError() {
					reject(new Error(`the connection ended after ${got} bytes`));
				},
			}),
	);
}

test("a connection becomes writable with the board's buffer size", async () => {
	const count = await new Promise(
		resolve =>
			new TCP({
				address: loopback,
				port: echoPort,
				onWritable(bytes) {
					this.close();
					resolve(bytes);
				},
			}),
	);
	assert.is(count, capacity);
});

test("bytes come back as they were sent", async () => {
	assert.equal([...(await echo(pattern(300)))], [...pattern(300)]);
});

test("200 KB cross buffers of 5744 bytes in both directions without a loss", async () => {
	const data = pattern(200_000);
	const received = await echo(data);
	assert.is(
		received.findIndex((byte, index) => byte !== data[index]),
		-1,
	);
});

test("writing more than is writable throws and sends nothing of it", async () => {
	const received = await new Promise<number[]>(resolve => {
		const bytes: number[] = [];
		new TCP({
			address: loopback,
			port: echoPort,
			onWritable() {
				if (bytes.length > 0) return;
				bytes.push(0);
				assert.throws(() => this.write(new Uint8Array(capacity + 1)), /would block/);
				this.write(Uint8Array.of(7, 8));
			},
			onReadable() {
				this.close();
				resolve([...bytes, 7, 8]);
			},
		});
	});
	assert.equal(received, [0, 7, 8]);
});

test("write returns what may still be written, and onWritable tells when it was sent", async () => {
	const counts = await new Promise<unknown[]>(resolve => {
		const seen: unknown[] = [];
		new TCP({
			address: loopback,
			port: sinkPort,
			onWritable(count) {
				seen.push(count);
				if (seen.length > 1) {
					this.close();
					resolve(seen);
					return;
				}
				const write = this.write.bind(this) as (data: Uint8Array) => unknown;
				seen.push(write(new Uint8Array(1000)), write(new Uint8Array(44)));
			},
		});
	});
	assert.equal(counts, [capacity, capacity - 1000, capacity - 1044, capacity]);
});

test("write throws before the connection is made", () => {
	const socket = new TCP({ address: loopback, port: echoPort });
	assert.throws(() => socket.write(Uint8Array.of(1)), /not connected/);
	socket.close();
});

test("a refused connection is an error, once", async () => {
	const reasons: (string | undefined)[] = [];
	new TCP({
		address: loopback,
		port: closedPort,
		onError(reason?: string) {
			reasons.push(reason);
		},
		onWritable() {
			assert.unreachable();
		},
	});
	await after(50);
	assert.is(reasons.length, 1);
	assert.match(reasons[0] ?? "", "the connection was refused: nothing listens there");
});

test("the end of the connection is reported after the last byte was read", async () => {
	const events: string[] = [];
	await new Promise<void>(
		resolve =>
			new TCP({
				address: loopback,
				port: greetingPort,
				onReadable(count) {
					events.push(`readable ${count}`);
					Timer.set(() => {
						assert.equal(events, ["readable 5"]);
						this.read(2);
						Timer.set(() => {
							assert.equal(events, ["readable 5"]);
							this.read();
						}, 20);
					}, 20);
				},
				onError(reason?: string) {
					events.push(`error ${reason}`);
					this.close();
					resolve();
				},
			}),
	);
	assert.equal(events, ["readable 5", "error undefined"], "an end in order has no reason");
});

test("a reset connection is an error", async () => {
	assert.equal(await readAll(resetPort), []);
	const reason = await new Promise(
		resolve =>
			new TCP({
				address: loopback,
				port: resetPort,
				onError(reason?: string) {
					resolve(reason);
				},
			}),
	);
	assert.match(String(reason), "reset by the far end");
});

test("reading takes all, a count, or what a buffer holds", async () => {
	const parts = await new Promise<unknown[]>(
		resolve =>
			new TCP({
				address: loopback,
				port: greetingPort,
				onReadable() {
					const buffer = new Uint8Array(2);
					const read = this.read.bind(this) as (into?: Uint8Array | number) => unknown;
					const result = [read(buffer), ...buffer, ...new Uint8Array(read(1) as ArrayBuffer)];
					assert.throws(() => read(3), /fewer bytes/);
					assert.throws(() => read(new Uint8Array(3)), /fewer bytes/);
					resolve([...result, ...new Uint8Array(read() as ArrayBuffer), read()]);
					this.close();
				},
			}),
	);
	assert.equal(parts, [2, 104, 101, 108, 108, 111, undefined]);
});

test('format "number" reads and writes single bytes', async () => {
	const byte = await new Promise(
		resolve =>
			new TCP({
				address: loopback,
				port: echoPort,
				format: "number",
				onWritable() {
					this.write(0x41);
				},
				onReadable() {
					assert.is(this.format, "number");
					resolve(this.read());
					this.close();
				},
			}),
	);
	assert.is(byte, 0x41);
});

test("what was written before close is still sent", async () => {
	const socket = new TCP({ address: loopback, port: sinkPort });
	await after(20);
	socket.write(pattern(capacity));
	socket.close();
});

test("close works from within every callback, and twice", async () => {
	await new Promise<void>(
		resolve =>
			new TCP({
				address: loopback,
				port: echoPort,
				onWritable() {
					this.close();
					this.close();
					resolve();
				},
			}),
	);
	await new Promise<void>(
		resolve =>
			new TCP({
				address: loopback,
				port: greetingPort,
				onReadable() {
					this.close();
					resolve();
				},
			}),
	);
	await new Promise<void>(
		resolve =>
			new TCP({
				address: loopback,
				port: closedPort,
				onError() {
					this.close();
					resolve();
				},
			}),
	);
});

test("a closed connection calls nothing back and cannot be used", async () => {
	const socket = new TCP({
		address: loopback,
		port: greetingPort,
		onReadable() {
			assert.unreachable();
		},
		onError() {
			assert.unreachable();
		},
	});
	socket.close();
	await after(30);
	assert.throws(() => socket.read());
	assert.throws(() => socket.write(Uint8Array.of(1)));
});

test("a connection tells its peer's address and port", () => {
	const socket = new TCP({ address: loopback, port: echoPort });
	assert.is(socket.remoteAddress, loopback);
	assert.is(socket.remotePort, echoPort);
	socket.close();
});

test("IPv6 addresses connect", async () => {
	if (listensV6) assert.equal([...(await echo(pattern(10), "::1"))], [...pattern(10)]);
});

test("`from` takes a connection over with the bytes that wait in it", async () => {
	const bytes = await new Promise<number[]>(resolve => {
		const first = new TCP({
			address: loopback,
			port: greetingPort,
			onReadable() {
				this.read(2);
				const second: TCP = new TCP({
					from: first,
					target: "second",
					onReadable() {
						assert.is((this as unknown as { target: string }).target, "second");
						resolve([...new Uint8Array(this.read() as ArrayBuffer)]);
						second.close();
					},
				});
				assert.throws(() => first.read());
			},
		});
	});
	assert.equal(bytes, [108, 108, 111]);
});

test("wrong options are refused with their reason", () => {
	const open = (options: object) => () =>
		new TCP({ address: loopback, port: echoPort, ...options } as ConstructorParameters<typeof TCP>[0]);
	assert.throws(open({ port: 70_000 }), /port/);
	assert.throws(open({ port: -1 }), /port/);
	assert.throws(open({ address: "localhost" }), /address/);
	assert.throws(open({ address: undefined }), /address/);
	assert.throws(open({ format: "string" }), /format/);
	assert.throws(open({ onReadable: 1 }), /function/);
	assert.throws(open({ from: {} }));
});

test("100 connections at once, with a collection at every event, keep their data apart", async () => {
	const work = Array.from({ length: 100 }, async (_, index) => {
		const data = pattern(2000 + index, index);
		const received = await echo(data);
		collectGarbage();
		return received.every((byte, position) => byte === data[position]);
	});
	const collector = Timer.repeat(() => collectGarbage(), 1);
	assert.ok((await Promise.all(work)).every(Boolean));
	Timer.clear(collector);
});

test("connections that nothing refers to stay alive through collections", async () => {
	let received = 0;
	for (let i = 0; i < 10; i++)
		new TCP({
			address: loopback,
			port: greetingPort,
			onReadable() {
				received += (this.read() as ArrayBuffer).byteLength;
			},
			onError() {
				this.close();
			},
		});
	for (let i = 0; i < 10; i++) {
		collectGarbage();
		await after(3);
	}
	assert.is(received, 50);
});

test.run();
