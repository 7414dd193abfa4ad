// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { startFirmware } from "../../../tools/device/firmware.js";
import { trustedRoots } from "../../../tools/device/roots.js";
import { type IotCore, startIotCore } from "../../../tools/iot-core/core.js";
import { parseEvent } from "../../../tools/lib/serial-lines.js";
import { openManufacturer } from "../../../tools/se050-sim/factory/manufacturer.js";
import { DebugBoard } from "../../unit/lib/serial/debug-board.js";
import { chip } from "../../unit/provision/chips.js";
import { startChip, withCleanUp } from "../app/picture.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { ProvisionProgram } from "./program.js";
import { SerialLine } from "./serial-line.js";

const core = async (folder: string): Promise<IotCore> =>
	startIotCore({ stateDir: await stateFolder(join(folder, "core")), devicePort: 0, controlPort: 0 });

const provision = (folder: string, iotCore: IotCore, ...args: string[]) =>
	new ProvisionProgram([...args, "--state", join(folder, "provision")], iotCore);

test("three boards are provisioned from their serial ports, and have their echo", () =>
	withCleanUp(async (folder, onEnd) => {
		const iotCore = await core(folder);
		onEnd(() => iotCore.close());
		const built = await build({ variant: "release" });
		const lines = await Promise.all([1, 2, 3].map(() => SerialLine.open()));
		const manufacturer = join(folder, "manufacturer.json");
		await openManufacturer(manufacturer);
		onEnd(() => lines.map(line => line.close()));
		const program = provision(folder, iotCore, ...lines.map(({ path }) => path), "--ca", manufacturer);
		onEnd(() => program.kill());
		const boards = await Promise.all(
			lines.map(async (line, index) => {
				const simulated = await startChip(folder, `chip-${index}`);
				onEnd(() => simulated.close());
				await line.openedBy(program.child.pid ?? 0);
				let echoes = 0;
				const take = (text: string) => {
					line.write(text);
					const event = parseEvent(text);
					echoes += event?.name === "receive" && event.fields.own === "true" ? 1 : 0;
				};
				const firmware = startFirmware({
					...built,
					onLine: take,
					config: {
						endpoint: iotCore.endpoint,
						port: iotCore.devicePort,
						address: "127.0.0.1",
						interval: 500,
						messages: 2,
						backoffCap: 2_000,
						clientId: "base64url",
						topic: "dev/{clientId}/echo",
						trustedRoots: trustedRoots(iotCore.rootCaFile),
						bus: simulated.address,
					},
				});
				onEnd(() => firmware.stop());
				return { firmware, echoes: () => echoes };
			}),
		);
		const { status, output, errors } = await program.ended;
		assert.is(status, 0, `${output}\n${errors}`);
		assert.match(output, / 3 {2}provisioned/);
		assert.not.match(output, /this board connects as/);
		for (const { firmware, echoes } of boards) {
			assert.is((await firmware.ended).status, 0);
			assert.is(echoes(), 2);
		}
	}));

test("a board whose client id is not the one that it is provisioned for is reported", () =>
	withCleanUp(async (folder, onEnd) => {
		const iotCore = await core(folder);
		onEnd(() => iotCore.close());
		const line = await SerialLine.open();
		onEnd(() => line.close());
		const program = provision(folder, iotCore, line.path);
		await line.openedBy(program.child.pid ?? 0);
		const { uid, pem } = chip(0);
		for (const text of [
			"rst:0x1 (POWERON_RESET)",
			`    0.100 identity    uid=${uid} clientId=BABQ+`,
			...pem.trimEnd().split("\n"),
		])
			line.write(text);
		const { status, output } = await program.ended;
		assert.is(status, 0, output);
		assert.match(output, /this board connects as BABQ\+, and is provisioned for the client id BABQAQ/);
	}));

test("a board with a debug build is provisioned: its debugger's protocol is answered", () =>
	withCleanUp(async (folder, onEnd) => {
		const iotCore = await core(folder);
		onEnd(() => iotCore.close());
		const line = await SerialLine.open();
		onEnd(() => line.close());
		const program = provision(folder, iotCore, line.path);
		onEnd(() => program.kill());
		await line.openedBy(program.child.pid ?? 0);
		const board = new DebugBoard(text => line.send(text));
		let written = "";
		line.onWritten(text => {
			written += text;
			const end = written.lastIndexOf(">\r\n") + 3;
			if (end < 3) return;
			board.receive(written.slice(0, end));
			written = written.slice(end);
		});
		const { uid, pem } = chip(0);
		await board.start();
		board.log("    0.000 start       firmware=debug@1");
		board.log(`    0.100 identity    uid=${uid} clientId=x`);
		await board.stop("Error: caught");
		for (const text of pem.trimEnd().split("\n")) board.log(text);
		const { status, output, errors } = await program.ended;
		assert.is(status, 0, `${output}\n${errors}`);
		assert.match(output, / 1 {2}provisioned/);
		assert.match(output, /this is a debug build/);
	}));

test("a board that says nothing is reported, with what to look for, and the other one is provisioned", () =>
	withCleanUp(async (folder, onEnd) => {
		const iotCore = await core(folder);
		onEnd(() => iotCore.close());
		const [silent, speaking] = await Promise.all([SerialLine.open(), SerialLine.open()]);
		onEnd(() => [silent, speaking].map(line => line.close()));
		const program = provision(folder, iotCore, silent.path, speaking.path, "--board-time", "4");
		await speaking.openedBy(program.child.pid ?? 0);
		silent.write("boot loader only");
		for (const text of chip(0).pem.trimEnd().split("\n")) speaking.write(text);
		const { status, output } = await program.ended;
		assert.is(status, 1, output);
		assert.ok(output.includes(`${silent.path}  FAILED: no certificate within 4 s`), output);
		assert.match(output, / 1 {2}provisioned/);
	}));

test.run();
