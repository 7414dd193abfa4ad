// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startIotCore } from "../../../tools/iot-core/core.js";
import { withCleanUp } from "../app/picture.js";
import { CommandLine, runTool } from "../command-line.js";
import { stateFolder } from "../iot-core/state-folder.js";

test("what pub publishes, sub receives: retained or not, as text or as JSON", () =>
	withCleanUp(async (folder, onEnd) => {
		const state = join(folder, "iot-core");
		const core = await startIotCore({ stateDir: await stateFolder(state), devicePort: 0, controlPort: 0 });
		onEnd(() => core.close());
		const where = ["--state", state, "--port", String(core.devicePort), "--control-url", core.controlUrl];
		const subscriber = CommandLine.tool("mqtt", ["sub", "room/+/light", "--count", "1", "--json", ...where]);
		onEnd(() => subscriber.kill());
		await subscriber.line(/^Subscribed to room/);
		const published = await runTool("mqtt", ["pub", "room/1/light", "on", ...where]);
		assert.equal([published.status, published.stdout, published.stderr], [0, "", ""]);
		const { status, stdout } = await subscriber.ended;
		assert.is(status, 0);
		const { seconds, ...message } = JSON.parse(stdout) as Record<string, unknown>;
		assert.ok(Number(seconds) > 0);
		assert.equal(message, {
			source: "mqtt",
			event: "message",
			topic: "room/1/light",
			qos: 1,
			retain: false,
			text: "on",
		});

		assert.is((await runTool("mqtt", ["pub", "room/2/light", "off", "--retain", ...where])).status, 0);
		const late = await runTool("mqtt", ["sub", "room/2/light", "--count", "1", ...where]);
		assert.is(late.stdout, "room/2/light  off\n");
	}));

test("what a terminal would act on is escaped, in a topic and in a payload, with JSON and without", () =>
	withCleanUp(async (folder, onEnd) => {
		const state = join(folder, "iot-core");
		const core = await startIotCore({ stateDir: await stateFolder(state), devicePort: 0, controlPort: 0 });
		onEnd(() => core.close());
		const where = ["--state", state, "--port", String(core.devicePort), "--control-url", core.controlUrl];
		const payload = "\u001b]0;x\u0007\u009b2J\u202e\nroom/1/door  open";
		assert.is((await runTool("mqtt", ["pub", "room/1", payload, "--retain", ...where])).status, 0);
		const plain = await runTool("mqtt", ["sub", "room/1", "--count", "1", ...where]);
		assert.is(plain.stdout, "room/1  \\u001b]0;x\\u0007\\u009b2J\\u202e\\u000aroom/1/door  open\n");
		const { stdout } = await runTool("mqtt", ["sub", "room/1", "--count", "1", "--json", ...where]);
		assert.not.match(stdout.trimEnd(), /[\p{Cc}\p{Bidi_Control}]/u);
		assert.is(JSON.parse(stdout).text, payload);
	}));

test("without an iot-core it is one sentence with what to do", () =>
	withCleanUp(async folder => {
		const { status, stderr } = await runTool("mqtt", ["sub", "a", "--state", folder]);
		assert.is(status, 1);
		assert.match(stderr, /^There is no root CA in .*: start iot-core first \(npm run iot-core\)/);
	}));

test("a topic that is not one is refused before anything else", async () => {
	for (const args of [
		["pub", "a/#", "x"],
		["sub", "a/#/b"],
		["listen", "a"],
	]) {
		const { status, stderr } = await runTool("mqtt", args);
		assert.is(status, 1, stderr);
		assert.match(stderr, /topic|must be sub or pub, not /);
	}
});

test.run();
