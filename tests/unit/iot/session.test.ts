import { test } from "uvu";
import * as assert from "uvu/assert";
import { operations, type Client, type ClientOptions, type WriteOptions } from "../../../modules/iot/mqtt.js";
import { Session, type SessionOptions } from "../../../modules/iot/session.js";
import type { Message } from "../../../modules/iot/inbox.js";
import { VirtualTime } from "../virtual-time.js";

interface Secure { onConnected(): void; onSecured(info: object): void; onFailure(error: Error): void; trustedRoots: string }

class FakeSocket {
	static next: Uint8Array = new Uint8Array();

	read(): ArrayBuffer {
		return Uint8Array.from(FakeSocket.next).buffer;
	}
}

/** The SDK's client as the session sees it, with the far end in the test's hands. */
class FakeClient implements Client {
	static all: FakeClient[] = [];
	static window = 4096;
	writes: { data: Uint8Array | null; options: WriteOptions }[] = [];
	closed = false;
	incoming = new Uint8Array();
	throwOnWrite: Error | undefined;

	constructor(readonly options: ClientOptions) {
		FakeClient.all.push(this);
	}
	get secure(): Secure {
		return (this.options.socket as { secure: Secure }).secure;
	}
	write(data: Uint8Array | null, options: WriteOptions = {}): number {
		if (this.throwOnWrite)
			throw this.throwOnWrite;
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
		const { io } = this.options.socket as { io: new () => { read(): unknown } };
		FakeSocket.next = data;
		new io().read();
	}
	accept(): void {
		this.secure.onConnected();
		this.secure.onSecured({ version: "TLSv1.2" });
		this.options.onControl({ operation: operations.CONNACK, returnCode: 0 });
		this.options.onWritable(FakeClient.window);
	}
	grant(code = 1): void {
		this.options.onControl({ operation: operations.SUBACK, id: this.last(operations.SUBSCRIBE).id ?? 0, payload: [code] });
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
	/** What the SDK's client does when its socket ends. */
	fail(): void {
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

function setUp(overrides: Partial<SessionOptions> = {}) {
	FakeClient.all = [];
	FakeClient.window = 4096;
	const time = new VirtualTime();
	const events: { name: string; fields: Record<string, unknown> }[] = [];
	const messages: Message[] = [];
	let ready = 0;
	const session = new Session({
		io: FakeClient, host: "a-ats.iot.r.amazonaws.com", port: 8883, clientId: "BABQ", keepAlive: 60,
		dns: {}, socket: { io: FakeSocket, secure: { trustedRoots: "kept" } },
		subscriptions: [{ topic: "t", QoS: 1 }],
		timer: time.timer, now: time.now, random: () => 1 - 2 ** -32,
		report: (name, fields = {}) => events.push({ name, fields }),
		onReady: () => { ready += 1; },
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

const bytes = (text: string) => new TextEncoder().encode(text);

test("it connects with the client id, keep-alive in milliseconds and a clean session", () => {
	const { client } = setUp();
	const { host, port, id, keepAlive, clean } = client().options;
	assert.equal({ host, port, id, keepAlive, clean }, { host: "a-ats.iot.r.amazonaws.com", port: 8883, id: "BABQ", keepAlive: 60_000, clean: true });
});

test("the socket's own secure options reach the socket beside the session's callbacks", () => {
	assert.is(setUp().client().secure.trustedRoots, "kept");
});

test("it subscribes after CONNACK, once, and is ready after SUBACK", () => {
	const { client, session, readies } = setUp();
	client().accept();
	assert.equal(client().of(operations.SUBSCRIBE).map(({ items }) => items), [[{ topic: "t", QoS: 1 }]]);
	assert.not(session.ready);
	client().grant();
	assert.ok(session.ready);
	assert.is(readies(), 1);
});

test("a SUBACK for another packet id does not count", () => {
	const { client, session } = setUp();
	client().accept();
	client().options.onControl({ operation: operations.SUBACK, id: 999, payload: [1] });
	assert.not(session.ready);
});

test("a refused subscription is named and retried later", () => {
	const { client, error, retry, time } = setUp();
	client().accept();
	client().grant(0x80);
	assert.match(error(), /subscription to t was refused \(SUBACK 0x80\)/);
	assert.is(retry(), 30);
	time.advance(retry() * 1_000);
	assert.is(FakeClient.all.length, 2);
});

test("without a SUBACK it subscribes again with the same packet id, and gives the connection up after three", () => {
	const { client, error, time } = setUp();
	client().accept();
	const first = client();
	time.advance(29_999);
	assert.is(first.of(operations.SUBSCRIBE).length, 3);
	assert.is(new Set(first.of(operations.SUBSCRIBE).map(({ id }) => id)).size, 1);
	time.advance(2);
	assert.match(error(), /No SUBACK in time/);
});

test("how long a CONNACK may take, and a SUBACK before the SUBSCRIBE is repeated, can be set", () => {
	const waiting = setUp({ connackWithin: 500 });
	waiting.time.advance(499);
	assert.is(waiting.error(), "undefined");
	waiting.time.advance(1);
	assert.match(waiting.error(), /./);
	const { client, time } = setUp({ acknowledgeWithin: 200 });
	client().accept();
	time.advance(401);
	assert.is(client().of(operations.SUBSCRIBE).length, 3);
});

test("QoS 0 is refused without a connection and sent with one", () => {
	const { session, client, up } = setUp();
	assert.not(session.publish("t", bytes("x"), 0));
	up();
	assert.ok(session.publish("t", bytes("x"), 0));
	assert.equal(client().last(operations.PUBLISH).QoS, 0);
});

test("QoS 1 is kept before a connection and sent after it", () => {
	const { session, client, up } = setUp();
	assert.ok(session.publish("t", bytes("x"), 1));
	up();
	assert.is(client().of(operations.PUBLISH).length, 1);
});

test("an unacknowledged QoS 1 message is published again with DUP and the same packet id, on the same connection", () => {
	const { session, client, time, up } = setUp();
	up();
	session.publish("t", bytes("x"), 1);
	time.advance(10_001);
	const [first, second] = client().of(operations.PUBLISH);
	assert.is(FakeClient.all.length, 1);
	assert.not(first?.duplicate);
	assert.ok(second?.duplicate);
	assert.is(first?.id, second?.id);
});

test("after PUBACK nothing is published again, and the application is told", () => {
	const acknowledged: number[] = [];
	const { session, client, time, up } = setUp({ onAcknowledged: id => acknowledged.push(id) });
	up();
	session.publish("t", bytes("x"), 1);
	const { id = 0 } = client().last(operations.PUBLISH);
	client().acknowledge(id);
	time.advance(60_000);
	assert.is(client().of(operations.PUBLISH).length, 1);
	assert.equal(acknowledged, [id]);
});

test("a PUBACK for an unknown id changes nothing", () => {
	const { session, client, time, up } = setUp();
	up();
	session.publish("t", bytes("x"), 1);
	client().acknowledge(4711);
	time.advance(10_001);
	assert.is(client().of(operations.PUBLISH).length, 2);
});

test("after a reconnect an unacknowledged QoS 1 message goes out again with DUP and its id; QoS 0 does not", () => {
	const { session, client, time, retry, up } = setUp();
	up();
	session.publish("t", bytes("zero"), 0);
	session.publish("t", bytes("one"), 1);
	const { id } = client().last(operations.PUBLISH);
	client().fail();
	time.advance(retry() * 1_000);
	up();
	const again = client().of(operations.PUBLISH);
	assert.equal(again.map(({ QoS, duplicate, id: sameId }) => ({ QoS, duplicate, sameId })), [{ QoS: 1, duplicate: true, sameId: id }]);
});

test("a full outbox is an answer, not an exception", () => {
	const { session } = setUp({ outboxLimit: 2 });
	assert.equal([1, 2, 3].map(() => session.publish("t", bytes("x"), 1)), [true, true, false]);
});

test("nothing is written beyond what the connection takes", () => {
	const { session, client, up } = setUp();
	FakeClient.window = 300;
	up();
	session.publish("t", new Uint8Array(200), 1);
	assert.is(client().of(operations.PUBLISH).length, 0);
	FakeClient.window = 4096;
	client().options.onWritable(4096);
	assert.is(client().of(operations.PUBLISH).length, 1);
});

test("a message in pieces arrives whole", () => {
	const { client, messages, up } = setUp();
	up();
	client().deliver("t/a", "hello world", 4);
	assert.is(new TextDecoder().decode(messages[0]?.payload), "hello world");
	assert.equal([messages[0]?.topic, messages[0]?.QoS, messages[0]?.byteLength], ["t/a", 1, 11]);
});

test("a message beyond the limit is read whole, and its beginning kept", () => {
	const { client, messages, up } = setUp({ payloadLimit: 5 });
	up();
	client().deliver("t", "hello world", 3);
	client().deliver("t", "next");
	assert.equal(messages.map(({ payload, byteLength }) => [new TextDecoder().decode(payload), byteLength]), [["hello", 11], ["next", 4]]);
});

test("it comes back for ever, with delays that double up to the cap", () => {
	const { client, time, retry } = setUp({ backoff: { base: 1_000, cap: 8_000 } });
	const delays = [];
	for (let i = 0; i < 6; i += 1) {
		client().fail();
		delays.push(retry());
		time.advance(retry() * 1_000 + 1);
	}
	assert.equal(delays, [1, 2, 4, 8, 8, 8]);
	assert.is(FakeClient.all.length, 7);
});

test("a failed client is closed, not inside its own callback, and once", () => {
	const { client, time } = setUp();
	const first = client();
	first.fail();
	assert.not(first.closed);
	time.advance(0);
	assert.ok(first.closed);
});

test("two CONNECTs are never less than a second apart", () => {
	const { client, time } = setUp({ random: () => 0 });
	client().fail();
	time.advance(999);
	assert.is(FakeClient.all.length, 1);
	time.advance(1);
	assert.is(FakeClient.all.length, 2);
});

test("the back-off does not start again on CONNACK, only after a connection that lasted", () => {
	const { client, time, retry, up } = setUp();
	for (const _ of [1, 2, 3]) {
		up();
		client().fail();
		time.advance(retry() * 1_000 + 1);
	}
	assert.is(retry(), 4);
	up();
	time.advance(30_000);
	client().fail();
	assert.is(retry(), 1);
});

test("closed instead of CONNACK: the policy's iot:Connect is named, and the back-off starts long", () => {
	const { client, error, retry } = setUp();
	client().secure.onConnected();
	client().secure.onSecured({});
	client().fail();
	assert.match(error(), /instead of a CONNACK.*iot:Connect on client\/BABQ/);
	assert.is(retry(), 30);
});

test("closed instead of SUBACK: the policy's iot:Subscribe is named", () => {
	const { client, error } = setUp();
	client().accept();
	client().fail();
	assert.match(error(), /instead of a SUBACK.*iot:Subscribe on topicfilter\/t/);
});

test("closed on a PUBLISH: the policy's iot:Publish is named", () => {
	const { session, client, error, up } = setUp();
	up();
	session.publish("t", bytes("x"), 1);
	client().fail();
	assert.match(error(), /after a PUBLISH.*iot:Publish/);
});

test("a drop with a PUBLISH under way is no refusal once another was acknowledged", () => {
	const { session, client, error, retry, up } = setUp();
	up();
	session.publish("t", bytes("x"), 1);
	client().acknowledge(client().last(operations.PUBLISH).id ?? 0);
	session.publish("t", bytes("y"), 1);
	client().fail();
	assert.match(error(), /closed by the far end or lost/);
	assert.is(retry(), 1);
});

test("the socket's own reason is what the person reads", () => {
	const { client, error } = setUp();
	client().secure.onConnected();
	client().secure.onFailure(new Error("The server's certificate has expired."));
	client().fail();
	assert.is(error(), "The server's certificate has expired.");
});

test("a name that is not resolved is named", () => {
	const { client, error } = setUp();
	client().fail();
	assert.match(error(), /The name a-ats\.iot\.r\.amazonaws\.com was not resolved/);
});

test("no CONNACK within the deadline ends the attempt", () => {
	const { client, error, time } = setUp();
	client().secure.onConnected();
	client().secure.onSecured({});
	time.advance(30_000);
	assert.match(error(), /No CONNACK in time/);
});

test("that TLS was closed in an orderly way says less than how far the connection had come", () => {
	const { client, error } = setUp();
	client().accept();
	client().secure.onFailure(Object.assign(new Error("close_notify"), { ended: true }));
	client().fail();
	assert.match(error(), /instead of a SUBACK/);
});

test("an alert is a refusal: the back-off starts long", () => {
	const { client, error, retry } = setUp();
	client().secure.onConnected();
	client().secure.onFailure(Object.assign(new Error("alert 42: bad certificate"), { refused: true }));
	client().fail();
	assert.is(error(), "alert 42: bad certificate");
	assert.is(retry(), 30);
});

test("a CONNACK that refuses is told by its return code, though the client passes none on", () => {
	const { client, error, retry } = setUp();
	client().secure.onConnected();
	client().secure.onSecured({});
	client().socketReads(Uint8Array.of(0x20, 2, 0, 5));
	client().fail();
	assert.match(error(), /refused with return code 5, not authorized/);
	assert.is(retry(), 30);
});

test("a persistent session that is present is not subscribed again", () => {
	const { client, session } = setUp({ persistent: true });
	assert.is(client().options.clean, false);
	client().socketReads(Uint8Array.of(0x20, 2, 1, 0));
	client().accept();
	assert.ok(session.ready);
	assert.is(client().of(operations.SUBSCRIBE).length, 0);
});

test("a persistent session that the far end has lost is subscribed anew", () => {
	const { client, session } = setUp({ persistent: true });
	client().socketReads(Uint8Array.of(0x20, 2, 0, 0));
	client().accept();
	assert.not(session.ready);
	assert.is(client().of(operations.SUBSCRIBE).length, 1);
});

test("session-present of one connection does not count for the next", () => {
	const { client, session, time, retry } = setUp({ persistent: true });
	client().socketReads(Uint8Array.of(0x20, 2, 1, 0));
	client().accept();
	client().fail();
	time.advance(retry() * 1_000);
	client().accept();
	assert.not(session.ready);
});

test("a will goes with the CONNECT", () => {
	const will = { topic: "t/will", message: "gone", QoS: 1, retain: false } as const;
	assert.equal(setUp({ will }).client().options.will, will);
	assert.not("will" in setUp().client().options);
});

test("a payload that is larger than the window goes out in pieces, and nothing between them", () => {
	const { session, client, up } = setUp();
	FakeClient.window = 1_000;
	up();
	const payload = Uint8Array.from({ length: 2_000 }, (_, index) => index);
	session.publish("t", payload, 1);
	session.publish("t", bytes("next"), 1);
	while (client().writes.length < 5)
		client().options.onWritable(1_000);
	const [, ...pieces] = client().writes;
	assert.is(pieces[0]?.options.byteLength, 2_000);
	const sizes = pieces.map(({ data }) => data?.length ?? 0);
	const whole = sizes.findIndex((_, index) => sizes.slice(0, index + 1).reduce((sum, size) => sum + size) === 2_000);
	assert.equal(Buffer.concat(pieces.slice(0, whole + 1).map(({ data }) => data ?? new Uint8Array())), Buffer.from(payload));
	assert.is(pieces[whole + 1]?.data?.length, 4);
});

test("a client that fails while it is made is one failed attempt", () => {
	let tries = 0;
	const io = class extends FakeClient {
		constructor(options: ClientOptions) {
			super(options);
			tries += 1;
			options.onError();
		}
	};
	const { time, retry } = setUp({ io });
	time.advance(0);
	assert.ok(FakeClient.all[0]?.closed);
	time.advance(retry() * 1_000);
	assert.is(tries, 2);
});

test("a client that throws on write is dropped and the message is kept", () => {
	const { session, client, time, error, retry, up } = setUp();
	up();
	client().throwOnWrite = new Error("overflow");
	session.publish("t", bytes("x"), 1);
	assert.is(error(), "overflow");
	time.advance(retry() * 1_000);
	up();
	assert.is(client().of(operations.PUBLISH).length, 1);
});

test("a client whose constructor throws is one failed attempt", () => {
	let tries = 0;
	const io = class {
		constructor() {
			tries += 1;
			throw new Error("no sockets left");
		}
	} as unknown as SessionOptions["io"];
	const { time, error } = setUp({ io });
	assert.is(error(), "no sockets left");
	time.advance(10_000);
	assert.ok(tries > 1);
});

test("closing says DISCONNECT, closes the client and leaves no timer", () => {
	const { session, client, time, up } = setUp();
	up();
	session.publish("t", bytes("x"), 1);
	session.close();
	time.advance(0);
	assert.is(client().of(operations.DISCONNECT).length, 1);
	assert.ok(client().closed);
	assert.is(time.pending, 0);
	assert.not(session.publish("t", bytes("x"), 1));
});

test("closing while it waits for the next attempt ends the waiting", () => {
	const { session, client, time } = setUp();
	client().fail();
	session.close();
	time.advance(200_000);
	assert.is(FakeClient.all.length, 1);
});

test("late news of a dropped client is ignored", () => {
	const { client, time, retry, up } = setUp();
	up();
	const old = client();
	old.fail();
	time.advance(retry() * 1_000);
	old.options.onWritable(10);
	old.options.onControl({ operation: operations.CONNACK });
	old.fail();
	assert.is(FakeClient.all.length, 2);
	assert.is(client().of(operations.SUBSCRIBE).length, 0);
});

test.run();
