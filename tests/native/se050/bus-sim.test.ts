// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../../tools/lib/compile-c.js";

const program = await compile({
	name: "se050-bus",
	sources: [
		"tests/native/se050/bus.c",
		"se050/native/posix/bus_posix.c",
		"se050/native/posix/bus_sim.c",
		"se050/native/sim/sim_link.c",
		"se050/native/posix/bus_linux.c",
		"se050/native/posix/bus_trace.c",
		"se050/native/posix/posix_time.c",
	],
	includes: ["se050/native", "se050/native/posix", "se050/native/sim"],
});
const folder = mkdtempSync(join(tmpdir(), "se050-bus-"));
const path = join(folder, "chip");

const hello = "01 0005 02 00061A80";

function bytes(text: string): Buffer {
	return Buffer.from(text.replaceAll(" ", ""), "hex");
}

/** A response of docs/simulator-link.md. */
function response(type: number, time: number, payload = ""): Buffer {
	const body = bytes(payload);
	const message = Buffer.alloc(11 + body.length);
	message.writeUInt8(type, 0);
	message.writeUInt16BE(8 + body.length, 1);
	message.writeBigUInt64BE(BigInt(time), 3);
	body.copy(message, 11);
	return message;
}

function welcome(clock: "real" | "virtual"): Buffer {
	return response(0x81, 1000, clock === "virtual" ? "02 01" : "02 00");
}

/** A simulator that answers given requests with given responses; collects what does not fit. */
function play(socket: Socket, script: [request: string, response: Buffer][], faults: string[]): void {
	let received = Buffer.alloc(0);
	socket.on("error", () => undefined);
	socket.on("data", data => {
		received = Buffer.concat([received, data]);
		while (received.length >= 3 && received.length >= 3 + received.readUInt16BE(1)) {
			const end = 3 + received.readUInt16BE(1);
			const request = received.subarray(0, end).toString("hex");
			received = received.subarray(end);
			const next = script.shift();
			if (next === undefined || bytes(next[0]).toString("hex") !== request)
				faults.push(`${request} where ${next?.[0] ?? "nothing"} was expected`);
			if (next === undefined || next[1].length === 0) socket.end();
			else socket.write(next[1]);
		}
	});
}

async function run(bus: string, ...operations: string[]): Promise<string[]> {
	const child = spawn(program, [bus, ...operations], { stdio: ["ignore", "pipe", "inherit"] });
	let output = "";
	child.stdout.setEncoding("utf8").on("data", text => (output += text));
	await once(child, "close");
	return output.trimEnd().split("\n");
}

async function withServer(
	listen: (server: Server) => void,
	script: [string, Buffer][],
	operations: string[],
	bus: (server: Server) => string,
): Promise<string[]> {
	const faults: string[] = [];
	const server = createServer(socket => play(socket, script, faults));
	listen(server);
	await once(server, "listening");
	try {
		const lines = await run(bus(server), ...operations);
		assert.equal(faults, []);
		assert.is(script.length, 0, "every request came");
		return lines;
	} finally {
		server.close();
	}
}

function overUnix(script: [string, Buffer][], ...operations: string[]): Promise<string[]> {
	return withServer(
		server => server.listen(path),
		script,
		operations,
		() => `sim:${path}`,
	);
}

test("a write is acknowledged, a read brings its bytes, and time is the simulator's when it is virtual", async () => {
	assert.equal(
		await overUnix(
			[
				[hello, welcome("virtual")],
				["02 0007 48 00 5AC000FFFC", response(0x82, 1135, "0005")],
				["07 0009 00000064 03 48 00 0003", response(0x83, 1325, "A5E000")],
			],
			"t",
			"w 5AC000FFFC",
			"s 100",
			"t",
			"r 3",
			"t",
		),
		["1000", "ok", "ok", "1235", "ok A5E000", "1325"],
	);
});

test("what was slept goes along with the next write or read, or by itself before another sleep and at the end", async () => {
	assert.equal(
		await overUnix(
			[
				[hello, welcome("virtual")],
				["04 0004 00000064", response(0x82, 1100)],
				["07 0009 000003E8 02 48 00 5AC0", response(0x82, 2145, "0002")],
				["02 0004 48 00 5AC0", response(0x82, 2190, "0002")],
				["04 0004 FFFFFFFF", response(0x82, 4294969485)],
			],
			"s 100",
			"s 1000",
			"t",
			"w 5AC0",
			"t",
			"w 5AC0",
			"s 4294967295",
			"t",
		),
		["ok", "ok", "2100", "ok", "2145", "ok", "ok", "4294969485"],
	);
});

test("a NACK is a NACK, of the address or of a byte, written or read", async () => {
	assert.equal(
		await overUnix(
			[
				[hello, welcome("virtual")],
				["02 0004 48 00 5AC0", response(0x84, 1100, "0000")],
				["02 0004 48 00 5AC0", response(0x84, 1200, "0001")],
				["03 0004 48 00 0001", response(0x84, 1300, "0000")],
			],
			"w 5AC0",
			"w 5AC0",
			"r 1",
		),
		["nack", "nack", "nack"],
	);
});

test("in real time the host sleeps by itself and its own clock counts", async () => {
	const [before, slept, after] = await overUnix([[hello, welcome("real")]], "t", "s 30000", "t");
	assert.is(slept, "ok");
	assert.ok(Number(after) - Number(before) >= 30000);
});

test("the link also goes over TCP", async () => {
	const lines = await withServer(
		server => server.listen(0, "127.0.0.1"),
		[
			[hello, welcome("virtual")],
			["03 0004 48 00 0001", response(0x83, 1045, "A5")],
		],
		["r 1"],
		server => `sim:127.0.0.1:${(server.address() as AddressInfo).port}`,
	);
	assert.equal(lines, ["ok A5"]);
});

test("a refusal is reported in the simulator's words", async () => {
	const lines = await overUnix([[hello, response(0x8f, 0, Buffer.from("another host is connected").toString("hex"))]]);
	assert.equal(lines, [`not open: sim:${path}: simulator link: refused: another host is connected`]);
});

test("an ERROR in the middle is reported in the simulator's words", async () => {
	const [line] = await overUnix(
		[
			[hello, welcome("virtual")],
			["03 0004 48 00 0001", response(0x8f, 0, Buffer.from("no such address").toString("hex"))],
		],
		"r 1",
	);
	assert.is(line, "error: simulator link: refused: no such address");
});

test("a simulator that goes away is reported", async () => {
	const [line] = await overUnix(
		[
			[hello, welcome("virtual")],
			["03 0004 48 00 0001", Buffer.alloc(0)],
		],
		"r 1",
	);
	assert.is(line, "error: simulator link: the simulator closed the connection; start it again");
});

test("another version, or something that is not a simulator, is reported", async () => {
	assert.match(
		(await overUnix([[hello, response(0x81, 0, "03 01")]]))[0] ?? "",
		/does not allow here; versions differ\?/,
	);
	assert.match((await overUnix([[hello, bytes("81 0002 0101")]]))[0] ?? "", /impossible length/);
	assert.match(
		(await overUnix([[hello, Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")]]))[0] ?? "",
		/impossible length/,
	);
});

test("a response that does not fit the request is reported", async () => {
	const impossible: [string, string, Buffer][] = [
		["w 5AC0", "02 0004 48 00 5AC0", response(0x83, 0, "0002")],
		["w 5AC0", "02 0004 48 00 5AC0", response(0x82, 0, "0001")],
		["r 2", "03 0004 48 00 0002", response(0x83, 0, "A5")],
		["r 2", "03 0004 48 00 0002", response(0x83, 0, "A5A5A5")],
		["r 2", "03 0004 48 00 0002", response(0x82, 0, "0002")],
		["s 1,s 1", "04 0004 00000001", response(0x84, 0, "0000")],
		["s 1,r 1", "07 0009 00000001 03 48 00 0001", response(0x82, 0)],
	];
	for (const [operations, request, answer] of impossible)
		assert.match(
			(
				await overUnix(
					[
						[hello, welcome("virtual")],
						[request, answer],
					],
					...operations.split(","),
				)
			).at(-1) ?? "",
			/^error: .*does not allow here/,
		);
});

test("an empty transaction, or one too long for the link, never reaches it", async () => {
	const lines = await overUnix([[hello, welcome("virtual")]], "w ", "r 0", `w ${"00".repeat(1023)}`, "r 1017");
	for (const line of lines) assert.match(line, /^error: .*length is not possible/);
});

test("a socket that is not there is reported with what to do", async () => {
	assert.equal(await run(`sim:${folder}/none`), [
		`not open: sim:${folder}/none: No such file or directory: there is no such socket; start the simulator first, or correct the path`,
	]);
});

test("a port where nothing listens is reported with what to do", async () => {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	assert.equal(await run(`sim:127.0.0.1:${port}`), [
		`not open: sim:127.0.0.1:${port}: Connection refused: nothing listens there; start the simulator`,
	]);
});

test("a path that no socket can have, and a name that is not a bus, are reported", async () => {
	assert.match((await run(`sim:/${"x".repeat(200)}`))[0] ?? "", /may have 107 bytes/);
	for (const name of ["sim:", "sim:host", "sim::1", "sim:host:"])
		assert.match((await run(name))[0] ?? "", /use sim:\/path\/to\/socket or sim:host:port/, name);
	assert.match((await run("i2c-1"))[0] ?? "", /"i2c-1" is not a bus/);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
