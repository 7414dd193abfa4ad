// SPDX-License-Identifier: MIT
/** The host's MQTT client against mosquitto, over TCP. */
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MQTTConnection } from "../../../../host/platform/sdk/mqtt/connection.js";
import type { MQTTClientOptions, WriteOptions } from "../../../../host/platform/sdk/mqtt/options.js";
import { Broker, freePort } from "./broker.js";
import { platform, Resolver, TCP } from "./platform.js";

const { CONNACK, PUBACK, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, PUBCOMP, DISCONNECT } =
	MQTTConnection;

interface Message {
	topic: string;
	QoS: number;
	bytes: Buffer;
}

/** A client with its events as promises. */
class Peer {
	client: MQTTConnection;
	messages: Message[] = [];
	#writable = 0;
	#events: string[] = [];
	#waiting = new Set<() => void>();

	constructor(options: Partial<MQTTClientOptions>) {
		this.client = new MQTTConnection(
			{
				host: "localhost",
				dns: { io: Resolver },
				socket: { io: TCP },
				onReadable: (count, { topic, QoS = 0 }) => {
					if (topic !== undefined) this.messages.push({ topic, QoS, bytes: Buffer.alloc(0) });
					const message = this.messages.at(-1);
					if (message) message.bytes = Buffer.concat([message.bytes, new Uint8Array(this.client.read(count) ?? [])]);
					this.#wake();
				},
				onWritable: count => {
					this.#writable = count;
					this.#wake();
				},
				onControl: ({ operation, id = 0, payload = [] }) => this.#note(`${operation} ${id} ${payload}`.trim()),
				onError: () => this.#note("error"),
				...options,
			},
			platform,
		);
	}

	/** Waits for a packet ("operation id payload") or for "error", and forgets it. */
	async event(expected: string): Promise<void> {
		await this.until(
			() => this.#events.includes(expected),
			() => `${expected}; there was ${this.#events.join(", ")}`,
		);
		this.#events.splice(this.#events.indexOf(expected), 1);
	}

	async until(condition: () => boolean, what: () => string): Promise<void> {
		const end = Date.now() + 10_000;
		while (!condition()) {
			if (Date.now() > end) throw new Error(`waited ten seconds for ${what()}`);
			await Promise.race([new Promise<void>(resolve => this.#waiting.add(resolve)), sleep(100)]);
		}
	}

	/** Writes a message of any length, as the socket takes it. */
	async publish(bytes: Buffer, options: WriteOptions): Promise<void> {
		let written = 0;
		while (written < bytes.length || written === 0) {
			await this.until(
				() => this.#writable > 64,
				() => "room to write",
			);
			const part = bytes.subarray(written, written + this.#writable - 64);
			this.#writable = this.client.write(part, written === 0 ? { ...options, byteLength: bytes.length } : undefined);
			written += part.length;
			if (bytes.length === 0) return;
		}
	}

	async connected(): Promise<this> {
		await this.event(`${CONNACK} 0`);
		return this;
	}

	async subscribed(...items: { topic: string; QoS: number }[]): Promise<this> {
		this.client.write(null, { operation: SUBSCRIBE, id: 77, items });
		await this.event(`${SUBACK} 77 ${items.map(({ QoS }) => QoS)}`);
		return this;
	}

	async received(count: number, byteLength = 0): Promise<Message[]> {
		const complete = (): boolean =>
			this.messages.length >= count && (this.messages[count - 1]?.bytes.length ?? 0) >= byteLength;
		await this.until(complete, () => `${count} messages; there were ${this.messages.length}`);
		return this.messages;
	}

	#note(event: string): void {
		this.#events.push(event);
		this.#wake();
	}

	#wake(): void {
		for (const wake of this.#waiting) wake();
		this.#waiting.clear();
	}
}

const broker = new Broker();
const test = suite<{ peers: Peer[] }>("mqttclient against mosquitto", { peers: [] });

test.before(() => broker.start());
test.after.each(context => {
	for (const { client } of context.peers.splice(0)) client.close();
});
test.after(() => broker.stop());

function peer(context: { peers: Peer[] }, options: Partial<MQTTClientOptions> = {}): Peer {
	const made = new Peer({ port: broker.open, ...options });
	context.peers.push(made);
	return made;
}

test("a message at QoS 0 comes back", async context => {
	const one = await (await peer(context).connected()).subscribed({ topic: "echo/0", QoS: 0 });
	await one.publish(Buffer.from("hello"), { topic: "echo/0" });
	assert.equal(await one.received(1, 5), [{ topic: "echo/0", QoS: 0, bytes: Buffer.from("hello") }]);
});

test("messages at QoS 1 and 2 come back, and are acknowledged both ways", async context => {
	const one = await (await peer(context, { id: "qos" }).connected()).subscribed({ topic: "echo/+", QoS: 2 });
	await one.publish(Buffer.from("one"), { topic: "echo/1", QoS: 1, id: 11 });
	await one.event(`${PUBACK} 11`);
	await one.publish(Buffer.from("two"), { topic: "echo/2", QoS: 2, id: 22 });
	await one.event(`${PUBCOMP} 22`);
	const messages = await one.received(2, 3);
	assert.equal(
		messages.map(({ QoS }) => QoS),
		[1, 2],
	);
});

test("an acknowledged message does not come again, one that was not does", async context => {
	const options = { id: "keeper", clean: false };
	const first = await (await peer(context, options).connected()).subscribed({ topic: "kept", QoS: 1 });
	await first.publish(Buffer.from("acknowledged"), { topic: "kept", QoS: 1, id: 1 });
	await first.received(1, 12);
	await sleep(200);
	first.client.write(null, { operation: DISCONNECT });
	first.client.close();
	const sender = await peer(context).connected();
	await sender.publish(Buffer.from("missed"), { topic: "kept", QoS: 1, id: 2 });
	await sender.event(`${PUBACK} 2`);
	const again = await peer(context, options).connected();
	const messages = await again.received(1, 6);
	await sleep(200);
	assert.equal(
		messages.map(({ bytes }) => bytes.toString()),
		["missed"],
	);
});

for (const length of [0, 1, 127, 128, 1_460, 16_384, 131_072])
	test(`a message of ${length} bytes comes back to the byte`, async context => {
		const bytes = Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 131) >> 3));
		const one = await (await peer(context).connected()).subscribed({ topic: "size", QoS: 1 });
		await one.publish(bytes, { topic: "size", QoS: 1, id: 5 });
		await one.event(`${PUBACK} 5`);
		const [message] = await one.received(1, length);
		assert.ok(message?.bytes.equals(bytes));
	});

test("a thousand messages at QoS 1 come back in order", async context => {
	const one = await (await peer(context).connected()).subscribed({ topic: "many", QoS: 1 });
	for (let i = 1; i <= 1_000; i += 1) {
		await one.publish(Buffer.from(`message ${i}`), { topic: "many", QoS: 1, id: i });
		await one.event(`${PUBACK} ${i}`);
	}
	const messages = await one.received(1_000, 12);
	assert.equal(
		messages.map(({ bytes }) => bytes.toString()),
		Array.from({ length: 1_000 }, (_, i) => `message ${i + 1}`),
	);
});

test("an unsubscribed topic is silent", async context => {
	const one = await (await peer(context).connected()).subscribed({ topic: "a", QoS: 0 }, { topic: "b", QoS: 0 });
	one.client.write(null, { operation: UNSUBSCRIBE, id: 9, items: [{ topic: "a" }] });
	await one.event(`${UNSUBACK} 9`);
	await one.publish(Buffer.from("to a"), { topic: "a" });
	await one.publish(Buffer.from("to b"), { topic: "b" });
	assert.equal(
		(await one.received(1, 4)).map(({ topic }) => topic),
		["b"],
	);
});

test("a client that dies leaves its will", async context => {
	const witness = await (await peer(context).connected()).subscribed({ topic: "will/é", QoS: 1 });
	const dying = await peer(context, { will: { topic: "will/é", message: "gone", QoS: 1 } }).connected();
	dying.client.close();
	const [message] = await witness.received(1, 4);
	assert.is(message?.bytes.toString(), "gone");
});

test("user and password are checked by the server", async context => {
	await peer(context, { port: broker.guarded, user: "me", password: "secret" }).connected();
	await peer(context, { port: broker.guarded, user: "me", password: "wrong" }).event("error");
	await peer(context, { port: broker.guarded }).event("error");
});

test("a ping is answered, and keeps a connection of one second's keep-alive", async context => {
	const one = await peer(context, { keepAlive: 1_000 }).connected();
	one.client.write(null, { operation: PINGREQ });
	await one.event(`${PINGRESP} 0`);
	await sleep(2_500);
	await one.event(`${PINGRESP} 0`);
	one.client.write(null, { operation: PINGREQ });
	await one.event(`${PINGRESP} 0`);
});

test("a second client with the same identifier ends the first", async context => {
	const first = await peer(context, { id: "twin" }).connected();
	await peer(context, { id: "twin" }).connected();
	await first.event("error");
});

test("a port where nobody listens is an error", async context => {
	await peer(context, { port: await freePort() }).event("error");
});

test.run();
