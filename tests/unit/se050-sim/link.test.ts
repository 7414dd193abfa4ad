// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Simulator, startSimulator, type TraceRecord } from "../../../tools/se050-sim/simulator.js";
import { bytes, Host, requestTypes, responseTypes, Terminal } from "./host.js";

const folder = mkdtempSync(join(tmpdir(), "se050-sim-"));
const softReset = bytes("5ACF00377F");
const resyncRequest = bytes("5AC000FFFC");
const abc = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
const signCommand = `80030C092B4104F00001004201214320${abc}`;
const byteTime = 22.5; // 9 clocks at 400 kHz

interface Context {
	chip: Simulator;
	host: Host;
	trace: TraceRecord[];
}

const link = suite<Context>("simulator link");

const start = (context: Context): Promise<Simulator> =>
	startSimulator({
		stateFile: join(folder, "chip.json"),
		listen: { path: join(folder, "chip.sock") },
		clock: "virtual",
		trace: record => context.trace.push(record),
	});

link.before.each(async context => {
	context.trace = [];
	context.chip = await start(context);
	context.host = await Host.connect(context.chip.address);
	await context.host.sleep(10_000);
	await context.host.read(260); // what the last test left
	await context.host.exchange(softReset);
});
link.after.each(async ({ host, chip }) => {
	await host.close();
	await chip.close();
});
link.after(() => rmSync(folder, { recursive: true }));

/** Connects without HELLO, sends `raw`, and gives the sentence of the ERROR that follows. */
async function errorAfter(chip: Simulator, ...raw: string[]): Promise<string> {
	const host = await Host.connect(chip.address, 0);
	for (const message of raw.slice(0, -1)) {
		host.send(bytes(message));
		await host.response();
	}
	host.send(bytes(raw.at(-1)!));
	const { type, payload } = await host.response();
	assert.is(type, responseTypes.error);
	const end = await host.response().catch((error: Error) => error.message);
	assert.is(end, "the simulator closed the connection");
	return payload.toString();
}

const hello = "01 0005 02 00061A80";

for (const version of [1, 2])
	link(`HELLO of version ${version} is answered by that version and the kind of clock`, async ({ host, chip }) => {
		await host.close();
		const again = await Host.connect(chip.address, 0);
		const { type, payload } = await again.hello(100_000, version);
		assert.is(type, responseTypes.welcome);
		assert.equal(payload, Buffer.of(version, 1));
		await again.close();
	});

const broken: [string, string[], RegExp][] = [
	["a request before HELLO", ["05 0000"], /HELLO must come first/],
	["a second HELLO", [hello, hello], /HELLO came twice/],
	["another version", ["01 0005 03 00061A80"], /versions 1 and 2 of the link, not 3/],
	["a bus clock of 0 Hz", ["01 0005 01 00000000"], /bus clock of 0 Hz/],
	["a HELLO of wrong length", ["01 0004 01 00061A"], /HELLO has 4 bytes/],
	["an unknown type", [hello, "08 0000"], /type 8/],
	["an AFTER without a type", [hello, "07 0004 00000001"], /AFTER has no time and type/],
	["a SLEEP in an AFTER", [hello, "07 0009 00000001 04 00000001"], /AFTER carries a request of type 4/],
	["an AFTER in an AFTER", [hello, "07 000E 00000001 07 00000001 03 48 00 0003"], /AFTER carries a request of type 7/],
	["a READ of nothing in an AFTER", [hello, "07 0009 00000001 03 48 00 0000"], /asks for 0 bytes/],
	["a WRITE without flags in an AFTER", [hello, "07 0006 00000001 02 48"], /no address and flags/],
	["a message that is too long", [hello, "02 0401"], /1025 bytes/],
	["a WRITE without flags", [hello, "02 0001 48"], /no address and flags/],
	["an address of eight bits", [hello, "02 0003 90 00 5A"], /7-bit/],
	["unknown flags", [hello, "02 0003 48 02 5A"], /flags 2/],
	["a READ of nothing", [hello, "03 0004 48 00 0000"], /asks for 0 bytes/],
	["a READ of more than a response holds", [hello, "03 0004 48 00 03F9"], /asks for 1017 bytes/],
	["a SLEEP of wrong length", [hello, "04 0002 0001"], /SLEEP/],
	["a TIME with payload", [hello, "05 0001 00"], /TIME/],
	["an unknown level", [hello, "06 0001 02"], /ENA has level 2/],
	["a request before the response to the last", [hello, "05 0000 05 0000"], /before the response/],
];
for (const [what, raw, sentence] of broken)
	link(`${what} is answered by ERROR, and the connection is closed`, async ({ host, chip }) => {
		await host.close();
		assert.match(await errorAfter(chip, ...raw), sentence);
	});

link("AFTER does what SLEEP and the request that it carries do, with the same times and records", async context => {
	const { host, trace } = context;
	const requests = async (...messages: string[]) => {
		trace.length = 0;
		const start = host.time;
		for (const message of messages) {
			host.send(bytes(message));
			await host.response();
		}
		const begin = trace[0]?.time ?? 0;
		const records = trace.map(record => ({ ...record, time: record.time - begin }));
		return {
			time: host.time - start,
			records: records.map(record => ("end" in record ? { ...record, end: record.end - begin } : record)),
		};
	};
	const write = "02 0007 48 00 5AC000FFFC",
		read = "03 0004 48 00 0005";
	const apart = await requests("04 0004 00002710", write, "04 0004 00002710", read);
	const together = await requests("07 000C 00002710 02 48 00 5AC000FFFC", "07 0009 00002710 03 48 00 0005");
	assert.is(apart.records.length, 6);
	assert.equal(together, apart);
});

link("a second host is refused while the first is connected, and welcome after it", async ({ host, chip }) => {
	const second = await Host.connect(chip.address, 0);
	const { type, payload } = await second.response();
	assert.is(type, responseTypes.error);
	assert.match(payload.toString(), /another host/);
	assert.is((await host.request(requestTypes.time)).type, responseTypes.ack);
	await host.close();
	const third = await Host.connect(chip.address);
	assert.is((await third.request(requestTypes.time)).type, responseTypes.ack);
	await third.close();
});

link("a request may come in pieces", async ({ host }) => {
	for (const byte of [0x04, 0x00, 0x04, 0x00, 0x00, 0x00]) host.send(Buffer.of(byte));
	await new Promise(resolve => setTimeout(resolve, 20));
	host.send(Buffer.of(0x07));
	const before = host.time;
	const { type, time } = await host.response();
	assert.is(type, responseTypes.ack);
	assert.is(time - before, 7);
});

link("virtual time advances by 9 clocks for each byte with the address, and by what is slept", async ({ host }) => {
	const start = host.time;
	await host.sleep(500);
	assert.is(host.time - start, 500);
	await host.write(resyncRequest);
	assert.is(host.time - start, 500 + 6 * byteTime);
	await host.sleep(500);
	await host.read(5);
	assert.is(host.time - start, 1000 + 12 * byteTime);
});

for (const [hz, time] of [
	[100_000, 540],
	[400_000, 135],
	[1_000_000, 54],
] as const)
	link(`five bytes take ${time} µs at ${hz} Hz`, async ({ host, chip }) => {
		await host.close();
		const other = await Host.connect(chip.address, hz);
		await other.sleep(0);
		const start = other.time;
		await other.write(resyncRequest);
		assert.ok(Math.abs(other.time - start - time) <= 1, `${other.time - start}`);
		await other.close();
	});

link("another address is not acknowledged, and costs its 9 clocks", async ({ host }) => {
	await host.sleep(0);
	const start = host.time;
	const { type, payload } = await host.write(resyncRequest, 0x49);
	assert.is(type, responseTypes.nack);
	assert.equal(payload, Buffer.of(0, 0));
	assert.ok(host.time - start <= 23);
	assert.is((await host.read(1, 0x49)).type, responseTypes.nack);
});

link("a read with nothing pending is not acknowledged", async ({ host }) => {
	assert.is((await host.read(3)).type, responseTypes.nack);
});

link("while it computes the chip acknowledges neither reads nor writes", async ({ host }) => {
	const terminal = new Terminal(host);
	await terminal.open();
	await host.write(bytes("5A 40 30 80030C092B4104F0000100420121 4320" + abc + "1C81"));
	const start = host.time;
	let reads = 0;
	while ((await host.read(3)).type === responseTypes.nack) {
		assert.is((await host.write(resyncRequest)).type, responseTypes.nack);
		await host.sleep(1000);
		reads++;
	}
	assert.ok(reads > 40);
	assert.ok(host.time - start >= 48_000 && host.time - start < 50_000, `${host.time - start}`);
});

link("one frame is read in as many parts as the host likes", async ({ host }) => {
	await host.write(resyncRequest);
	await host.sleep(1000);
	const parts = [await host.read(1), await host.read(3), await host.read(1)].map(({ payload }) => payload);
	assert.equal(Buffer.concat(parts), bytes("A5E0003F19"));
	assert.is((await host.read(1)).type, responseTypes.nack);
});

link("what is read beyond a frame is FF, and nothing is left", async ({ host }) => {
	await host.write(resyncRequest);
	await host.sleep(1000);
	assert.equal((await host.read(260)).payload, Buffer.concat([bytes("A5E0003F19"), Buffer.alloc(255, 0xff)]));
	assert.is((await host.read(1)).type, responseTypes.nack);
});

link("a write is not acknowledged while bytes wait to be read", async ({ host }) => {
	await host.write(resyncRequest);
	await host.sleep(1000);
	await host.read(3);
	assert.is((await host.write(resyncRequest)).type, responseTypes.nack);
	assert.equal((await host.read(2)).payload, bytes("3F19"));
	assert.is((await host.write(resyncRequest)).type, responseTypes.ack);
});

link("unread bytes survive a host that died", async ({ host, chip }) => {
	await host.write(resyncRequest);
	await host.sleep(1000);
	await host.read(1);
	await host.close();
	const next = await Host.connect(chip.address);
	assert.is((await next.write(softReset)).type, responseTypes.nack);
	for (const byte of [0xe0, 0x00, 0x3f, 0x19]) assert.is((await next.read(1)).payload[0], byte);
	assert.is((await next.read(1)).type, responseTypes.nack);
	assert.is((await next.exchange(softReset))[1], 0xef);
	await next.close();
});

link("a frame of 259 bytes is acknowledged, and not a byte more", async ({ host }) => {
	assert.is((await host.write(Buffer.alloc(259))).type, responseTypes.ack);
	await host.frame();
	const start = (await host.sleep(0)).time;
	const { type, payload } = await host.write(Buffer.alloc(300));
	assert.is(type, responseTypes.nack);
	assert.is(payload.readUInt16BE(), 259);
	assert.ok(
		Math.abs(host.time - start - 261 * byteTime) <= 1,
		"address, 259 bytes, and the one that was not acknowledged",
	);
});

link("an address alone is acknowledged and changes nothing", async ({ host }) => {
	assert.is((await host.write(Buffer.alloc(0))).type, responseTypes.ack);
	assert.is((await host.read(1)).type, responseTypes.nack);
	assert.is((await host.write(resyncRequest)).type, responseTypes.ack);
});

link("with ENA low nothing is acknowledged; when it rises the chip boots without its session", async ({ host }) => {
	const terminal = new Terminal(host);
	await terminal.open();
	await host.ena(0);
	assert.is((await host.write(resyncRequest)).type, responseTypes.nack);
	await host.ena(1);
	assert.is((await host.write(resyncRequest)).type, responseTypes.nack);
	await host.sleep(3000);
	await host.exchange(resyncRequest);
	assert.is(await new Terminal(host).transceive("8004002000"), "6D00");
});

link("ENA low forgets bytes that nobody read", async ({ host }) => {
	await host.write(resyncRequest);
	await host.ena(0);
	await host.ena(1);
	await host.sleep(3000);
	assert.is((await host.read(1)).type, responseTypes.nack);
});

link("ENA high on a chip that runs changes nothing", async ({ host }) => {
	const terminal = new Terminal(host);
	await terminal.open();
	await host.ena(1);
	assert.match(await terminal.transceive("8004002000"), /9000$/);
});

link("a command and an answer of several blocks cross the bus", async ({ host }) => {
	const terminal = new Terminal(host);
	await terminal.open();
	const data = Array.from({ length: 700 }, (_, index) => (index & 0xff).toString(16).padStart(2, "0"))
		.join("")
		.toUpperCase();
	const tlvs = `410420000001430202BC448202BC${data}`;
	assert.is(await terminal.transceive(`80010600 00${(tlvs.length / 2).toString(16).padStart(4, "0")} ${tlvs}`), "9000");
	assert.is(await terminal.transceive("80020000 000006 410420000001 0000"), `418202BC${data}9000`);
	assert.is(await terminal.transceive("80040028 06 410420000001"), "9000");
});

link("the trace has each transaction, block and APDU", async ({ host, trace }) => {
	const terminal = new Terminal(host);
	await terminal.open();
	trace.length = 0;
	await terminal.transceive(signCommand);
	const blocks = trace.filter(record => record.layer === "t1");
	assert.equal(
		blocks.map(record => `${record.from} ${record.block}`),
		["host I(1,0)", "chip I(1,0)"],
	);
	const apdus = trace.filter(record => record.layer === "apdu");
	assert.equal(
		apdus.map(record => `${record.from} ${record.command} ${record.status ?? ""}`),
		["host ECDSASign ", "chip ECDSASign 9000"],
	);
	assert.is(apdus[1]!.time - apdus[0]!.time, 48_000);
	const [write] = trace.filter(record => record.layer === "i2c" && record.operation === "write");
	assert.is(write?.layer === "i2c" && write.end - write.time, 54 * byteTime);
	assert.ok(trace.some(record => record.layer === "i2c" && record.nackedAfter === 0));
});

link.run();
