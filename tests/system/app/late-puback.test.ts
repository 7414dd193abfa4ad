// SPDX-License-Identifier: MIT
/** An endpoint that acknowledges every PUBLISH late: the device learns it, repeats little and loses nothing. */
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Operator } from "../../../tools/device/operator.js";
import { endpointSettings, SimulatedDevice } from "../../../tools/device/simulated-device.js";
import { startIotCore } from "../../../tools/iot-core/core.js";
import { latePuback, type ObservedPacket, packetType } from "../../../tools/iot-core/testing.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { Device, withCleanUp } from "./picture.js";

/**
 * Scaled: PUBACKs 0.5 s late (5 s in the field), repeated after 0.1 s (10 s), a message each
 * 0.1 s (5 s). Unlike there, each PUBACK comes five times as late as the device expects at first.
 */
const lateMs = 500;
const settings = { topic: "t", clientId: "base64url", interval: 100, acknowledgeWithin: 100 } as const;
const messages = 60;

/** The number of one of the device's messages at QoS 1. */
function numberIn({ bytes, payloadLength }: ObservedPacket): number {
	const text = bytes.toString("utf8", bytes.length - payloadLength);
	return Number(/\(QOS1\) : (\d+) : /.exec(text)?.[1]);
}

test("with every PUBACK late a message is published at most 1.5 times, and each one arrives", () =>
	withCleanUp(async (folder, onEnd) => {
		const publishes: number[] = [];
		const core = await startIotCore({
			stateDir: await stateFolder(join(folder, "iot-core")),
			devicePort: 0,
			controlPort: 0,
			scenario: latePuback(lateMs),
			observer: {
				onPacket({ packet, from }) {
					const isOurs = packet.type === packetType.PUBLISH && packet.id !== undefined && from === "device";
					if (isOurs) publishes.push(numberIn(packet));
				},
			},
		});
		onEnd(() => core.close());
		const chip = await SimulatedDevice.make({ folder, latency: "instant" });
		onEnd(() => chip.stop());
		const operator = new Operator(core.controlUrl, core.region);
		onEnd(() => operator.close());
		await operator.createPolicy();
		await operator.register(chip.certificate);
		const device = await Device.start({ ...endpointSettings(core), ...settings, bus: chip.chip.address });
		onEnd(() => device.stop());

		await device.event("puback", messages);
		const acknowledged = device.named("puback").length;
		const sent = [...publishes];
		const different = new Set(sent);
		assert.ok(sent.length / different.size <= 1.5, `${sent.length} publishes of ${different.size} messages`);
		assert.ok(sent.length > different.size, "the first PUBACK was too early to be late");
		assert.is(device.named("error").length, 0, device.lines.join("\n"));
		const arrived = new Set(
			device.named("receive").map(({ fields }) => Number(/\(QOS1\) : (\d+) : /.exec(fields.payload ?? "")?.[1])),
		);
		// PUBACKs come in the order of their messages.
		const lost = [...different].slice(0, acknowledged).filter(number => !arrived.has(number));
		assert.equal(lost, []);
	}));

test.run();
