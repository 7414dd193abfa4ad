// SPDX-License-Identifier: MIT
/** The way between device and endpoint that the soak tampers with, over real sockets. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Line, Relay } from "../../../tools/soak/line.js";

interface Ends {
	line: Line;
	device: Socket;
	endpoint: Socket;
	/** What the device has received. */
	received(): string;
	/** Settles when the device's side is closed, with the error's code if there is one. */
	closed: Promise<string | undefined>;
}

async function between(body: (ends: Ends) => Promise<void>): Promise<void> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	let line: Line | undefined;
	const relay = await Relay.start((server.address() as AddressInfo).port, made => (line = made));
	const accepted = once(server, "connection") as Promise<[Socket]>;
	const device = connect(relay.port, "127.0.0.1");
	const [endpoint] = await accepted;
	let text = "",
		code: string | undefined;
	endpoint.on("error", () => undefined).resume();
	device
		.on("data", data => (text += data.toString()))
		.on("error", (error: NodeJS.ErrnoException) => (code = error.code));
	const closed = new Promise<string | undefined>(resolve => device.once("close", () => resolve(code)));
	try {
		assert.ok(line);
		await body({ line, device, endpoint, closed, received: () => text });
	} finally {
		relay.close();
		device.destroy();
		endpoint.destroy();
		server.close();
	}
}

/** Waits for what comes over loopback. */
async function until(isThere: () => boolean): Promise<void> {
	for (let tries = 0; tries < 24_000 && !isThere(); tries++) await delay(5);
	assert.ok(isThere());
}

test("what either side sends reaches the other", () =>
	between(async ({ device, endpoint, received }) => {
		let sent = "";
		endpoint.on("data", data => (sent += data.toString()));
		device.write("from the device");
		endpoint.write("from the endpoint");
		await until(() => sent === "from the device" && received() === "from the endpoint");
	}));

test("a connection is cut after so many bytes to the device, not one more", () =>
	between(async ({ line, endpoint, closed, received }) => {
		let cuts = 0;
		line.cutAfter(7, () => (cuts += 1));
		endpoint.write("12345");
		await until(() => received() === "12345");
		assert.is(cuts, 0);
		endpoint.write("67890");
		await closed;
		assert.equal([received(), cuts], ["1234567", 1]);
	}));

test("a connection is cut in the middle of what comes next", () =>
	between(async ({ line, endpoint, closed, received }) => {
		endpoint.write("before ");
		await until(() => received() === "before ");
		line.cutInRecord(() => undefined);
		endpoint.write("12345678");
		await closed;
		assert.is(received(), "before 1234");
	}));

test("a reset is a reset to the device", () =>
	between(async ({ line, closed }) => {
		line.reset();
		assert.is(await closed, "ECONNRESET");
	}));

test("in silence nothing passes and nobody is told, and the endpoint keeps its side when the device goes", () =>
	between(async ({ line, device, endpoint, received, closed }) => {
		let sent = "",
			ended = false;
		endpoint.on("data", data => (sent += data.toString())).on("close", () => (ended = true));
		line.silence();
		device.write("lost");
		endpoint.write("lost");
		await delay(50);
		assert.equal([sent, received(), line.ended], ["", "", false]);
		device.destroy();
		await closed;
		await delay(50);
		assert.is(ended, false);
	}));

test.run();
