// SPDX-License-Identifier: MIT
import { type Built, build } from "../build/build.js";
import { guard, program } from "../lib/command-line.js";
import { brokerTable } from "./broker.js";
import { type Figures, measureColdStart, measureWire } from "./cold-start.js";
import { measureCounts, measureSecureChannel, measureTransport } from "./footprint.js";
import { measureJavaScriptHeap, measureTlsHeap } from "./memory.js";
import { certificateLength, nanoPackage, publishedWire, targets } from "./published.js";
import { alignCells, formatTable, type Row } from "./table.js";
import { measureWakeUp, type WakeUp, type WakeUps } from "./wake-up.js";

program(
	"bench",
	"Measures the SE050 driver in virtual time and prints its figures next to the targets and those of NXP's stack.",
	["npm run bench"],
).parse();

const ms = (value: number) => `${value.toFixed(2)} ms`;

function busRows({ cold, reconnect }: Figures, typical: Figures): Row[] {
	const published = Object.values(nanoPackage.busTime).reduce((sum, part) => sum + part, 0);
	const atMost = (value: number) => `<= ${value} ms`;
	const how = "driver on XS, simulated chip, virtual time";
	return [
		{
			what: "bus time, cold start to signature, instant chip",
			measured: ms(cold.busTime),
			target: atMost(targets.busTime),
			published: ms(published),
			how,
		},
		{
			what: "the same, chip with typical latencies",
			measured: ms(typical.cold.busTime),
			target: "",
			published: "",
			how: `${how}, polls included`,
		},
		{
			what: "host sleeps on that way, instant chip",
			measured: ms(cold.sleeps),
			target: atMost(targets.sleeps),
			published: `${nanoPackage.sleeps} ms`,
			how,
		},
		{
			what: "I2C transactions (of them NACKed), instant chip",
			measured: `${cold.transactions} (${cold.nacks})`,
			target: "",
			published: "",
			how,
		},
		{
			what: "APDUs of a cold start",
			measured: `${cold.commands.length}`,
			target: `${targets.coldCommands}`,
			published: `${nanoPackage.commands} (SSS API)`,
			how: cold.commands.join(", "),
		},
		{
			what: "APDUs of a reconnect",
			measured: `${reconnect.commands.length}`,
			target: `${targets.reconnectCommands}`,
			published: "a session each",
			how: reconnect.commands.join(", "),
		},
		{
			what: "bus time of a reconnect, instant chip",
			measured: ms(reconnect.busTime),
			target: "",
			published: ms(nanoPackage.busTime.sign),
			how,
		},
		{
			what: "signature done to host reads it, 48 ms signature",
			measured: ms(typical.cold.wakeUpDelay),
			target: atMost(targets.wakeUpDelay),
			published: `${nanoPackage.wakeUpDelay} ms`,
			how,
		},
	];
}

function wakeUpRow(what: string, { delay, polls }: WakeUp, how: string): Row {
	return {
		what,
		measured: `${delay.minimum.toFixed(2)}, ${delay.median.toFixed(2)}, ${ms(delay.maximum)}, ${polls}`,
		target: `<= ${targets.wakeUpDelay} ms, ${targets.polls}`,
		published: "",
		how,
	};
}

function nativeRows({ first, again, state }: WakeUps): Row[] {
	const { text, staticMemory } = measureTransport();
	const counts = measureCounts(),
		secure = measureSecureChannel();
	return [
		wakeUpRow(
			"first signature, 40 to 56 ms: least, median, most; polls",
			first,
			"data link in C, a duration every 37 us; 48 ms expected",
		),
		wakeUpRow(
			"a command that took as long before, 20 to 100 ms: likewise",
			again,
			"the same, each duration twice; the second one counts",
		),
		{
			what: "text of data link and binding, -Os",
			measured: `${text} B`,
			target: `<= ${targets.text} B`,
			published: `${nanoPackage.text} B`,
			how: "gcc for this machine, size(1), unwind tables included",
		},
		{
			what: "static RAM of the same",
			measured: `${staticMemory} B`,
			target: `<= ${targets.staticMemory} B`,
			published: `${nanoPackage.staticMemory} B`,
			how: "size(1): data and bss",
		},
		{
			what: "text of the bus counts and their binding",
			measured: `${counts.text} B`,
			target: "",
			published: "",
			how: "the same; constants for relocation among its data",
		},
		{
			what: "text of SCP03 and its binding, without Mbed TLS",
			measured: `${secure.text} B`,
			target: "",
			published: "",
			how: "the same",
		},
		{
			what: "state of an open data link, on the heap",
			measured: `${state} B`,
			target: `<= ${targets.staticMemory} B`,
			published: "",
			how: "sizeof(t1_t), block buffer included",
		},
	];
}

async function memoryRows(): Promise<Row[]> {
	const heap = await measureJavaScriptHeap();
	const { peak, library } = await measureTlsHeap();
	return [
		{
			what: "JavaScript heap at its peak, connected and echoing",
			measured: `${heap} B`,
			target: `<= ${targets.heap} B`,
			published: "",
			how: "XS in 32 bits, slots and chunks, modules in flash; npm run heap",
		},
		{
			what: "TLS' native heap at its peak, in the handshake",
			measured: `${peak} B`,
			target: "stated",
			published: "",
			how: `bytes asked of malloc, ${library} of this machine in 64 bits, TLS 1.2, P-256; 32 bits: docs/tls.md`,
		},
	];
}

/** This driver's wire counts and those of NXP's stacks, for certificates of the same lengths. */
async function wireTable(built: Built): Promise<string> {
	const rows: string[][] = [["certificate", "stack", "APDUs", "writes", "reads", "bytes out", "bytes in", "bus time"]];
	for (const certificate of new Set(publishedWire.map(({ certificate }) => certificate))) {
		const { wire, commands, busTime } = await measureWire(built, certificate);
		const numbers = [commands.length, wire.writes, wire.reads, wire.bytesOut, wire.bytesIn].map(String);
		rows.push([`${certificate} B`, "this driver", ...numbers, ms(busTime)]);
		for (const row of publishedWire.filter(row => row.certificate === certificate))
			rows.push([
				"",
				row.stack,
				...[row.commands, row.writes, row.reads, row.bytesOut, row.bytesIn].map(String),
				`${row.busTime} ms`,
			]);
	}
	return alignCells(rows);
}

await guard(async () => {
	const built = await build();
	const [instant, typical] = [await measureColdStart(built, "instant"), await measureColdStart(built, "typical")];
	console.log(
		`SE050 driver: ${certificateLength} B certificate, 400 kHz. Cold start: reset, SELECT, UID, certificate, ECDSASign.`,
	);
	console.log(
		"Bus time counts 9 clocks for each byte, address bytes and NACKs included. A signature has 70 to 72 bytes by chance.\n",
	);
	console.log(formatTable([...busRows(instant, typical), ...nativeRows(measureWakeUp()), ...(await memoryRows())]));
	console.log(
		"\nOn the wire at 400 kHz, chip that answers immediately. NXP's figures were counted from its sources, from open to close.\n",
	);
	console.log(await wireTable(built));
	console.log("\nThe local AWS IoT Core, both brokers in this run: user and system time of their processes.\n");
	console.log(await brokerTable());
});
