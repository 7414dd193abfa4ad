// SPDX-License-Identifier: MIT
import { SerialPort } from "serialport";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { Connection, type Port } from "./connection.js";
import { Hints } from "./hints.js";
import { Ledger } from "./ledger.js";
import { LineSplitter } from "./lines.js";
import { explainOpening, likelyPorts } from "./ports.js";
import { RecordError, Recorder } from "./recorder.js";
import { View } from "./view.js";

interface Options {
	port?: string;
	baud: number;
	save?: string;
	reset?: true;
}

const command = program("monitor", "Shows what a board prints, and keeps its chip's certificate. Ctrl-C ends it.", [
	"npm run monitor -- --port /dev/ttyUSB0",
	"npm run monitor -- --port /dev/ttyACM0 --save chips --reset",
])
	.option("--port <path>", "the board's serial port (default: the only one there is)")
	.option("--baud <number>", "bits per second", wholeNumber(300, 4_000_000), 115_200)
	.option("--save <folder>", "store each chip's certificate as <uid>.pem, and a line of it in ledger.ndjson")
	.option("--reset", "restart the board first, by RTS, to see it from its first line")
	.parse();

function onlyPort(): string {
	const ports = likelyPorts();
	const [port] = ports;
	if (!port || ports.length > 1)
		throw new Error(
			port
				? `Which board? Give --port with one of ${ports.join(", ")}.`
				: "No serial port is there: connect the board (some cables carry power only), or give --port.",
		);
	return port;
}

function open(path: string, baudRate: number): Promise<Port> {
	return new Promise((resolve, reject) => {
		const port: SerialPort = new SerialPort({ path, baudRate }, error =>
			error ? reject(error) : resolve(port as Port),
		);
	});
}

await guard(async () => {
	const { port: given, baud, save, reset } = command.opts<Options>();
	const path = given ?? onlyPort();
	const ledger = save === undefined ? undefined : new Ledger(save);
	const recorder = new Recorder(),
		hints = new Hints(),
		view = new View();
	const note = (text: string) => console.log(view.note(text));

	const record = (line: string) => {
		try {
			const chip = recorder.push(line);
			const saved = chip && ledger?.save(chip);
			if (chip && saved)
				note(`${saved.isNew ? "saved" : "saved again"} the certificate of ${chip.uid} as ${saved.file}`);
		} catch (error) {
			if (!(error instanceof RecordError)) throw error;
			note(error.message);
		}
	};
	const splitter = new LineSplitter(line => {
		console.log(view.line(line));
		const hint = hints.push(line);
		if (hint) note(hint);
		record(line);
	});
	const connection = new Connection({
		open: () => open(path, baud),
		onData: bytes => splitter.push(bytes),
		onOpen: () => note(`${path} at ${baud}; Ctrl-C ends the monitor`),
		onLost() {
			splitter.end();
			note(`${path} went away; waiting for it`);
		},
	});
	const stop = () => void connection.close().then(() => process.exit(0));
	process.on("SIGINT", stop);
	process.on("SIGTERM", stop);
	process.stdout.on("error", stop);
	await connection.start().catch((error: Error) => {
		throw new Error(explainOpening(path, error));
	});
	if (reset) await connection.reset();
});
