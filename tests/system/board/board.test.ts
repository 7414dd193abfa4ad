// SPDX-License-Identifier: MIT
/** `npm run board` with stand-ins for mcconfig, esptool and tsc, and the real firmware behind pseudo-terminals. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { endpointSettings, SimulatedDevice } from "../../../tools/device/simulated-device.js";
import { type IotCore, startIotCore } from "../../../tools/iot-core/core.js";
import { root } from "../../../tools/lib/root.js";
import { withCleanUp } from "../app/picture.js";
import { CommandLine, processesOf, runTool } from "../command-line.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { SerialLine } from "../provision/serial-line.js";

/** A partition table with an application at 0x20000 (ESP-IDF, "Partition Tables"). */
function partitionTable(): Buffer {
	const entry = (type: number, subtype: number, offset: number) => {
		const bytes = Buffer.alloc(32);
		bytes.writeUInt16LE(0x50aa, 0);
		bytes[2] = type;
		bytes[3] = subtype;
		bytes.writeUInt32LE(offset, 4);
		return bytes;
	};
	return Buffer.concat([entry(1, 2, 0x9000), entry(0, 0, 0x20000), Buffer.alloc(32, 0xff)]);
}

/** Stand-ins on a PATH, and the environment in which the command finds them. */
class Workshop {
	readonly #programs: string;
	readonly env: Record<string, string>;
	readonly image: string;

	constructor(folder: string, core?: IotCore, platform = "esp32") {
		this.#programs = join(folder, "programs");
		this.image = join(folder, "sdk", "build", "bin", platform, "release", basename(root));
		mkdirSync(this.#programs);
		mkdirSync(this.image, { recursive: true });
		this.env = {
			PATH: `${this.#programs}${delimiter}${process.env.PATH}`,
			MODDABLE: join(folder, "sdk"),
			IDF_PATH: folder,
			AWS_ACCESS_KEY_ID: "local",
			AWS_SECRET_ACCESS_KEY: "local",
			AWS_REGION: core?.region ?? "eu-west-1",
		};
		const table = join(folder, "table.bin");
		writeFileSync(table, partitionTable());
		this.fake("tsc", "echo Version 7.0.2");
		this.fake(
			"mcconfig",
			`${this.#record("mcconfig")}; cd "${this.image}"; echo x > bootloader.bin; echo x > xs_esp32.bin; cp "${table}" partition-table.bin`,
		);
		this.fake("esptool", this.#record("esptool"));
	}

	fake(program: string, script: string): void {
		const path = join(this.#programs, program);
		writeFileSync(path, `#!/bin/sh\n${script}\n`);
		chmodSync(path, 0o755);
	}

	/** The argument lists with which a stand-in was started. */
	calls(program: string): string[] {
		return readFileSync(join(this.#programs, `${program}.calls`), "utf8")
			.trim()
			.split("\n");
	}

	#record(program: string): string {
		return `echo "$@" >> "${join(this.#programs, `${program}.calls`)}"`;
	}
}

const network = ["--ssid", "lab", "--password", "secret"];

test("two boards are built for once, flashed, registered, and followed to their echoes", () =>
	withCleanUp(async (folder, onEnd) => {
		const core = await startIotCore({
			stateDir: await stateFolder(join(folder, "core")),
			devicePort: 0,
			controlPort: 0,
		});
		onEnd(() => core.close());
		const workshop = new Workshop(folder, core);
		const built = await build();
		const lines = await Promise.all([SerialLine.open(), SerialLine.open()]);
		onEnd(() => lines.map(line => line.close()));
		const devices = [];
		for (const [index, line] of lines.entries()) {
			const device = await SimulatedDevice.make({ folder, name: `chip-${index}` });
			onEnd(() => device.stop());
			device.onLine = text => line.write(text);
			devices.push(device);
		}
		const command = CommandLine.tool(
			"board",
			[
				...lines.flatMap(({ path }) => ["--port", path]),
				...network,
				...["--endpoint-url", core.controlUrl, "--state", join(folder, "provision")],
				...["--ca", join(folder, "manufacturer.json"), "interval=500"],
			],
			{ env: workshop.env },
		);
		onEnd(() => command.kill());
		await command.line(/^flash .*|^register/).catch(() => undefined);
		const settings = {
			...endpointSettings(core),
			...{ interval: 500, backoffCap: 2_000, clientId: "base64url", topic: "dev/{clientId}/echo" },
		};
		for (const device of devices) device.switchOn({ built, settings });
		const { status, stdout, stderr } = await command.ended;
		assert.is(status, 0, `${stdout}\n${stderr}`);
		assert.equal(workshop.calls("mcconfig"), [
			`-m -p esp32 -t build ssid=lab password=secret endpoint=${core.endpoint} clientId=base64url topic=dev/{clientId}/echo interval=500`,
		]);
		assert.equal(
			workshop.calls("esptool"),
			lines.map(
				({ path }) =>
					`--chip esp32 --port ${path} --baud 460800 write_flash 0x1000 ${workshop.image}/bootloader.bin 0x8000 ${workshop.image}/partition-table.bin 0x20000 ${workshop.image}/xs_esp32.bin`,
			),
		);
		assert.match(stdout, /All 2 boards have received an echo\.\n$/);
		for (const { path } of lines) assert.match(stdout, new RegExp(`^${basename(path)} +│ .* receive .*own=true`, "m"));
	}));

test("a chip of another kind is built and flashed as what it is", () =>
	withCleanUp(async (folder, onEnd) => {
		const line = await SerialLine.open();
		onEnd(() => line.close());
		const workshop = new Workshop(folder, undefined, "esp32/esp32c6");
		const args = [
			"--port",
			line.path,
			"--chip",
			"esp32c6",
			"--ssid",
			"lab",
			"--endpoint",
			"a-ats.iot.eu-west-1.amazonaws.com",
		];
		const { status, stderr } = await runTool("board", [...args, "--skip", "register", "--skip", "follow"], {
			env: workshop.env,
		});
		assert.is(status, 0, stderr);
		assert.match(workshop.calls("mcconfig")[0] ?? "", /^-m -p esp32\/esp32c6 -t build ssid=lab endpoint=/);
		assert.equal(workshop.calls("esptool"), [
			`--chip esp32c6 --port ${line.path} --baud 460800 write_flash 0x0 ${workshop.image}/bootloader.bin 0x8000 ${workshop.image}/partition-table.bin 0x20000 ${workshop.image}/xs_esp32.bin`,
		]);
		const { stderr: refused } = await runTool("board", [...args.slice(0, 2), "--chip", "esp8266"], {
			env: workshop.env,
		});
		assert.match(refused, /--chip must be one of esp32, esp32s3, esp32c3, esp32c6, not 'esp8266'/);
	}));

test("a build without a network is for boards that get theirs later; without a word about it, the network is asked for", () =>
	withCleanUp(async (folder, onEnd) => {
		const line = await SerialLine.open();
		onEnd(() => line.close());
		const workshop = new Workshop(folder);
		const args = ["--port", line.path, "--endpoint", "a-ats.iot.eu-west-1.amazonaws.com", "--skip", "register"];
		const forgotten = await runTool("board", args, { env: workshop.env });
		assert.is(forgotten.status, 1);
		assert.match(
			forgotten.stderr,
			/^The build needs --ssid.*or --no-ssid, and each board gets its network with: npm run board -- configure/,
		);
		const { status, stdout, stderr } = await runTool("board", [...args, "--no-ssid"], { env: workshop.env });
		assert.is(status, 0, stderr);
		assert.match(workshop.calls("mcconfig").join(), /^-m -p esp32 -t build endpoint=\S+ clientId=base64url topic=\S+$/);
		assert.match(stdout, /^follow +│ the boards wait for their settings: npm run board -- configure/m);
	}));

test("what is missing is said at once, a sentence each", () =>
	withCleanUp(async (folder, onEnd) => {
		const line = await SerialLine.open();
		onEnd(() => line.close());
		const env = { ...new Workshop(folder).env, PATH: "/usr/bin:/bin", MODDABLE: "", IDF_PATH: "" };
		const { status, stderr } = await runTool(
			"board",
			["--port", line.path, "--port", "/dev/none", "--port", "/dev/null", ...network],
			{
				env: { ...env, PATH: `${env.PATH}:${process.execPath.replace(/\/node$/, "")}` },
			},
		);
		assert.is(status, 1);
		for (const words of [
			/The Moddable SDK is not set up/,
			/mcconfig is not on the PATH/,
			/ESP-IDF is not set up/,
			/esptool is not on the PATH/,
			/There is no serial port \/dev\/none/,
			/\/dev\/null is not a serial port/,
			/Which CA issued the certificates/,
		])
			assert.match(stderr, words);
	}));

test("a build that fails, or that leaves no image, ends with its last lines and what to do", () =>
	withCleanUp(async (folder, onEnd) => {
		const line = await SerialLine.open();
		onEnd(() => line.close());
		const workshop = new Workshop(folder);
		const args = ["--port", line.path, ...network, "--any-issuer", "--endpoint", "a-ats.iot.eu-west-1.amazonaws.com"];
		workshop.fake("mcconfig", "echo 'main.ts(1,1): error TS2304'; exit 2");
		const failed = await runTool("board", args, { env: workshop.env });
		assert.is(failed.status, 1);
		assert.match(failed.stderr, /^Building the image failed \(status 2\): correct what the lines below name/);
		assert.match(failed.stderr, /error TS2304/);
		workshop.fake("mcconfig", "echo 'ninja: build stopped'; exit 0");
		assert.match((await runTool("board", args, { env: workshop.env })).stderr, /There is no image|wrote no new image/);
	}));

test("a board that cannot be flashed, and steps that are left out", () =>
	withCleanUp(async (folder, onEnd) => {
		const line = await SerialLine.open();
		onEnd(() => line.close());
		const workshop = new Workshop(folder);
		const port = ["--port", line.path];
		const without = (...names: string[]) => names.flatMap(name => ["--skip", name]);
		const nothing = await runTool("board", [...port, ...without("build", "register", "follow")], { env: workshop.env });
		assert.match(nothing.stderr, /^There is no image: .*bootloader\.bin does not exist/);
		workshop.fake("esptool", "echo 'Failed to connect to ESP32: No serial data received.'; exit 2");
		writeFileSync(join(workshop.image, "bootloader.bin"), "x");
		writeFileSync(join(workshop.image, "xs_esp32.bin"), "x");
		writeFileSync(join(workshop.image, "partition-table.bin"), partitionTable());
		const failed = await runTool("board", [...port, ...without("build", "register", "follow")], { env: workshop.env });
		assert.is(failed.status, 1);
		assert.match(failed.stderr, /^Flashing the board at .* failed \(status 2\): hold the board's BOOT button/);
		const silent = await runTool(
			"board",
			[...port, ...without("check", "build", "flash", "register"), "--time-limit", "1"],
			{
				env: workshop.env,
			},
		);
		assert.is(silent.status, 1);
		assert.match(silent.stderr, /has had no echo within 1 s: is the board powered/);
	}));

/** Puts an image where mcconfig would. */
function writeImage({ image }: Workshop): void {
	writeFileSync(join(image, "bootloader.bin"), "x");
	writeFileSync(join(image, "xs_esp32.bin"), "x");
	writeFileSync(join(image, "partition-table.bin"), partitionTable());
}

test("a board that cannot be flashed does not stop the others; all that failed is said at the end", () =>
	withCleanUp(async (folder, onEnd) => {
		const lines = [await SerialLine.open(), await SerialLine.open(), await SerialLine.open()] as const;
		for (const line of lines) onEnd(() => line.close());
		const workshop = new Workshop(folder);
		writeImage(workshop);
		workshop.fake(
			"esptool",
			`case "$*" in *${lines[1].path}*) echo 'Failed to connect'; exit 2;; esac; echo Hash of data verified.`,
		);
		const ports = lines.flatMap(({ path }) => ["--port", path]);
		const command = CommandLine.tool(
			"board",
			[...ports, "--skip", "build", "--skip", "register", "--time-limit", "60"],
			workshop,
		);
		onEnd(() => command.kill());
		for (const line of [lines[0], lines[2]]) {
			await line.openedBy(command.group);
			line.write('     1.000 receive     qos=1 topic=a own=true bytes=1 payload="x"');
		}
		const { status, stdout, stderr } = await command.ended;
		assert.is(status, 1);
		assert.match(stdout, /All 2 boards have received an echo\./);
		assert.match(stderr, new RegExp(`^Flashing the board at ${lines[1].path} failed \\(status 2\\)`));
	}));

test("a board that restarts again and again is said to do so", () =>
	withCleanUp(async (folder, onEnd) => {
		const line = await SerialLine.open();
		onEnd(() => line.close());
		const steps = ["check", "build", "flash", "register"].flatMap(name => ["--skip", name]);
		const command = CommandLine.tool(
			"board",
			["--port", line.path, ...steps, "--time-limit", "10"],
			new Workshop(folder),
		);
		onEnd(() => command.kill());
		await line.openedBy(command.group);
		for (const reason of ["POWERON_RESET", "RTC_SW_SYS_RST", "RTC_SW_SYS_RST", "RTC_SW_SYS_RST"])
			line.write(`rst:0x3 (${reason}),boot:0x13 (SPI_FAST_FLASH_BOOT)`);
		const { status, stderr } = await command.ended;
		assert.is(status, 1);
		assert.match(stderr, /has had no echo within 10 s: it restarted 4 times\. A brown-out/);
	}));

for (const [signal, status] of [
	["SIGTERM", 143],
	["SIGHUP", 129],
] as const)
	test(`${signal} during the build ends mcconfig and what it has started`, () =>
		withCleanUp(async (folder, onEnd) => {
			const line = await SerialLine.open();
			onEnd(() => line.close());
			const workshop = new Workshop(folder);
			workshop.fake("mcconfig", "sleep 600 & echo group $$; sleep 600");
			const args = ["--port", line.path, ...network, "--any-issuer", "--endpoint", "a-ats.iot.eu-west-1.amazonaws.com"];
			const command = CommandLine.tool("board", args, workshop);
			onEnd(() => command.kill());
			const group = Number(/group (\d+)/.exec(await command.line(/group \d+/))?.[1]);
			onEnd(() => processesOf(group).length > 0 && process.kill(-group, "SIGKILL"));
			assert.ok(processesOf(group).length >= 2);
			process.kill(command.group, signal);
			assert.is((await command.ended).status, status);
			while (processesOf(group).length > 0) await delay(20);
		}));

test.run();
