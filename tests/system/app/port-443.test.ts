// SPDX-License-Identifier: MIT
/** The firmware with port=443, at an endpoint that requires ALPN there as AWS IoT does. */
import { X509Certificate } from "node:crypto";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Operator } from "../../../tools/device/operator.js";
import { trustedRoots } from "../../../tools/device/roots.js";
import { startIotCore } from "../../../tools/iot-core/core.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { Device, startChip, withCleanUp } from "./picture.js";

const httpsPort = 443;
/** A loopback address of this process's own, so that no other program's port 443 is in the way. */
const address = `127.${4 + (process.pid % 200)}.${(process.pid >> 8) % 256}.43`;

/** Why this process may not listen on port 443; undefined when it may. */
function obstacle(): Promise<string | undefined> {
	return new Promise(resolve => {
		const server = createServer();
		server.once("error", error => resolve(error.message));
		server.listen(httpsPort, address, () => server.close(() => resolve(undefined)));
	});
}

const reason = await obstacle();
if (reason !== undefined) console.log(`not run: port ${httpsPort} cannot be used (${reason})`);

(reason === undefined ? test : test.skip)("the firmware connects on port 443 with the protocol x-amzn-mqtt-ca", () =>
	withCleanUp(async (folder, onEnd) => {
		const log: string[] = [];
		const core = await startIotCore({
			stateDir: await stateFolder(join(folder, "iot-core")),
			deviceAddress: address,
			devicePort: 0,
			alpnPort: httpsPort,
			controlPort: 0,
			log: line => log.push(line),
		});
		onEnd(() => core.close());
		assert.is(core.alpnPort, httpsPort);
		const chip = await startChip(folder);
		onEnd(() => chip.close());
		const operator = new Operator(core.controlUrl, core.region);
		onEnd(() => operator.close());
		await operator.createPolicy();
		await operator.register(new X509Certificate(chip.certificate).toString());
		const device = await Device.start({
			endpoint: core.endpoint,
			port: httpsPort,
			address,
			trustedRoots: trustedRoots(core.rootCaFile),
			bus: chip.address,
			messages: 1,
			interval: 100,
		});
		onEnd(() => device.stop());
		const { status } = await device.ended;
		assert.is(status, 0, [...device.lines, ...log].join("\n"));
		assert.match(device.lines.join("\n"), /secured .*protocol=x-amzn-mqtt-ca/);
	}),
);

test.run();
