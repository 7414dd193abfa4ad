// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { DetachPolicyCommand, UpdateCertificateCommand } from "@aws-sdk/client-iot";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { allowAll, type DeviceIdentity, Fixture, happened, nextMessage, run } from "./fixture.js";
import { LoopbackProxy } from "./socks.js";

const test = suite<{ fixture: Fixture; device: DeviceIdentity; proxy: LoopbackProxy }>("MQTT on the device endpoint");

test.before(async context => {
	context.fixture = await Fixture.start();
	context.device = await context.fixture.makeRegisteredDevice();
	context.proxy = await LoopbackProxy.start();
});

test.after(async ({ fixture, proxy }) => {
	await fixture.close();
	await proxy.close();
});

/** ARN of a client, topic or topic filter of the fixture's account. */
function arn({ core }: Fixture, resource: string): string {
	return `arn:aws:iot:${core.region}:${core.account}:${resource}`;
}

/** What mosquitto's clients need to reach the endpoint by its name. */
function mosquittoArguments(
	{ core }: Fixture,
	device: DeviceIdentity,
	proxy: LoopbackProxy,
	clientId: string,
): string[] {
	return [
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
	];
}

for (const version of ["tlsv1.2", "tlsv1.3"])
	test(`mosquitto's clients echo at QoS 1 over ${version}, checking the server's chain and name`, async ({
		fixture,
		device,
		proxy,
	}) => {
		const topic = `mosquitto/${version}`;
		const subscriber = run("mosquitto_sub", [
			...mosquittoArguments(fixture, device, proxy, `sub-${version}`),
			"--tls-version",
			version,
			"-t",
			topic,
			"-q",
			"1",
			"-C",
			"1",
			"-W",
			"10",
		]);
		await fixture.logged(new RegExp(`^subscribed sub-${version} .*: ${topic} at QoS 1`));
		const published = await run("mosquitto_pub", [
			...mosquittoArguments(fixture, device, proxy, `pub-${version}`),
			"--tls-version",
			version,
			"-t",
			topic,
			"-q",
			"1",
			"-m",
			"hello",
		]);
		assert.is(published.status, 0, published.stderr);
		assert.equal(await subscriber, { status: 0, stdout: "hello\n", stderr: "" });
	});

for (const qos of [0, 1] as const)
	test(`mqtt.js gets its own message back at QoS ${qos}`, async ({ fixture, device }) => {
		const client = fixture.connect(device, { clientId: `mqttjs-${qos}` });
		await happened(client, "connect");
		await client.subscribeAsync("mqttjs/echo", { qos });
		const message = nextMessage(client);
		await client.publishAsync("mqttjs/echo", `QoS ${qos}`, { qos });
		assert.is(await message, `mqttjs/echo QoS ${qos}`);
		await client.endAsync();
	});

test("a retained message comes to who subscribes later", async ({ fixture, device }) => {
	const first = fixture.connect(device, { clientId: "retaining" });
	await first.publishAsync("retained/topic", "kept", { qos: 1, retain: true });
	await first.endAsync();
	const second = fixture.connect(device, { clientId: "late" });
	const message = nextMessage(second);
	await second.subscribeAsync("retained/topic");
	assert.is(await message, "retained/topic kept");
	await second.endAsync();
});

test("the newest connection with a client id stays, and the log says why the other went", async ({
	fixture,
	device,
}) => {
	const first = fixture.connect(device, { clientId: "twice" });
	await happened(first, "connect");
	const dropped = happened(first, "close");
	const second = fixture.connect(device, { clientId: "twice" });
	await Promise.all([dropped, happened(second, "connect")]);
	await fixture.logged(/^disconnecting twice .*: DUPLICATE_CLIENT_ID/);
	await second.subscribeAsync("twice/echo");
	const message = nextMessage(second);
	await second.publishAsync("twice/echo", "still here");
	assert.is(await message, "twice/echo still here");
	await second.endAsync();
});

test("of many connections at once with one client id exactly one stays", async ({ fixture, device }) => {
	const clients = new Set(Array.from({ length: 10 }, () => fixture.connect(device, { clientId: "crowd" })));
	await new Promise<void>(resolve =>
		clients.forEach(client =>
			client.once("close", () => {
				clients.delete(client);
				if (clients.size === 1) resolve();
			}),
		),
	);
	const [last] = clients;
	assert.ok(last);
	if (!last.connected) await happened(last, "connect");
	await last.subscribeAsync("crowd/echo");
	const message = nextMessage(last);
	await last.publishAsync("crowd/echo", "alone", { qos: 1 });
	assert.is(await message, "crowd/echo alone");
	await last.endAsync();
});

test("a last will is published when its connection is lost, not when it is ended", async ({ fixture, device }) => {
	const watcher = fixture.connect(device, { clientId: "watcher" });
	await watcher.subscribeAsync("will/#");
	const ending = fixture.connect(device, {
		clientId: "ending",
		will: { topic: "will/ending", payload: Buffer.from("no") },
	});
	await happened(ending, "connect");
	await ending.endAsync();
	const lost = fixture.connect(device, {
		clientId: "lost",
		will: { topic: "will/lost", payload: Buffer.from("gone") },
	});
	await happened(lost, "connect");
	const message = nextMessage(watcher);
	lost.stream.destroy();
	assert.is(await message, "will/lost gone");
	await watcher.endAsync();
});

test("a short keep-alive is moved to 30 s, none and a long one to 1200 s", async ({ fixture, device }) => {
	for (const [asked, granted] of [
		[10, 30],
		[0, 1200],
		[5000, 1200],
		[60, 60],
	] as const) {
		const client = fixture.connect(device, { clientId: `keepalive-${asked}`, keepalive: asked });
		await fixture.logged(new RegExp(`^connected keepalive-${asked} .* keep-alive ${granted} s$`));
		await client.endAsync();
	}
});

/** Connects, does something, and waits until the endpoint has closed the connection. */
async function closedAfter(
	fixture: Fixture,
	device: DeviceIdentity,
	clientId: string,
	act: (client: ReturnType<Fixture["connect"]>) => unknown,
): Promise<void> {
	const client = fixture.connect(device, { clientId });
	await happened(client, "connect");
	const closed = happened(client, "close");
	act(client);
	await closed;
}

test("a client id that no policy allows is refused without CONNACK", async ({ fixture }) => {
	const device = await fixture.makeRegisteredDevice([
		{ Effect: "Allow", Action: "iot:Connect", Resource: arn(fixture, "client/mine") },
	]);
	const client = fixture.connect(device, { clientId: "yours" });
	let connacks = 0;
	client.on("packetreceive", () => connacks++);
	await happened(client, "close");
	assert.is(connacks, 0);
	await fixture.logged(/^refused yours .*: no attached policy allows iot:Connect on yours$/);
});

test("a certificate without any policy may do nothing", async ({ fixture }) => {
	const device = await fixture.makeDevice();
	await fixture.register(device);
	await happened(fixture.connect(device, { clientId: "without-policy" }), "close");
	await fixture.logged(/^refused without-policy .*: no attached policy allows iot:Connect/);
});

test("a forbidden publish closes the connection and reaches nobody", async ({ fixture, device }) => {
	const forbidden = await fixture.makeRegisteredDevice([
		...allowAll,
		{ Effect: "Deny", Action: "iot:Publish", Resource: arn(fixture, "topic/secret") },
	]);
	const watcher = fixture.connect(device, { clientId: "secret-watcher" });
	await watcher.subscribeAsync(["secret", "open"]);
	const message = nextMessage(watcher);
	await closedAfter(fixture, forbidden, "publisher", client => {
		client.publish("secret", "told");
		client.publish("open", "behind it");
	});
	await fixture.logged(/^refused publisher .*: a policy denies iot:Publish on secret$/);
	await watcher.publishAsync("open", "only this");
	assert.is(await message, "open only this");
	await watcher.endAsync();
});

test("a forbidden subscription closes the connection", async ({ fixture }) => {
	const device = await fixture.makeRegisteredDevice([
		{ Effect: "Allow", Action: "iot:Connect", Resource: "*" },
		{ Effect: "Allow", Action: "iot:Subscribe", Resource: arn(fixture, "topicfilter/mine") },
	]);
	await closedAfter(fixture, device, "subscriber", client => client.subscribe("#"));
	await fixture.logged(/^refused subscriber .*: no attached policy allows iot:Subscribe on #$/);
});

test("a message that a device may not receive does not come to it", async ({ fixture, device }) => {
	const limited = await fixture.makeRegisteredDevice([
		{ Effect: "Allow", Action: ["iot:Connect", "iot:Subscribe"], Resource: "*" },
		{ Effect: "Allow", Action: "iot:Receive", Resource: arn(fixture, "topic/receive/mine") },
	]);
	const client = fixture.connect(limited, { clientId: "receiver" });
	await client.subscribeAsync("receive/#");
	const message = nextMessage(client);
	const publisher = fixture.connect(device, { clientId: "receive-publisher" });
	await publisher.publishAsync("receive/yours", "no", { qos: 1 });
	await publisher.publishAsync("receive/mine", "yes", { qos: 1 });
	assert.is(await message, "receive/mine yes");
	await fixture.logged(/^withheld from receiver .*: no attached policy allows iot:Receive on receive\/yours$/);
	await client.endAsync();
	await publisher.endAsync();
});

test("retaining needs iot:RetainPublish", async ({ fixture }) => {
	const device = await fixture.makeRegisteredDevice([
		{ Effect: "Allow", Action: ["iot:Connect", "iot:Publish"], Resource: "*" },
	]);
	await closedAfter(fixture, device, "retainer", client => client.publish("kept", "x", { retain: true }));
	await fixture.logged(/^refused retainer .*: no attached policy allows iot:RetainPublish on kept$/);
});

test("a message at QoS 2 is neither answered nor sent on, and the connection stays", async ({ fixture, device }) => {
	const client = fixture.connect(device, { clientId: "qos-2-publish" });
	await client.subscribeAsync("qos-2");
	const answers: string[] = [];
	client.on("packetreceive", ({ cmd }) => answers.push(cmd));
	client.publish("qos-2", "not this", { qos: 2 });
	await fixture.logged(/^ignored qos-2-publish .*: QoS 2 is not supported \(PUBLISH\)$/);
	const message = nextMessage(client);
	await client.publishAsync("qos-2", "this", { qos: 1 });
	assert.is(await message, "qos-2 this");
	assert.equal(answers.sort(), ["puback", "publish"]);
	await client.endAsync(true);
});

test("a subscription at QoS 2 is neither answered nor made, and the connection stays", async ({ fixture, device }) => {
	const client = fixture.connect(device, { clientId: "qos-2-subscribe" });
	await client.subscribeAsync("qos-1", { qos: 1 });
	const answers: string[] = [];
	client.on("packetreceive", ({ cmd }) => answers.push(cmd));
	client.subscribe({ "qos-2": { qos: 2 }, "qos-0": { qos: 0 } });
	await fixture.logged(/^ignored qos-2-subscribe .*: QoS 2 is not supported \(SUBSCRIBE\)$/);
	const message = nextMessage(client);
	for (const topic of ["qos-2", "qos-0", "qos-1"]) await client.publishAsync(topic, "x", { qos: 1 });
	assert.is(await message, "qos-1 x");
	assert.not(answers.includes("suback"));
	await client.endAsync(true);
});

test("reserved topics and reserved filters close the connection", async ({ fixture, device }) => {
	await closedAfter(fixture, device, "reserved-topic", client => client.publish("$aws/events/x", "b"));
	await fixture.logged(/^refused reserved-topic .*: the topic \$aws\/events\/x is reserved/);
	await closedAfter(fixture, device, "reserved-filter", client => client.subscribe("$SYS/#"));
	await fixture.logged(/^refused reserved-filter .*: the topic filter \$SYS\/# is reserved/);
});

for (const [name, clientId, reason] of [
	["that begins with $", "$device", /the client id \$device begins with \$/],
	["of 129 bytes", "é".repeat(64) + "x", /the client id has 129 bytes, more than 128/],
] as const)
	test(`a client id ${name} is refused`, async ({ fixture, device }) => {
		await happened(fixture.connect(device, { clientId }), "close");
		await fixture.logged(reason);
	});

test("a client id cannot write a line of its own into the log", async ({ fixture, device }) => {
	const client = fixture.connect(device, { clientId: "a\nrefused b\u001b[2J" });
	await happened(client, "connect");
	await fixture.logged(/^connected a\\u000arefused b\\u001b\[2J \(/);
	await client.endAsync();
});

test("a client id of 128 bytes is accepted", async ({ fixture, device }) => {
	const client = fixture.connect(device, { clientId: "é".repeat(64) });
	await happened(client, "connect");
	await client.endAsync();
});

test("${iot:Certificate.Subject.CommonName} in a policy is the certificate's", async ({ fixture }) => {
	const statements = [
		{ Effect: "Allow", Action: "iot:Connect", Resource: arn(fixture, "client/${iot:Certificate.Subject.CommonName}") },
	] as const;
	const device = await fixture.makeRegisteredDevice([...statements], "CN=chip-0400, O=Someone");
	const client = fixture.connect(device, { clientId: "chip-0400" });
	await happened(client, "connect");
	await client.endAsync();
	await happened(fixture.connect(device, { clientId: "chip-0401" }), "close");
});

test("a certificate's value with + is not put into a policy", async ({ fixture }) => {
	const statements = [
		{ Effect: "Allow", Action: "iot:Connect", Resource: arn(fixture, "client/${iot:Certificate.Subject.CommonName}") },
	] as const;
	const device = await fixture.makeRegisteredDevice([...statements], 'CN="a+b"');
	await happened(fixture.connect(device, { clientId: "a+b" }), "close");
	await fixture.logged(/no attached policy allows iot:Connect on a\+b$/);
});

test("a persistent session needs a policy that lets it", async ({ fixture }) => {
	const condition = { "ForAllValues:StringEquals": { "iot:ConnectAttributes": ["LastWill"] } };
	const device = await fixture.makeRegisteredDevice([
		{ Effect: "Allow", Action: "iot:Connect", Resource: "*", Condition: condition },
	]);
	const clean = fixture.connect(device, { clientId: "clean" });
	await happened(clean, "connect");
	await clean.endAsync();
	await happened(fixture.connect(device, { clientId: "persistent", clean: false }), "close");
	await fixture.logged(/^refused persistent .*: no attached policy allows iot:Connect/);
});

test("a certificate that is no longer ACTIVE loses its connection", async ({ fixture }) => {
	const device = await fixture.makeRegisteredDevice();
	await closedAfter(fixture, device, "deactivated", () =>
		fixture.client.send(new UpdateCertificateCommand({ certificateId: device.certificateId, newStatus: "INACTIVE" })),
	);
	await fixture.logged(/^disconnecting deactivated .* is INACTIVE, not ACTIVE$/);
});

test("a certificate whose policy is detached loses its connection", async ({ fixture }) => {
	const device = await fixture.makeDevice();
	await fixture.register(device);
	const policyName = await fixture.allow(device, allowAll);
	await closedAfter(fixture, device, "detached", () =>
		fixture.client.send(new DetachPolicyCommand({ policyName, target: fixture.certificateArn(device) })),
	);
	await fixture.logged(/^refused detached .*: no attached policy allows iot:Connect on detached$/);
});

for (const [name, options, code] of [
	["MQTT 5", { protocolVersion: 5 }, 0x84],
	["MQTT 3.1", { protocolVersion: 3, protocolId: "MQIsdp" }, 1],
] as const)
	test(`${name} is refused by a CONNACK that says so`, async ({ fixture, device }) => {
		const client = fixture.connect(device, { clientId: `version-${options.protocolVersion}`, ...options });
		const failed = new Promise<Error & { code?: number }>(resolve => client.once("error", resolve));
		assert.is((await failed).code, code);
		await fixture.logged(new RegExp(`MQTT protocol level ${options.protocolVersion} is not served`));
		client.end(true);
	});

test("a connection that brings something else than MQTT is closed", async ({ fixture, device }) => {
	const child = spawn(
		"openssl",
		[
			"s_client",
			"-quiet",
			"-connect",
			`127.0.0.1:${fixture.core.devicePort}`,
			"-servername",
			fixture.core.endpoint,
			"-cert",
			device.certificateFile,
			"-key",
			device.keyFile,
		],
		{ stdio: ["pipe", "ignore", "ignore"] },
	);
	const ended = new Promise(resolve => child.once("close", resolve));
	child.stdin.write("GET / HTTP/1.1\r\n\r\n");
	await fixture.logged(/CLIENT_ERROR: /);
	await ended;
});

test.run();
