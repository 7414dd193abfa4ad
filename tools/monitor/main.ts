// SPDX-License-Identifier: MIT
import { SerialPort } from "serialport";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { addIssuerOptions, anyIssuerWarning, type IssuerOptions, issuerChoice } from "../lib/issuer-options.js";
import { userPath } from "../lib/user-path.js";
import { ChipFolder, type Saving } from "./chip-folder.js";
import { Connection, type Port } from "./connection.js";
import { Hints } from "./hints.js";
import { LineSplitter } from "./lines.js";
import { explainOpening, likelyPorts } from "./ports.js";
import { RecordError, type RecordedChip, Recorder } from "./recorder.js";
import { View } from "./view.js";

interface Options extends IssuerOptions {
	port?: string;
	baud: number;
	save?: string;
	reset?: true;
}

const command = program("monitor", "Shows what a board prints, and keeps its chip's certificate. Ctrl-C ends it.", [
	"npm run monitor -- --port /dev/ttyUSB0",
	"npm run monitor -- --port /dev/ttyACM0 --save chips --ca nxp-ca.pem --reset",
])
	.option("--port <path>", "the board's serial port (default: the only one there is)")
	.option("--baud <number>", "bits per second", wholeNumber(300, 4_000_000), 115_200)
	.option(
		"--save <folder>",
		"store each chip's certificate as <uid>.pem, and a line of it in ledger.ndjson; needs --ca or --any-issuer",
		path => userPath(path),
	)
	.option("--reset", "restart the board first, by RTS, to see it from its first line");
addIssuerOptions(command).parse();

/** Opens the folder of `--save`, and says whose certificates go into it. */
function openFolder(options: Options): { folder?: ChipFolder; recorder: Recorder } {
	if (options.save === undefined) return { recorder: new Recorder() };
	const authorities = issuerChoice(options);
	if (!authorities) console.error(anyIssuerWarning);
	return { folder: new ChipFolder(options.save), recorder: new Recorder(authorities) };
}

/** What is said of a chip that was to be saved. */
function savingText({ uid }: RecordedChip, saving: Saving): string {
	if (saving.kind === "new") return `saved the certificate of ${uid} as ${saving.file}`;
	if (saving.kind === "known") return `the certificate of ${uid} is already in ${saving.file}`;
	return `NOT saved: another certificate is kept for the UID ${uid} (${saving.keptId}, ${saving.file}). One chip has one certificate: find out which of the two is the chip's; if it is the new one, move the file and its ledger line away`;
}

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
	const { port: given, baud, reset } = command.opts<Options>();
	const { folder, recorder } = openFolder(command.opts<Options>());
	const path = given ?? onlyPort();
	const hints = new Hints(),
		view = new View();
	const note = (text: string) => console.log(view.note(text));

	const record = (line: string) => {
		try {
			const chip = recorder.push(line);
			const saving = chip && folder?.save(chip);
			if (chip && saving) note(savingText(chip, saving));
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
