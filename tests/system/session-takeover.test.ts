/** A client id that two use: what the running device says of it, and that it stays away longer. */
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { trustedRoots } from "../../tools/device/roots.js";
import { startIotCore } from "../../tools/iot-core/core.js";
import { Application } from "../../tools/soak/application.js";
import { Operator } from "../../tools/start/operator.js";
import { Device, startChip, withCleanUp } from "./picture.js";

/** AWS IoT takes one CONNECT a second of a client id: the other one's comes later than that, and so does the device's next; in milliseconds. */
const connectInterval = 1_100;
const settings = { topic: "t", clientId: "base64url", interval: 100 } as const;

test("a device that is taken over twice in a row names the client id as the likely cause", () => withCleanUp(async (folder, onEnd) => {
	const core = await startIotCore({ stateDir: join(folder, "iot-core"), devicePort: 0, controlPort: 0 });
	onEnd(() => core.close());
	const chip = await startChip(folder, "chip", "instant", "takeover");
	onEnd(() => chip.close());
	const operator = new Operator(core.controlUrl, core.region);
	onEnd(() => operator.close());
	await operator.createPolicy();
	await operator.register(new X509Certificate(chip.certificate).toString());
	const other = await Application.start(core, operator, "elsewhere", () => undefined);
	onEnd(() => other.close());
	const device = await Device.start({
		endpoint: core.endpoint, port: core.devicePort, address: "127.0.0.1", trustedRoots: trustedRoots(core.rootCaFile), bus: chip.address, ...settings,
	});
	onEnd(() => device.stop());
	const clientId = Buffer.from(chip.uid).toString("base64url");
	for (const [time, words] of [[1, "if this repeats, another device may use"], [2, "most likely another device uses"]] as const) {
		await device.event("subscribed", time);
		await device.event("puback", device.named("puback").length + 1);
		await delay(connectInterval);
		other.takeOver(clientId);
		const { fields } = await device.event("error", time);
		assert.match(fields.message ?? "", words);
		assert.match(fields.message ?? "", clientId);
	}
}));

test.run();
