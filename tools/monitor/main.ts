// SPDX-License-Identifier: MIT
import { basename } from "node:path";
import { InvalidArgumentError } from "commander";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { addIssuerOptions, anyIssuerWarning, type IssuerOptions, issuerChoice } from "../lib/issuer-options.js";
import { likelyPorts } from "../lib/serial/ports.js";
import { userPath } from "../lib/user-path.js";
import { Addr2line } from "./backtrace.js";
import { MonitoredBoard } from "./board.js";
import { ChipFolder } from "./chip-folder.js";
import { watchKeys } from "./keys.js";
import { Output } from "./output.js";
import { View } from "./view.js";

interface Options extends IssuerOptions {
	port?: string[];
	baud?: number;
	save?: string;
	reset?: true;
	time?: true;
	filter?: RegExp;
	log?: string;
	elf?: string;
	raw?: true;
}

function expression(text: string): RegExp {
	try {
		return new RegExp(text);
	} catch (error) {
		throw new InvalidArgumentError(`It must be a regular expression: ${(error as Error).message}.`);
	}
}

const command = program(
	"monitor",
	"Shows what boards print, and keeps their chips' certificates. On a terminal, r restarts the boards and Ctrl-C ends the monitor.",
	[
		"npm run monitor -- --port /dev/ttyUSB0",
		"npm run monitor -- --port /dev/ttyACM0 --save chips --ca nxp-ca.pem --reset",
		"npm run monitor -- --port /dev/ttyUSB0 --port /dev/ttyUSB1 --time --log boards.log",
		"npm run monitor -- --elf $MODDABLE/build/tmp/esp32/release/moddable-se050/xsProj-esp32/build/xs_esp32.elf",
	],
)
	.option(
		"--port <path>",
		"a board's serial port; may be repeated (default: the only one there is)",
		(path: string, earlier: string[] | undefined) => [...(earlier ?? []), userPath(path)],
	)
	.option(
		"--baud <number>",
		"bits per second (default: 115200, a release build; 460800, a debug build, when that is not text)",
		wholeNumber(300, 4_000_000),
	)
	.option("--reset", "restart the boards first, by RTS, to see them from their first line")
	.option("--time", "wall-clock time in front of each line")
	.option("--filter <expression>", "print only lines that match this regular expression", expression)
	.option("--log <file>", "also append every line, with its time, to this file", path => userPath(path))
	.option(
		"--elf <file>",
		"say where in the source the addresses of a crash are, by this ELF file and the toolchain's addr2line",
		path => userPath(path),
	)
	.option("--raw", "do not escape control characters; only where the output is not a terminal")
	.option(
		"--save <folder>",
		"store each chip's certificate as <uid>.pem, and a line of it in ledger.ndjson; needs --ca or --any-issuer",
		path => userPath(path),
	);
addIssuerOptions(command).parse();

function onlyPort(): string {
	const ports = likelyPorts();
	const [port] = ports;
	if (!port || ports.length > 1)
		throw new Error(
			port
				? `Which board? Give --port with one or more of ${ports.join(", ")}.`
				: "There is no serial port: connect the board (some cables carry power only), or give --port.",
		);
	return port;
}

/** Opens the folder of `--save`, and chooses whose certificates go into it. */
function openFolder(options: Options): Pick<ConstructorParameters<typeof MonitoredBoard>[0], "folder" | "authorities"> {
	if (options.save === undefined) return { folder: undefined, authorities: undefined };
	const authorities = issuerChoice(options);
	if (!authorities) console.error(anyIssuerWarning);
	return { folder: new ChipFolder(options.save), authorities };
}

await guard(async () => {
	const options = command.opts<Options>();
	const { raw = false, time = false, filter, log, elf, baud: baudRate, reset } = options;
	if (raw && process.stdout.isTTY)
		throw new Error("--raw is for files and pipes: on a terminal, control characters of a board could act on it.");
	const saving = openFolder(options);
	const addr2line = elf === undefined ? undefined : new Addr2line(elf);
	const paths = options.port ?? [onlyPort()];
	const output = new Output({
		view: new View(),
		print: line => console.log(line),
		time,
		filter,
		log,
		raw,
		now: () => new Date(),
	});
	const boards = paths.map(
		path =>
			new MonitoredBoard({
				path,
				baudRate,
				name: paths.length > 1 ? basename(path) : undefined,
				output,
				addr2line,
				...saving,
			}),
	);
	const stop = () => void Promise.all(boards.map(board => board.close())).then(() => process.exit(0));
	const restart = () => Promise.all(boards.map(board => board.reset()));
	process.on("SIGINT", stop);
	process.on("SIGTERM", stop);
	process.stdout.on("error", stop);
	for (const board of boards) await board.start();
	watchKeys({ r: () => void restart(), "\u0003": stop });
	if (reset) await restart();
});
