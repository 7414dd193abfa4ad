// SPDX-License-Identifier: MIT
/** Errors of this program's own: whatever a handler throws ends one device's connection, and nothing else. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { DeviceEvents } from "../../../tools/iot-core/broker/events.js";
import { packetHandlers } from "../../../tools/iot-core/broker/handlers/index.js";
import { encode } from "../../../tools/iot-core/broker/packets.js";
import { certificateIdFromDer } from "../../../tools/iot-core/registry/certificate.js";
import { Registry } from "../../../tools/iot-core/registry/registry.js";
import { type DeviceIdentity, Fixture, happened, nextMessage } from "./fixture.js";
import { connectPacket } from "./mutations.js";
import { RawDevice } from "./raw.js";

const test = suite<{ fixture: Fixture; device: DeviceIdentity }>("errors while a device is served");

test.before(async context => {
	context.fixture = await Fixture.start();
	context.device = await context.fixture.makeRegisteredDevice();
});

test.after(({ fixture }) => fixture.close());

/** The packet that each handler is for. */
const packets: Record<keyof typeof packetHandlers, Buffer> = {
	connect: connectPacket("fault-connect"),
	publish: encode({ cmd: "publish", topic: "a", payload: "x", qos: 0, dup: false, retain: false }),
	puback: encode({ cmd: "puback", messageId: 1 }),
	subscribe: encode({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "a", qos: 1 }] }),
	unsubscribe: encode({ cmd: "unsubscribe", messageId: 2, unsubscriptions: ["a"] }),
	pingreq: encode({ cmd: "pingreq" }),
	disconnect: encode({ cmd: "disconnect" }),
};

/** Puts a function that throws in the place of a method while `run` runs. */
async function broken<Name extends string>(
	owner: { [Key in Name]: unknown },
	name: Name,
	run: () => Promise<void>,
): Promise<void> {
	const kept = owner[name];
	const thrower = () => {
		throw new Error(`${name} is broken`);
	};
	(owner as Record<string, unknown>)[name] = thrower;
	try {
		await run();
	} finally {
		(owner as Record<string, unknown>)[name] = kept;
	}
}

/** A device that is served all the while, and echoes at the end. */
async function withWitness(fixture: Fixture, device: DeviceIdentity, run: () => Promise<void>): Promise<void> {
	const witness = fixture.connect(device, { clientId: "witness" });
	await witness.subscribeAsync("witness/echo", { qos: 1 });
	await run();
	const echo = nextMessage(witness);
	await witness.publishAsync("witness/echo", "still here", { qos: 1 });
	assert.is(await echo, "witness/echo still here");
	await witness.endAsync();
}

for (const name of Object.keys(packetHandlers) as (keyof typeof packetHandlers)[])
	test(`a throw while ${name.toUpperCase()} is handled ends that connection with a line of the log`, ({
		fixture,
		device,
	}) =>
		withWitness(fixture, device, async () => {
			const raw = await (name === "connect"
				? RawDevice.open(fixture, device)
				: RawDevice.connect(fixture, device, `fault-${name}`));
			await broken(packetHandlers, name, async () => {
				raw.socket.write(packets[name]);
				await raw.until("the end of the connection", () => raw.closed);
			});
			await fixture.logged(new RegExp(`^disconnecting .*: SERVER_ERROR: Error: ${name} is broken`));
		}));

test("a throw at every later place of a connection ends that connection", ({ fixture, device }) =>
	withWitness(fixture, device, async () => {
		const emit = DeviceEvents.prototype.emit;
		for (const broken of ["connected", "subscribed", "published", "disconnected"]) {
			const raw = await RawDevice.open(fixture, device);
			DeviceEvents.prototype.emit = function (this: DeviceEvents, event: never, ...values: never) {
				const [subject] = values as [{ clientId?: string }];
				if (event === broken && subject.clientId === `listener-${broken}`) throw new Error(`${broken} is broken`);
				return emit.apply(this, [event, ...values] as never);
			} as typeof emit;
			raw.socket.write(Buffer.concat([connectPacket(`listener-${broken}`), packets.subscribe, packets.publish]));
			if (broken === "disconnected") raw.end();
			await raw.until("the end of the connection", () => raw.closed);
			await fixture.logged(new RegExp(`SERVER_ERROR: Error: ${broken} is broken`));
			DeviceEvents.prototype.emit = emit;
		}
	}));

test("a throw while a device is judged ends its handshake", ({ fixture, device }) =>
	withWitness(fixture, device, () =>
		broken(Registry.prototype, "findCertificate", async () => {
			const stranger = fixture.connect(device, { clientId: "judged" });
			stranger.on("error", () => {});
			await happened(stranger, "close");
			await fixture.logged(/^disconnecting .*: Error: findCertificate is broken/);
		}),
	));

test("a device with a negative serial number connects, and policies read the number", async ({ fixture }) => {
	const device = await fixture.makeDevice();
	const args = ["req", "-x509", "-key", device.keyFile, "-subj", "/CN=negative", "-days", "2", "-set_serial", "-5"];
	execFileSync("openssl", [...args, "-out", device.certificateFile], { stdio: "ignore" });
	const certificate = readFileSync(device.certificateFile, "utf8");
	const der = execFileSync("openssl", ["x509", "-in", device.certificateFile, "-outform", "DER"]);
	const negative = { ...device, certificate, certificateId: certificateIdFromDer(der) };
	await fixture.register(negative);
	await fixture.allow(negative, [
		{ Effect: "Allow", Action: "iot:Connect", Resource: "arn:*:client/number${iot:Certificate.SerialNumber}" },
	]);
	const client = fixture.connect(negative, { clientId: "number-5" });
	await happened(client, "connect");
	await client.endAsync();
});

test.run();
