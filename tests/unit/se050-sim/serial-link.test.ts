// SPDX-License-Identifier: MIT
import { Duplex } from "node:stream";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Bus } from "../../../tools/se050-sim/bus/bus.js";
import { encodeResponse, type LinkRequest, responseTypes } from "../../../tools/se050-sim/link/link-protocol.js";
import { SerialLink } from "../../../tools/se050-sim/link/serial-link.js";
import { bytes } from "./host.js";

interface Context {
	/** Sends bytes at a time of the machine's clock; gives the types of the responses that came for them. */
	send(digits: string, milliseconds?: number): Promise<number[]>;
	performed: string[];
	errors: unknown[];
	/** Holds the response to each following request back, until it is called. */
	hold(): () => void;
	/** The sentence of the last ERROR. */
	sentence(): string;
}

const hello = "01 0005 02 00061A80";
const time = "05 0000";
const { welcome, ack, error } = responseTypes;

const serial = suite<Context>("the link over a serial line");

serial.before.each(context => {
	const written: Buffer[] = [];
	let clock = 0;
	let held: Promise<void> = Promise.resolve();
	context.performed = [];
	context.errors = [];
	const line = new Duplex({
		read() {},
		write(chunk: Buffer, _, done) {
			written.push(chunk);
			done();
		},
	});
	const bus = {
		async perform({ type }: LinkRequest) {
			context.performed.push(type);
			await held;
			if (type === "ena") throw new Error("the disk is full");
			return encodeResponse(type === "hello" ? welcome : ack, 0);
		},
	} as unknown as Bus;
	new SerialLink(
		line,
		{ bus, now: () => 0, onError: failure => context.errors.push(failure) },
		{ milliseconds: () => clock },
	);
	context.send = async (digits, milliseconds = 1) => {
		clock += milliseconds;
		const before = written.length;
		line.push(bytes(digits));
		await new Promise(resolve => setImmediate(resolve));
		return written.slice(before).map(message => message[0]!);
	};
	context.hold = () => {
		let release = () => {};
		held = new Promise(resolve => (release = resolve));
		return release;
	};
	context.sentence = () => written.at(-1)!.subarray(11).toString();
});

serial("a HELLO and requests are answered, also in pieces", async ({ send }) => {
	assert.equal(await send(hello), [welcome]);
	assert.equal(await send(time), [ack]);
	assert.equal(await send("05"), []);
	assert.equal(await send("00"), []);
	assert.equal(await send("00"), [ack]);
});

serial(
	"what a boot loader prints before HELLO is passed over, even when it looks like a beginning",
	async ({ send, performed }) => {
		const noise = Buffer.from("ets Jul 29 2019 12:21:46\r\nrst:0x1 (POWERON_RESET)\r\n").toString("hex");
		assert.equal(await send(noise), []);
		assert.equal(await send("FF 01 00 01 00 05 03"), []);
		assert.equal(await send(`01 00 05 03 01 00 ${hello}`), [welcome]);
		assert.equal(performed, ["hello"]);
	},
);

serial("a request before HELLO is not performed", async ({ send, performed }) => {
	assert.equal(await send(time), []);
	assert.equal(performed, []);
});

serial("a board that was reset in the middle of a request begins again with HELLO", async ({ send }) => {
	await send(hello);
	assert.equal(await send("02 0104 48 00 5A"), []);
	assert.equal(await send(hello, 500), [welcome]);
	assert.equal(await send(time), [ack]);
});

serial("a request is continued after 100 ms, and not after more", async ({ send }) => {
	await send(hello);
	await send("05 00");
	assert.equal(await send("00", 100), [ack]);
	await send("05 00");
	assert.equal(await send(time, 101), [ack]);
});

serial("a response to a board that was reset since is not sent", async ({ send, hold, performed }) => {
	await send(hello);
	const release = hold();
	assert.equal(await send(time), []);
	assert.equal(await send(hello), []);
	release();
	assert.equal(await send(""), [welcome]);
	assert.equal(performed, ["hello", "time", "hello"]);
});

serial(
	"what is not the protocol is answered by ERROR, and the line waits for HELLO",
	async ({ send, sentence, errors }) => {
		for (const [wrong, words] of [
			["77 0000", /no request of type 119/],
			["05 0401", /longer than 1024/],
			["03 0004 48 00 0000", /READ asks for 0 bytes/],
		] as const) {
			await send(hello);
			assert.equal(await send(wrong), [error]);
			assert.match(sentence(), words);
			assert.equal(await send(time), []);
		}
		assert.equal(await send(hello), [welcome]);
		assert.equal(errors, []);
	},
);

serial("a second request before the response is refused", async ({ send, hold, sentence }) => {
	await send(hello);
	const release = hold();
	await send(time);
	assert.equal(await send(time), [error]);
	assert.match(sentence(), /before the response to the one before/);
	release();
	assert.equal(await send(""), []);
});

serial("a failure of the simulator is reported to the board and to its owner", async ({ send, errors }) => {
	await send(hello);
	assert.equal(await send("06 0001 01"), [error]);
	assert.match(String(errors[0]), /disk is full/);
});

serial.run();
