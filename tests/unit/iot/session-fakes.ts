// SPDX-License-Identifier: MIT
import * as assert from "uvu/assert";
import { watchConnack } from "../../../modules/iot/connack.js";
import type { Message } from "../../../modules/iot/inbox.js";
import { type Client, type ClientOptions, operations, type WriteOptions } from "../../../modules/iot/mqtt.js";
import { Session } from "../../../modules/iot/session.js";
import type { SessionOptions } from "../../../modules/iot/session-options.js";
import { VirtualTime } from "../virtual-time.js";

interface Secure {
	onConnected(): void;
	onSecured(info: object): void;
	onFailure(error: Error): void;
	trustedRoots: string;
	applicationLayerProtocols?: string[];
}

/** A socket of which only what it reads matters. */
export class FakeSocket {
	static next: Uint8Array = new Uint8Array();

	read(): ArrayBuffer {
		return Uint8Array.from(FakeSocket.next).buffer;
	}
}

/** The SDK's client as the session sees it, with the far end in the test's hands. */
export class FakeClient implements Client {
	static all: FakeClient[] = [];
	static window = 4096;
	writes: { data: Uint8Array | null; options: WriteOptions }[] = [];
	closed = false;
	incoming = new Uint8Array();
	throwOnWrite: Error | undefined;
	#secured = false;

	constructor(readonly options: ClientOptions) {
		FakeClient.all.push(this);
	}
	get secure(): Secure {
		return (this.options.socket as { secure: Secure }).secure;
	}
	write(data: Uint8Array | null, options: WriteOptions = {}): number {
		if (this.throwOnWrite) throw this.throwOnWrite;
		this.writes.push({ data, options });
		return FakeClient.window;
	}
	read(count: number): ArrayBuffer {
		const piece = this.incoming.slice(0, count);
		this.incoming = this.incoming.slice(count);
		return piece.buffer;
	}
	close(): void {
		assert.not(this.closed, "closed twice");
		this.closed = true;
	}

	/** What the socket under the client reads, through whatever the session put around it. */
	socketReads(data: Uint8Array): void {
		const { socket } = this.options as { socket: { io?: new (options: object) => { read(): unknown } } };
		FakeSocket.next = data;
		assert.ok(socket.io);
		new socket.io(socket).read();
	}
	/** TLS stands. */
	login(): void {
		this.#secured = true;
		this.secure.onConnected();
		this.secure.onSecured({ version: "TLSv1.2" });
	}
	accept(): void {
		this.login();
		this.options.onControl({ operation: operations.CONNACK, returnCode: 0 });
		this.options.onWritable(FakeClient.window);
	}
	grant(code = 1): void {
		this.options.onControl({
			operation: operations.SUBACK,
			id: this.last(operations.SUBSCRIBE).id ?? 0,
			payload: [code],
		});
	}
	acknowledge(id: number): void {
		this.options.onControl({ operation: operations.PUBACK, id });
	}
	deliver(topic: string, text: string, pieces = 1): void {
		const bytes = new TextEncoder().encode(text);
		const size = Math.ceil(bytes.length / pieces);
		for (let offset = 0; offset < bytes.length; offset += size) {
			this.incoming = bytes.slice(offset, offset + size);
			const first = offset === 0 ? { topic, byteLength: bytes.length, QoS: 1 } : {};
			this.options.onReadable(this.incoming.length, { ...first, more: offset + size < bytes.length });
		}
	}
	/** What happens when the far end closes: a TLS socket says so, then the client. */
	fail(reason: "peer-closed" | "truncated" = "peer-closed"): void {
		if (this.#secured) this.secure.onFailure(Object.assign(new Error(reason), { reason, ended: true }));
		this.giveUp();
	}
	/** What happens when the network fails. */
	lose(): void {
		this.fail("truncated");
	}
	/** The client itself has had enough. */
	giveUp(): void {
		this.options.onError();
	}
	of(operation: number): WriteOptions[] {
		return this.writes.map(({ options }) => options).filter(options => options.operation === operation);
	}
	last(operation: number): WriteOptions {
		const written = this.of(operation).at(-1);
		assert.ok(written, `no packet ${operation} was written`);
		return written;
	}
}

/** A session in virtual time over the fake client, ready or not, and what a test asks of it. */
export function setUp(overrides: Partial<SessionOptions> = {}) {
	FakeClient.all = [];
	FakeClient.window = 4096;
	const time = new VirtualTime();
	const events: { name: string; fields: Record<string, unknown> }[] = [];
	const messages: Message[] = [];
	let ready = 0;
	const session = new Session({
		io: FakeClient,
		host: "a-ats.iot.r.amazonaws.com",
		port: 8883,
		clientId: "BABQ",
		keepAlive: 60,
		dns: {},
		socket: { io: watchConnack(FakeSocket), secure: { trustedRoots: "kept" } },
		subscriptions: [{ topic: "t", QoS: 1 }],
		timer: time.timer,
		now: time.now,
		random: () => 1 - 2 ** -32,
		report: (name, fields = {}) => events.push({ name, fields }),
		onReady: () => {
			ready += 1;
		},
		onMessage: message => messages.push(message),
		...overrides,
	});
	const client = () => {
		const last = FakeClient.all.at(-1);
		assert.ok(last);
		return last;
	};
	const error = () => String(events.filter(({ name }) => name === "error").at(-1)?.fields.message);
	const retry = () => Number(events.filter(({ name }) => name === "retry").at(-1)?.fields.seconds);
	const up = () => {
		client().accept();
		client().grant();
	};
	return { session, time, events, messages, client, error, retry, up, readies: () => ready };
}

export const bytes = (text: string) => new TextEncoder().encode(text);
