// SPDX-License-Identifier: MIT
/** The simulator at the end of a serial line: a pseudo-terminal, with the firmware's own driver at the other end. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../../tools/lib/user-error.js";
import { startSimulator } from "../../../tools/se050-sim/simulator.js";
import { withCleanUp } from "../app/picture.js";
import { CommandLine } from "../command-line.js";
import { SerialLine } from "../monitor/pty.js";
import { hex, told } from "../se050-tool/tool.js";

/**
 * Milliseconds that a host which was reset waits. The simulator drops a request that pauses for 100 ms
 * (docs/simulator-link.md); the rest is for the bytes' way through other processes.
 */
const bootTime = 1_000;

/** Stands for a board's UART: whoever connects talks over the line. Gives the driver's bus address. */
async function board(line: SerialLine, onEnd: (close: () => unknown) => void): Promise<string> {
	let driver: Socket | undefined;
	line.onData(bytes => driver?.write(bytes));
	const server = createServer(socket => {
		driver = socket.on("data", bytes => line.send(bytes)).on("error", () => {});
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	onEnd(() => {
		driver?.destroy();
		server.close();
	});
	return `sim:127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("the driver opens, reads and signs over a serial line, and comes again after a reset in the middle of a request", () =>
	withCleanUp(async (folder, onEnd) => {
		const line = await SerialLine.open(join(folder, "port"));
		onEnd(() => line.vanish());
		const chip = await startSimulator({
			stateFile: join(folder, "chip.json"),
			listen: { serial: line.path, baudRate: 921_600 },
			clock: "real",
			latency: "instant",
		});
		onEnd(() => chip.close());
		assert.is(chip.address, line.path);
		const bus = await board(line, onEnd);
		line.send("rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n");
		assert.match(await told("info", "--bus", bus), new RegExp(`^UID +${hex(chip.uid)}$`, "m"));
		line.send(Uint8Array.of(0x02, 0x01, 0x04, 0x48, 0x00, 0x5a));
		await delay(bootTime);
		assert.match(await told("cert", "--bus", bus), /BEGIN CERTIFICATE/);
	}));

test("npm run se050-sim --serial says where it is ready, and refuses a port that is none and a virtual clock", () =>
	withCleanUp(async (folder, onEnd) => {
		const line = await SerialLine.open(join(folder, "port"));
		onEnd(() => line.vanish());
		const chip = ["--chip", join(folder, "chip.json")];
		const simulator = CommandLine.tool("se050-sim", [...chip, "--serial", line.path, "--baud", "115200"]);
		onEnd(() => simulator.kill());
		await simulator.line(new RegExp(`^SE050 ready at ${line.path}, UID `));
		const other = join(folder, "other.json");
		for (const [args, words] of [
			[["--serial", "/nowhere/tty"], /The serial port \/nowhere\/tty cannot be opened/],
			[["--serial", line.path, "--clock", "virtual"], /--serial needs --clock real/],
			[["--serial", line.path, "--tcp", "127.0.0.1:0"], /cannot be used with option/],
		] as const) {
			const { status, stderr } = await CommandLine.tool("se050-sim", ["--chip", other, ...args]).ended;
			assert.is(status, 1);
			assert.match(stderr, words);
		}
	}));

test("a serial port that cannot be opened is a UserError", () =>
	withCleanUp(async folder => {
		const starting = startSimulator({
			stateFile: join(folder, "chip.json"),
			listen: { serial: folder, baudRate: 115_200 },
			clock: "real",
		});
		let failure: unknown;
		await starting.catch((error: unknown) => (failure = error));
		assert.instance(failure, UserError);
	}));

test.run();
