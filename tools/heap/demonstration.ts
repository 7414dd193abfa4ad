// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Operator } from "../device/operator.js";
import { SimulatedDevice } from "../device/simulated-device.js";
import { startIotCore } from "../iot-core/core.js";
import { type HeapRun, measureHeap } from "./measure.js";

/**
 * Runs the firmware in the ESP32's memory through its whole way: a simulated chip, a local AWS IoT Core, TLS, and so
 * many echoes. The local root CA stands in for Amazon's as what it is on the board: a resource in flash.
 */
export async function measureFirmware(messages: number, onOutput: (text: string) => void): Promise<HeapRun> {
	const folder = mkdtempSync(join(tmpdir(), "heap-"));
	const closes: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
	try {
		const core = await startIotCore({ stateDir: join(folder, "iot-core"), devicePort: 0, controlPort: 0 });
		closes.push(() => core.close());
		const device = await SimulatedDevice.make({ folder });
		closes.push(() => device.stop());
		const operator = new Operator(core.controlUrl, core.region);
		closes.push(() => operator.close());
		await operator.createPolicy();
		await operator.register(device.certificate);
		const root = join(folder, "root.der");
		writeFileSync(root, new X509Certificate(core.rootCa).raw);
		const config = {
			endpoint: core.endpoint,
			port: core.devicePort,
			address: "127.0.0.1",
			bus: device.chip.address,
			interval: 500,
			messages,
		};
		return await measureHeap("main", { config, resources: { "AmazonRootCA1.der": root }, onOutput });
	} finally {
		for (const close of closes.reverse()) await close();
	}
}
