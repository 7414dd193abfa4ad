// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Packet, Sntp, type TimeAnswer } from "../../../esp32/platform/sntp.js";
import { VirtualTime } from "../virtual-time.js";

const server = "192.0.2.123";
const time = 1_795_300_000;
const epoch = 2_208_988_800;

class FakeUdp {
	static all: FakeUdp[] = [];
	static refuses = false;
	readonly sent: { packet: Uint8Array; address: string; port: number }[] = [];
	closed = false;
	readonly #onReadable: (count: number) => void;
	#packets: Packet[] = [];

	constructor({ onReadable }: { onReadable(count: number): void }) {
		this.#onReadable = onReadable;
		FakeUdp.all.push(this);
	}
	write(packet: ArrayBuffer, address: string, port: number): void {
		if (FakeUdp.refuses) throw new Error("no route");
		this.sent.push({ packet: new Uint8Array(packet.slice(0)), address, port });
	}
	read(): Packet | undefined {
		return this.#packets.shift();
	}
	close(): void {
		assert.not(this.closed);
		this.closed = true;
	}
	deliver(...packets: Packet[]): void {
		this.#packets.push(...packets);
		if (!this.closed) this.#onReadable(this.#packets.length);
	}
}

function ask(address: string | undefined = server) {
	const clock = new VirtualTime();
	const answers: TimeAnswer[] = [];
	let random = 0;
	FakeUdp.all = [];
	FakeUdp.refuses = false;
	const sntp = new Sntp({
		io: FakeUdp,
		resolve: (_host, onResolved) => onResolved(address),
		random: length => Uint8Array.from({ length }, () => (random = (random * 75 + 74) % 65_537) & 0xff),
		now: clock.now,
		timer: clock.timer,
	});
	sntp.ask("pool.ntp.org", answer => answers.push(answer));
	assert.equal(answers, [], "not from within");
	clock.advance(0);
	return { clock, answers, socket: FakeUdp.all[0] as FakeUdp };
}

interface Forgery {
	length?: number;
	header?: number;
	stratum?: number;
	originate?: Uint8Array;
	seconds?: number;
	fraction?: number;
	address?: string;
	port?: number;
}

/** A server's answer to the last request, or something like it. */
function answerTo(socket: FakeUdp, forgery: Forgery = {}): Packet {
	const { header = 0x24, stratum = 2, seconds = time + epoch, fraction = 0, address = server, port = 123 } = forgery;
	const request = socket.sent.at(-1)?.packet ?? new Uint8Array(48);
	const packet = new Uint8Array(forgery.length ?? 48);
	packet[0] = header;
	packet[1] = stratum;
	if (packet.length >= 48) {
		packet.set(forgery.originate ?? request.subarray(40, 48), 24);
		new DataView(packet.buffer).setUint32(40, seconds);
		new DataView(packet.buffer).setUint32(44, fraction);
	}
	return Object.assign(packet.buffer, { address, port });
}

test("the request is a client's of version 4 with a random timestamp, to port 123", () => {
	const { socket, clock } = ask();
	const [first] = socket.sent;
	assert.equal([first?.packet.length, first?.packet[0], first?.address, first?.port], [48, 0x23, server, 123]);
	assert.ok(
		first?.packet.subarray(1, 40).every(byte => byte === 0),
		"nothing of the device is in it",
	);
	clock.advance(5_000);
	assert.not.equal(socket.sent[1]?.packet.subarray(40), first?.packet.subarray(40), "another one each time");
});

test("the server's time comes with its fraction and half the way", () => {
	const { answers, clock, socket } = ask();
	clock.advance(400);
	socket.deliver(answerTo(socket, { fraction: 2 ** 31 }));
	assert.equal(answers, [time + 0.5 + 0.2]);
	assert.ok(socket.closed);
	assert.is(clock.pending, 0);
});

test("after 2036 the counter begins again", () => {
	const { answers, socket } = ask();
	socket.deliver(answerTo(socket, { seconds: 1_000 }));
	assert.equal(answers, [2 ** 32 - epoch + 1_000]);
});

const forgeries: Record<string, Forgery> = {
	"from another address": { address: "192.0.2.66" },
	"from another port": { port: 1_123 },
	"to no question": { originate: new Uint8Array(8) },
	"to another question": { originate: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
	"that is too short": { length: 47 },
	"that is empty": { length: 0 },
	"of a client": { header: 0x23 },
	"by broadcast": { header: 0x25 },
};

for (const [what, forgery] of Object.entries(forgeries))
	test(`a packet ${what} is passed over, and the right one after it counts`, () => {
		const { answers, socket } = ask();
		socket.deliver(answerTo(socket, { seconds: 5, ...forgery }));
		assert.equal(answers, []);
		socket.deliver(answerTo(socket, { seconds: 5, ...forgery }), answerTo(socket));
		assert.equal(answers, [time]);
	});

test("an answer to an earlier request of ours comes too late", () => {
	const { answers, clock, socket } = ask();
	const old = answerTo(socket);
	clock.advance(5_000);
	socket.deliver(old);
	assert.equal(answers, []);
});

for (const [what, forgery, words] of [
	["refuses", { stratum: 0 }, /refuses/],
	["has no time itself", { header: 0xe4 }, /not synchronised/],
	["has a stratum beyond 15", { stratum: 16 }, /not synchronised/],
	["leaves its timestamp empty", { seconds: 0 }, /empty/],
	["sets all bits of its timestamp", { seconds: 0xffffffff }, /empty/],
] as const)
	test(`a server that ${what} is no answer`, () => {
		const { answers, socket } = ask();
		socket.deliver(answerTo(socket, forgery));
		assert.is(answers.length, 1);
		assert.match(String(answers[0]), words);
	});

test("without an answer it asks four times, then says so once", () => {
	const { answers, clock, socket } = ask();
	clock.advance(60_000);
	assert.is(socket.sent.length, 4);
	assert.equal(answers, ["no answer that fits the question came"]);
	assert.ok(socket.closed);
	assert.is(clock.pending, 0);
});

test("a network without a way out is tried again", () => {
	const { answers, clock, socket } = ask();
	FakeUdp.refuses = true;
	clock.advance(5_000);
	FakeUdp.refuses = false;
	clock.advance(5_000);
	socket.deliver(answerTo(socket));
	assert.equal(answers, [time]);
});

test("a name that is not resolved, or not in time, is said", () => {
	const clock = new VirtualTime();
	const answers: TimeAnswer[] = [];
	const options = { io: FakeUdp, random: () => new Uint8Array(8), now: clock.now, timer: clock.timer };
	new Sntp({ ...options, resolve: (_host, onResolved) => onResolved(undefined) }).ask("x", answer =>
		answers.push(answer),
	);
	new Sntp({ ...options, resolve: () => undefined }).ask("x", answer => answers.push(answer));
	clock.advance(60_000);
	assert.equal(answers, ["its name was not resolved", "its name was not resolved in time"]);
});

test.run();
