// SPDX-License-Identifier: MIT
/** mosquitto's own clients meet at iot-core what they meet at AWS. */
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { type DeviceIdentity, Fixture, type Run, run } from "./fixture.js";
import { LoopbackProxy } from "./socks.js";

interface Context {
	fixture: Fixture;
	device: DeviceIdentity;
	proxy: LoopbackProxy;
}

const test = suite<Context>("mosquitto's clients");

test.before(async context => {
	context.fixture = await Fixture.start();
	context.device = await context.fixture.makeRegisteredDevice();
	context.proxy = await LoopbackProxy.start();
});

test.after(async ({ fixture, proxy }) => {
	await fixture.close();
	await proxy.close();
});

function mosquitto(
	program: "mosquitto_sub" | "mosquitto_pub",
	{ fixture: { core }, device, proxy }: Context,
	clientId: string,
	args: string[],
	input?: string,
): Promise<Run> {
	return run(
		program,
		[
			"--proxy",
			proxy.url,
			"-h",
			core.endpoint,
			"-p",
			String(core.devicePort),
			"-V",
			"mqttv311",
			"-i",
			clientId,
			"--cafile",
			core.rootCaFile,
			"--cert",
			device.certificateFile,
			"--key",
			device.keyFile,
			...args,
		],
		input === undefined ? {} : { input },
	);
}

const filters = (count: number) => Array.from({ length: count }, (_, index) => ["-t", `filter/${index}`]).flat();

test("eight topic filters in one SUBSCRIBE are granted, and nine end the connection", async context => {
	const eight = await mosquitto("mosquitto_sub", context, "eight", [...filters(8), "-q", "1", "-E"]);
	assert.is(eight.status, 0, eight.stderr);
	const nine = await mosquitto("mosquitto_sub", context, "nine", [...filters(9), "-q", "1", "-E", "-W", "3"]);
	assert.is.not(nine.status, 0);
	await context.fixture.logged(/^refused nine .*: 9 topic filters in one packet, more than 8 \(SUBSCRIBE\)$/);
});

test("a SUBSCRIBE at QoS 2 has no answer", async context => {
	const { status } = await mosquitto("mosquitto_sub", context, "sub-2", ["-t", "a", "-q", "2", "-E", "-W", "2"]);
	assert.is(status, 27);
	await context.fixture.logged(/^ignored sub-2 .*: QoS 2 is not supported \(SUBSCRIBE\)$/);
});

test("a retained message comes for its own topic and not for a wildcard", async context => {
	assert.is(
		(await mosquitto("mosquitto_pub", context, "keeper", ["-t", "kept/x", "-q", "1", "-r", "-m", "state"])).status,
		0,
	);
	assert.equal(
		await mosquitto("mosquitto_sub", context, "exact", ["-t", "kept/x", "-C", "1", "-W", "10", "-F", "%r %p"]),
		{ status: 0, stdout: "1 state\n", stderr: "" },
	);
	assert.is((await mosquitto("mosquitto_sub", context, "wild", ["-t", "kept/#", "-C", "1", "-W", "2"])).stdout, "");
	assert.is((await mosquitto("mosquitto_pub", context, "keeper", ["-t", "kept/x", "-q", "1", "-r", "-n"])).status, 0);
});

test("a persistent session keeps what came while its client was away", async context => {
	assert.is((await mosquitto("mosquitto_sub", context, "away", ["-c", "-t", "stored", "-q", "1", "-E"])).status, 0);
	const published = await mosquitto(
		"mosquitto_pub",
		context,
		"writer",
		["-t", "stored", "-q", "1", "-l"],
		"one\ntwo\nthree\n",
	);
	assert.is(published.status, 0, published.stderr);
	assert.equal(
		await mosquitto("mosquitto_sub", context, "away", ["-c", "-t", "stored", "-q", "1", "-C", "3", "-W", "10"]),
		{ status: 0, stdout: "one\ntwo\nthree\n", stderr: "" },
	);
});

test("a payload of 128 KB passes whole, and a byte more ends the connection", async context => {
	const payload = "x".repeat(128 * 1024);
	const subscriber = mosquitto("mosquitto_sub", context, "large-sub", [
		"-t",
		"large",
		"-q",
		"1",
		"-C",
		"1",
		"-W",
		"10",
		"-F",
		"%l",
	]);
	await context.fixture.logged(/^subscribed large-sub /);
	assert.is(
		(await mosquitto("mosquitto_pub", context, "large-pub", ["-t", "large", "-q", "1", "-s"], payload)).status,
		0,
	);
	assert.is((await subscriber).stdout, "131072\n");
	const refused = mosquitto(
		"mosquitto_pub",
		context,
		"too-large",
		["-t", "large", "-q", "1", "-s", "--repeat", "1"],
		`${payload}x`,
	);
	await context.fixture.logged(/^refused too-large .*: the payload has 131073 bytes, more than 131072 \(PUBLISH\)$/);
	assert.is.not((await refused).status, 0);
});

test("a last will is published when mosquitto's client is killed off by another with its id", async context => {
	const watcher = mosquitto("mosquitto_sub", context, "will-sub", ["-t", "will/+", "-C", "1", "-W", "10", "-v"]);
	await context.fixture.logged(/^subscribed will-sub /);
	const first = mosquitto("mosquitto_sub", context, "twice", [
		"-t",
		"a",
		"-W",
		"3",
		"--will-topic",
		"will/twice",
		"--will-payload",
		"gone",
	]);
	await context.fixture.logged(/^subscribed twice /);
	const second = await mosquitto("mosquitto_pub", context, "twice", ["-t", "b", "-q", "1", "-m", "x"]);
	assert.is(second.status, 0, second.stderr);
	assert.is((await watcher).stdout, "will/twice gone\n");
	await first;
});

test.run();
