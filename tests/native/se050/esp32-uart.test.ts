// SPDX-License-Identifier: MIT
/** The ESP32's bus on a serial line: its UART is a TCP connection, at whose other end the simulator has its serial port. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../../tools/lib/compile-c.js";
import { startSimulator } from "../../../tools/se050-sim/simulator.js";
import { SerialLine } from "../../system/monitor/pty.js";

const idf = "tests/native/se050/esp32-idf";
const program = await compile({
	name: "esp32-uart",
	sources: [
		"tests/native/se050/bus.c",
		`${idf}/idf.c`,
		`${idf}/uart.c`,
		"se050/native/esp32/bus_idf.c",
		"se050/native/esp32/time_idf.c",
		"se050/native/uart/bus_uart.c",
		"se050/native/sim/sim_link.c",
	],
	includes: ["se050/native", "se050/native/esp32", "se050/native/uart", "se050/native/sim", idf],
	flags: ["-DMODDEF_SE050_UART=1"],
});

const folder = mkdtempSync(join(tmpdir(), "se050-uart-"));
let driver: Socket | undefined;
let onBytes = (_: Uint8Array): void => {};
const server = createServer(socket => {
	driver = socket.on("data", bytes => onBytes(bytes)).on("error", () => {});
}).listen(0, "127.0.0.1");
await once(server, "listening");

async function run(
	operations: readonly string[],
	name = "uart:tx=17,rx=16",
): Promise<{ lines: string[]; uart: string }> {
	const { port } = server.address() as AddressInfo;
	const child = spawn(program, [name, ...operations], { env: { ...process.env, UART_TCP: String(port) } });
	let [output, uart] = ["", ""];
	child.stdout.setEncoding("utf8").on("data", text => (output += text));
	child.stderr.setEncoding("utf8").on("data", text => (uart += text));
	await once(child, "close");
	return { lines: output.trimEnd().split("\n"), uart };
}

const softReset = "w 5ACF00377F";
const atr = /^ok A5EF23$/;

test("a simulated chip at the end of the line is reset and answers, after what a boot loader printed", async () => {
	const line = await SerialLine.open(join(folder, "port"));
	const chip = await startSimulator({
		stateFile: join(folder, "chip.json"),
		listen: { serial: line.path, baudRate: 115_200 },
		clock: "real",
		latency: "instant",
	});
	try {
		onBytes = bytes => line.send(bytes);
		line.onData(bytes => driver?.write(bytes));
		line.send("rst:0x1 (POWERON_RESET)\r\n");
		const { lines, uart } = await run(["r 2", softReset, "s 20000", "r 3", "r 37"]);
		assert.is(lines[0], "nack");
		assert.is(lines[1], "ok");
		assert.match(lines[3] ?? "", atr);
		assert.match(lines[4] ?? "", /^ok 00A0000003960403E8/);
		assert.match(uart, /uart 1: 2048 bytes in, 0 out.*\nuart 1: 115200 baud\nuart 1: tx 17 rx 16 rts -1 cts -1\n/);
		assert.match(uart, /uart 1 deleted\n/);

		line.send(Uint8Array.of(0x02, 0x01, 0x04, 0x48, 0x00, 0x5a));
		const again = await run([softReset, "s 20000", "r 3"], "uart:rx=16,tx=17,port=2,baud=921600");
		assert.match(again.lines[2] ?? "", atr, "what a host that was reset left in the line is dropped");
		assert.match(again.uart, /uart 2: 921600 baud\n/);
	} finally {
		await chip.close();
		await line.vanish();
	}
});

test("a line without a simulator, or with something else, is a disturbance with its cause, and tried again", async () => {
	onBytes = () => {};
	const { lines } = await run(["r 2"]);
	assert.match(lines[0] ?? "", /^disturbed: simulator link: the simulator does not respond: start it with --serial/);
	let hellos = 0;
	onBytes = bytes => {
		hellos += Buffer.from(bytes).includes(Buffer.from("01000502", "hex")) ? 1 : 0;
		driver?.write(Uint8Array.of(0xff, 0xff, 0xff));
	};
	const noise = await run(["r 2", "w 5AC000FFFC"]);
	for (const each of noise.lines) assert.match(each, /^disturbed: simulator link: a response of impossible length/);
	assert.is(hellos, 2);
});

test("a name that is not a serial line is answered with the form to use", async () => {
	for (const name of [
		"uart:",
		"uart:tx=17",
		"uart:tx=17,rx=",
		"uart:tx=17,rx=16,",
		"uart:tx=17,rx=16,port=0",
		"uart:tx=17,rx=16,port=3",
		"uart:tx=17,rx=16,baud=10",
		"uart:tx=17,rx=16,baud=99999999999",
		"uart:tx=17;rx=16",
		"uart:/dev/ttyS0",
	])
		assert.match(
			(await run([], name)).lines[0] ?? "",
			/^not open: uart:.* is not a serial line: use uart:tx=17,rx=16/,
			name,
		);
});

test.after(() => {
	driver?.destroy();
	server.close();
	rmSync(folder, { recursive: true, force: true });
});

test.run();
