// SPDX-License-Identifier: MIT
/** The MQTT client inside XS, over the host's own name resolver and TCP, against mosquitto. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../../tools/build/build.js";
import { Broker, freePort } from "./broker.js";

/** Runs a module inside XS to its end. */
async function run(module: string, config: object): Promise<{ status: number | null; output: string }> {
	const { executable, modules } = await build();
	const child = spawn(executable, [modules, module, JSON.stringify(config)], {
		stdio: ["ignore", "pipe", "pipe"],
		timeout: 30_000,
	});
	let output = "";
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding("utf8").on("data", text => {
			output += text;
		});
	const [status] = (await once(child, "close")) as [number | null];
	return { status, output };
}

const broker = new Broker();
const test = suite("mqttclient inside XS against mosquitto");

test.before(() => broker.start());
test.after(() => broker.stop());

test("messages of up to 128 KB come back to the byte, and the program ends by itself", async () => {
	const { status, output } = await run("tests/xs/host/mqtt/echo", { host: "localhost", port: broker.open });
	assert.is(output, "echoed 9 messages of 152092 bytes\n");
	assert.is(status, 0);
});

test("a refused connection is reported", async () => {
	const { status, output } = await run("tests/xs/host/mqtt/echo", {
		host: "localhost",
		port: broker.guarded,
		debug: 1,
	});
	assert.match(output, "mqttClient error: connection rejected: 5, not authorized");
	assert.is(status, 1);
});

test("a port where nobody listens is reported", async () => {
	const { status, output } = await run("tests/xs/host/mqtt/echo", {
		host: "localhost",
		port: await freePort(),
		debug: 1,
	});
	assert.match(output, "mqttClient error: connection lost");
	assert.is(status, 1);
});

test("a name that does not exist is reported", async () => {
	const { status, output } = await run("tests/xs/host/mqtt/echo", {
		host: "nowhere.invalid",
		port: broker.open,
		debug: 1,
	});
	assert.match(output, "mqttClient error: host not found");
	assert.is(status, 1);
});

test.run();
