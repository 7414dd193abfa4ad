// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startIotCore } from "../../../tools/iot-core/core.js";
import { FleetDevice } from "../../../tools/start/fleet.js";

test("a device's log, which a person is told to show with tail, has nothing that a terminal acts on", async () => {
	const folder = mkdtempSync(join(tmpdir(), "fleet-"));
	const core = await startIotCore({ stateDir: join(folder, "core"), devicePort: 0, controlPort: 0, keyType: "ecdsa" });
	try {
		const executable = join(folder, "firmware");
		writeFileSync(executable, "#!/bin/sh\nprintf '    1.000 receive     text=\"\\302\\2332J\\033[H\"\\n'\n", {
			mode: 0o700,
		});
		const device = await FleetDevice.start({
			name: "device-1",
			stateDir: folder,
			built: { executable, modules: "modules" },
			core,
			settings: {},
			onLine: () => undefined,
			register: async () => undefined,
		});
		assert.is((await device.outcome).status, 0);
		await device.stop();
		while (readFileSync(device.logFile, "utf8") === "") await delay(5); // what was written is on its way
		assert.is(readFileSync(device.logFile, "utf8"), '    1.000 receive     text="\\u009b2J\\u001b[H"\n');
	} finally {
		await core.close();
		rmSync(folder, { recursive: true });
	}
});

test.run();
