// SPDX-License-Identifier: MIT
/** What is not served is refused so that the client's own log has the reason; and the port that is as AWS IoT's 443. */
import { connect as tlsConnect } from "node:tls";
import { parser } from "mqtt-packet";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { encode } from "../../../tools/iot-core/broker/packets.js";
import { type DeviceIdentity, Fixture, happened, nextMessage } from "./fixture.js";
import { RawDevice } from "./raw.js";

const test = suite<{ fixture: Fixture; device: DeviceIdentity }>("what iot-core does not serve");

test.before(async context => {
	context.fixture = await Fixture.start({ alpnPort: 0 });
	context.device = await context.fixture.makeRegisteredDevice();
});

test.after(({ fixture }) => fixture.close());

interface Attempt {
	protocols?: string[];
	device?: DeviceIdentity;
	send?: string;
}

/** What comes of a TLS connection to the port with ALPN: the answer to `send`, or the error. */
function attempt({ core }: Fixture, { protocols, device, send = "" }: Attempt): Promise<string> {
	return new Promise(resolve => {
		let text = "";
		const socket = tlsConnect({
			host: "127.0.0.1",
			port: core.alpnPort ?? 0,
			servername: core.endpoint,
			ca: core.rootCa,
			...(protocols && { ALPNProtocols: protocols }),
			...(device && { cert: device.certificate, key: device.key }),
		});
		socket.on("secureConnect", () => socket.write(send));
		socket.on("data", data => (text += data));
		socket.on("error", error => resolve(error.message));
		socket.on("close", () => resolve(text));
	});
}

test("with ALPN x-amzn-mqtt-ca a device echoes on the port", async ({ fixture, device }) => {
	const client = fixture.connect(device, {
		clientId: "alpn",
		port: fixture.core.alpnPort ?? 0,
		ALPNProtocols: ["x-amzn-mqtt-ca"],
	});
	await client.subscribeAsync("alpn/echo", { qos: 1 });
	const echo = nextMessage(client);
	await client.publishAsync("alpn/echo", "hello", { qos: 1 });
	assert.is(await echo, "alpn/echo hello");
	await client.endAsync();
});

test("a device that is not registered is refused there too", async ({ fixture }) => {
	const stranger = await fixture.makeDevice();
	assert.match(await attempt(fixture, { protocols: ["x-amzn-mqtt-ca"], device: stranger }), /certificate unknown/);
});

for (const protocols of [["mqtt"], ["h2"], ["MQTT", "x-amzn-mqtt"]])
	test(`ALPN ${protocols.join(", ")} ends in the alert no_application_protocol`, async ({ fixture, device }) => {
		assert.match(await attempt(fixture, { protocols, device }), /no application protocol/i);
		await fixture.logged(
			new RegExp(`^refused .*: ALPN offers ${protocols.join(", ")}, not x-amzn-mqtt-ca \\(TLS alert no_application`),
		);
	});

for (const protocols of [undefined, ["http/1.1"], ["x-amzn-http-ca"]])
	test(`with ${protocols ?? "no"} ALPN the port speaks HTTPS, and says what it does not serve`, async ({
		fixture,
		device,
	}) => {
		const upgrade = "GET /mqtt HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
		const post = "POST /topics/a?qos=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
		for (const send of [upgrade, post]) {
			for (const identity of [{ device }, {}]) {
				const answer = await attempt(fixture, { ...identity, send, ...(protocols && { protocols }) });
				assert.match(answer, /^HTTP\/1\.1 501 /);
				assert.match(answer, /serves neither WebSocket nor HTTPS: connect with MQTT 3\.1\.1 over TLS/);
			}
		}
	});

test("MQTT on the port without ALPN is no HTTP", async ({ fixture, device }) => {
	const packet = encode({ cmd: "connect", clientId: "x", protocolId: "MQTT", protocolVersion: 4, clean: true });
	assert.match(await attempt(fixture, { device, send: packet.toString("latin1") }), /^HTTP\/1\.1 400 /);
});

test("a WebSocket client on the port of MQTT reads why", async ({ fixture, device }) => {
	const raw = await RawDevice.open(fixture, device);
	let text = "";
	raw.socket.on("data", data => (text += data));
	raw.socket.write("GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n");
	await raw.until("the end of the connection", () => raw.closed);
	assert.match(text, /^HTTP\/1\.1 501 Not Implemented\r\n[\s\S]*serves neither WebSocket/);
	await fixture.logged(/an HTTP request came where MQTT belongs/);
});

test("an MQTT 5 client reads why in the reason string of its CONNACK", async ({ fixture, device }) => {
	const client = fixture.connect(device, { clientId: "five", protocolVersion: 5 });
	const reason = new Promise<string>(resolve => client.once("error", error => resolve(error.message)));
	const raw = await RawDevice.open(fixture, device);
	raw.socket.write(encode({ cmd: "connect", clientId: "v5", protocolId: "MQTT", protocolVersion: 5, clean: true }));
	await raw.until("the end of the connection", () => raw.closed);
	const [connack] = raw.of("CONNACK");
	const read = parser({ protocolVersion: 5 });
	let reasonString: unknown;
	read.on("packet", packet => packet.cmd === "connack" && (reasonString = packet.properties?.reasonString));
	read.parse(connack?.bytes ?? Buffer.alloc(0));
	assert.is(reasonString, "This local AWS IoT Core serves MQTT 3.1.1 only.");
	assert.match(await reason, /Unsupported Protocol Version/);
	await fixture.logged(/^refused .*: MQTT protocol level 5 is not served, only 4 \(MQTT 3\.1\.1\)/);
});

for (const [topic, member] of [
	["$aws/things/lamp/shadow/get", /^\{"code":501,"message":"Device Shadow is not served by this local AWS IoT Core\."/],
	["$aws/things/lamp/shadow/name/night/update", /^\{"code":501,"message":"Device Shadow is not served/],
	["$aws/things/lamp/jobs/start-next", /^\{"code":"InvalidTopic","message":"Jobs is not served/],
	["$aws/things/lamp/jobs/job-1/update", /^\{"code":"InvalidTopic","message":"Jobs is not served/],
	[
		"$aws/provisioning-templates/fleet/provision/json",
		/^\{"statusCode":501,"errorCode":"NotImplemented","errorMessage":"fleet provisioning is not served/,
	],
	["$aws/certificates/create/json", /^\{"statusCode":501,"errorCode":"NotImplemented"/],
] as const)
	test(`a request on ${topic} is answered on its topic for refusals, with the request's token`, async ({
		fixture,
		device,
	}) => {
		const client = fixture.connect(device, { clientId: "requesting" });
		await client.subscribeAsync(`${topic}/rejected`, { qos: 1 });
		const message = nextMessage(client);
		await client.publishAsync(topic, '{"clientToken":"token-7"}', { qos: 1 });
		const answer = (await message).slice(`${topic}/rejected `.length);
		assert.match(answer, member);
		assert.match(answer, /"clientToken":"token-7","timestamp":\d{10}\}$/);
		await client.endAsync();
	});

test("other reserved topics still end the connection", async ({ fixture, device }) => {
	const client = fixture.connect(device, { clientId: "reserved" });
	const closed = happened(client, "close");
	client.publish("$aws/things/lamp/shadow/get/accepted", "x");
	await closed;
	await fixture.logged(/^refused reserved .*: the topic \$aws\/things\/lamp\/shadow\/get\/accepted is reserved/);
});

test.run();
