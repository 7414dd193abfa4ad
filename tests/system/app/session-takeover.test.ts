// SPDX-License-Identifier: MIT
/** A client id that two use: what the running device says of it, and that it stays away longer. */
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Operator } from "../../../tools/device/operator.js";
import { trustedRoots } from "../../../tools/device/roots.js";
import { startIotCore } from "../../../tools/iot-core/core.js";
import { Application } from "../../../tools/soak/application.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { Device, startChip, withCleanUp } from "./picture.js";

/** One round of messages a connection: when it is taken over, no PUBLISH waits for its PUBACK. */
const settings = { topic: "t", clientId: "base64url", interval: 60_000 } as const;

test("a device that is taken over twice in a row names the client id as the likely cause", () =>
	withCleanUp(async (folder, onEnd) => {
		// AWS' one CONNECT a second of a client id would refuse the device's next one, by chance: that has a sentence of its own.
		const core = await startIotCore({
			stateDir: await stateFolder(join(folder, "iot-core")),
			devicePort: 0,
			controlPort: 0,
			limits: { connectRate: Infinity },
		});
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
			endpoint: core.endpoint,
			port: core.devicePort,
			address: "127.0.0.1",
			trustedRoots: trustedRoots(core.rootCaFile),
			bus: chip.address,
			...settings,
		});
		onEnd(() => device.stop());
		const clientId = Buffer.from(chip.uid).toString("base64url");
		for (const [time, words] of [
			[1, "If this repeats, another device may use"],
			[2, "most likely another device uses"],
		] as const) {
			await device.event("subscribed", time);
			await device.event("puback", time);
			other.takeOver(clientId);
			const { fields } = await device.event("error", time);
			assert.match(fields.message ?? "", words);
			assert.match(fields.message ?? "", clientId);
		}
	}));

test.run();
