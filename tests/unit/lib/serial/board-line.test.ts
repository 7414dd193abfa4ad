// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BoardLine } from "../../../../tools/lib/serial/board-line.js";
import { SerialDecoder } from "../../../../tools/lib/serial/decoder.js";
import { explainOpening, holdersOf, PortFinder } from "../../../../tools/lib/serial/ports.js";
import { readMessage } from "../../../../tools/lib/serial/xsbug.js";
import { DebugBoard, FakePort } from "./debug-board.js";

const root = mkdtempSync(join(tmpdir(), "serial-"));
process.on("exit", () => rmSync(root, { recursive: true, force: true }));
const folder = () => mkdtempSync(join(root, "dev-"));

const turn = () => new Promise(resolve => setImmediate(resolve));
const until = async (condition: () => boolean) => {
	while (!condition()) await new Promise(resolve => setTimeout(resolve, 2));
};

interface Line {
	board: BoardLine;
	ports: FakePort[];
	opened: string[];
	lines: string[];
	notes: string[];
}

function lineOf(path: string, options: Partial<ConstructorParameters<typeof BoardLine>[0]> = {}): Line {
	const ports: FakePort[] = [],
		opened: string[] = [],
		lines: string[] = [],
		notes: string[] = [];
	const board = new BoardLine({
		path,
		baudRate: undefined,
		onLine: line => lines.push(line),
		onNote: note => notes.push(note),
		async open(present, speed) {
			if (present !== "tty" && !existsSync(present)) throw new Error("no such port");
			opened.push(`${present} ${speed}`);
			const port = new FakePort();
			ports.push(port);
			return port;
		},
		finder: { find: () => path, opened: () => undefined } as unknown as PortFinder,
		retryDelay: 1,
		...options,
	});
	return { board, ports, opened, lines, notes };
}

test("a debug build's lines come out as a release build's do, and the board is answered so that it goes on", async () => {
	const { board, ports, lines, notes } = lineOf("tty");
	await board.start();
	const [port] = ports as [FakePort];
	const debug = new DebugBoard(text => port.send(text));
	port.onWrite = text => debug.receive(text);
	port.send("rst:0x1 (POWERON_RESET),boot:0x13\r\n");
	await debug.start();
	debug.log('    0.000 start       firmware="a & b <c>"');
	debug.plain("I (700) wifi:new:<11,0>");
	await debug.stop("TypeError: no chip");
	debug.log("    0.100 identity    uid=00 clientId=x");
	assert.equal(lines, [
		"rst:0x1 (POWERON_RESET),boot:0x13",
		'    0.000 start       firmware="a & b <c>"',
		"I (700) wifi:new:<11,0>",
		"xsbug break (/project/main.ts:7): Break: TypeError: no chip!",
		"  at sign (/project/se050/se050.ts:42)",
		"    0.100 identity    uid=00 clientId=x",
	]);
	assert.equal(debug.commands, [
		'<set-all-breakpoints><breakpoint path="exceptions" line="0" id="@0"/></set-all-breakpoints>',
		"<go/>",
		"<go/>",
	]);
	assert.is(notes.filter(note => note.includes("debug build")).length, 1);
	await board.close();
});

test("whatever pieces a debug build's messages come in, its lines are the same", () => {
	const wire: string[] = [];
	const debug = new DebugBoard(text => wire.push(text));
	void debug.start();
	debug.log("one ü");
	debug.plain("between");
	void debug.stop("x");
	debug.log("two");
	const bytes = Buffer.from(wire.join(""));
	const decoded = (size: number) => {
		const lines: string[] = [];
		let replies = "";
		const decoder = new SerialDecoder({
			onLine: line => lines.push(line),
			reply: text => {
				replies += text;
			},
		});
		for (let start = 0; start < bytes.length; start += size) decoder.push(bytes.subarray(start, start + size));
		decoder.end();
		return { lines, replies };
	};
	const whole = decoded(bytes.length);
	assert.is(whole.lines.length, 5);
	for (const size of [1, 2, 3, 7, 16, 64]) assert.equal(decoded(size), whole, `${size} bytes`);
});

test("a message whose end is lost costs itself, and the next one is read", () => {
	const lines: string[] = [];
	const decoder = new SerialDecoder({ onLine: line => lines.push(line), reply: () => undefined });
	decoder.push(
		Buffer.from("\r\n<?xs.3FFB2F00?>\r\n<xsbug><log>lo\r\n<?xs.3FFB2F00?>\r\n<xsbug><log>kept&#10;</log></xsbug>\r\n"),
	);
	assert.equal(
		lines.filter(line => line !== ""),
		["kept"],
	);
});

test("a message without an end does not fill the memory", () => {
	let longest = 0;
	const decoder = new SerialDecoder({
		onLine: line => {
			longest = Math.max(longest, line.length);
		},
		reply: () => undefined,
	});
	decoder.push(Buffer.from("<?xs.3FFB2F00?>\r\n<xsbug><log>"));
	const before = process.memoryUsage().heapUsed;
	for (let index = 0; index < 200; index++) decoder.push(Buffer.alloc(65_536, "x"));
	assert.ok(process.memoryUsage().heapUsed - before < 64 * 2 ** 20);
	assert.ok(longest <= 2 ** 17, String(longest));
});

test("entities that are none stay as they are", () => {
	assert.is(
		readMessage("<log>&lt;a&gt; &amp;amp; &#x41;&#66; &#9999999; &foo;</log>").log,
		"<a> &amp; AB &#9999999; &foo;",
	);
});

test("a line that is not text at a release build's speed is tried at a debug build's, from its start, once", async () => {
	const { board, ports, opened, notes } = lineOf("tty");
	await board.start();
	const [port] = ports as [FakePort];
	const garbage = Buffer.alloc(600, 0x91);
	port.send(garbage);
	await until(() => port.changes.length === 3);
	assert.equal(port.changes, ["speed 460800", "rts true", "rts false"]);
	port.send(garbage);
	port.send(garbage);
	await turn();
	assert.is(port.changes.length, 3);
	assert.equal(opened, ["tty 115200"]);
	assert.is(notes.filter(note => note.includes("trying 460800")).length, 1);
	await board.close();
});

test("a speed that was given is not changed, but said", async () => {
	const { board, ports, notes } = lineOf("tty", { baudRate: 9_600 });
	await board.start();
	ports[0]?.send(Buffer.alloc(600, 0x91));
	await turn();
	assert.equal(ports[0]?.changes, []);
	assert.match(notes.join("\n"), /another one than 9600/);
	await board.close();
});

test("a board whose port comes back under another name is followed there, and half a message is forgotten", async () => {
	const dev = folder();
	writeFileSync(join(dev, "ttyACM0"), "");
	writeFileSync(join(dev, "ttyACM7"), "");
	const names = new Set(["ttyACM0", "ttyACM7"]);
	const ports = () => [...names].map(name => join(dev, name));
	const {
		board,
		ports: open,
		opened,
		lines,
	} = lineOf(join(dev, "ttyACM0"), {
		finder: new PortFinder(join(dev, "ttyACM0"), ports, join(dev, "by-id")),
	});
	await board.start();
	open[0]?.send("before\r\n\r\n<?xs.3FFB2F00?>\r\n<xsbug><log>half");
	rmSync(join(dev, "ttyACM0"));
	names.delete("ttyACM0");
	open[0]?.emit("close");
	await new Promise(resolve => setTimeout(resolve, 20));
	writeFileSync(join(dev, "ttyACM1"), "");
	names.add("ttyACM1");
	await until(() => opened.at(-1) === `${join(dev, "ttyACM1")} 115200`);
	await turn();
	open.at(-1)?.send("after\r\n");
	assert.equal(
		lines.filter(line => line !== ""),
		["before", "after"],
	);
	await board.close();
});

test("a port's stable name is followed before its path: the path may be another board's by then", () => {
	const dev = folder();
	mkdirSync(join(dev, "by-id"));
	for (const name of ["ttyUSB0", "ttyUSB1"]) writeFileSync(join(dev, name), "");
	symlinkSync("../ttyUSB0", join(dev, "by-id", "board-a"));
	const finder = new PortFinder(join(dev, "ttyUSB0"), () => [], join(dev, "by-id"));
	assert.is(finder.find(), join(dev, "ttyUSB0"));
	finder.opened(join(dev, "ttyUSB0"));
	rmSync(join(dev, "by-id", "board-a"));
	symlinkSync("../ttyUSB1", join(dev, "by-id", "board-a"));
	assert.is(finder.find(), join(dev, "ttyUSB1"));
});

test("of two new ports, neither is taken for the board's", () => {
	const dev = folder();
	const finder = new PortFinder(join(dev, "ttyACM0"), () => [join(dev, "ttyACM1"), join(dev, "ttyACM2")], dev);
	finder.opened(join(dev, "ttyACM0"));
	const later = new PortFinder(join(dev, "ttyACM0"), () => [join(dev, "x"), join(dev, "y")], join(dev, "none"));
	assert.is(later.find(), undefined);
});

test("the process that holds a port is named, and serial2xsbug with what it is", () => {
	const proc = folder(),
		port = join(folder(), "ttyUSB0");
	writeFileSync(port, "");
	for (const [id, name] of [
		["123", "serial2xsbug"],
		["124", "bash"],
	] as const) {
		mkdirSync(join(proc, id, "fd"), { recursive: true });
		writeFileSync(join(proc, id, "comm"), `${name}\n`);
	}
	symlinkSync(port, join(proc, "123", "fd", "5"));
	assert.equal(holdersOf(port, proc), ["serial2xsbug (process 123)"]);
	const text = explainOpening(
		port,
		new Error("Error Resource temporarily unavailable Cannot lock port"),
		[],
		holdersOf(port, proc),
	);
	assert.match(text, /is in use by serial2xsbug \(process 123\): it is mcconfig's debugger connection/);
});

test.run();
