// SPDX-License-Identifier: MIT
import { basename } from "node:path";
import type { Command } from "commander";
import { configurable } from "../../app/configuration.js";
import { maximumInputLength } from "../../app/input-lines.js";
import { guard, wholeNumber } from "../lib/command-line.js";
import { printable } from "../lib/printable.js";
import { likelyPorts } from "../lib/serial/ports.js";
import type { SerialEvent } from "../lib/serial-lines.js";
import { UserError } from "../lib/user-error.js";
import { Dialogue } from "./dialogue.js";
import { askSecret } from "./secret.js";

interface Options {
	port?: string[];
	show?: true;
	erase?: true;
	baud?: number;
	timeLimit: number;
}

/** What is asked of each board. */
interface Task {
	/** The command line (docs/serial.md); undefined to show only. */
	line?: string;
	/** The event that answers it. */
	answer: string;
	/** What the board has done then. */
	done: string;
	/** What `set` gives; empty for others. */
	values: readonly Setting[];
}

/** A setting and its value. */
type Setting = readonly [name: string, value: string];

function onlyPort(): string {
	const [port, ...more] = likelyPorts();
	if (port === undefined)
		throw new UserError("There is no serial port: connect the board (some cables carry power only), or give --port.");
	if (more.length > 0)
		throw new UserError(`Which board? Give --port with one or more of ${[port, ...more].join(", ")}.`);
	return port;
}

/** A value as the firmware reads it: as it is, or a JSON string. */
function quoted(value: string): string {
	return /^[^\s"\p{C}][^\s\p{C}]*$/u.test(value) || value === "" ? value : JSON.stringify(value);
}

const remedy = `Give name=value; the names are ${configurable.join(", ")}. password by itself asks for it.`;

/** One argument. The text of a wrong one is not repeated: it may be a password. */
async function setting(argument: string, index: number): Promise<Setting> {
	if (argument === "password") return [argument, await askSecret("Wi-Fi password")];
	const [, name, value] = /^([A-Za-z0-9]+)=(.*)$/s.exec(argument) ?? [];
	if (name === undefined || value === undefined)
		throw new UserError(`Setting ${index + 1} is not name=value. ${remedy}`);
	return [name, value];
}

/** The password, which a board does not show, goes first: when the end of the line is lost, that is seen. */
function setLine(values: readonly Setting[]): string {
	const isPassword = ([name]: Setting) => name === "password";
	const sent = [...values.filter(isPassword), ...values.filter(value => !isPassword(value))];
	return ["set", ...sent.map(([name, value]) => `${name}=${quoted(value)}`)].join(" ");
}

async function taskOf(args: readonly string[], { show, erase }: Options): Promise<Task> {
	if (show && (erase || args.length > 0))
		throw new UserError("--show stands alone: it changes nothing. Settings are shown after each change, too.");
	if (erase) return { line: ["erase", ...args].join(" "), answer: "erased", done: "erased", values: [] };
	if (args.length === 0) return { answer: "settings", done: "shown", values: [] };
	if (args.some(argument => /^password=./.test(argument)))
		console.error(
			"A password on the command line stays in the shell's history, and other users of this machine can see it: give the word password by itself to be asked for it.",
		);
	const values: Setting[] = [];
	for (const [index, argument] of args.entries()) values.push(await setting(argument, index));
	return { line: setLine(values), answer: "stored", done: "stored", values };
}

function checkLength({ line = "" }: Task): void {
	const length = Buffer.byteLength(line);
	if (length > maximumInputLength)
		throw new UserError(
			`The settings have ${length} bytes together; a board takes ${maximumInputLength} at a time: give them in two commands.`,
		);
}

/** The settings as a table. */
function table({ fields }: SerialEvent): string[] {
	const { stored = "", restart: _, ...settings } = fields;
	const isStored = new Set(stored.split(","));
	return Object.entries(settings).map(([name, value]) =>
		printable(`  ${name.padEnd(12)}${isStored.has(name) ? "stored  " : "build   "}${value === "" ? "—" : value}`),
	);
}

/** @throws UserError for a value that did not arrive as it was sent */
function checkStored(path: string, { values }: Task, { fields }: SerialEvent): void {
	for (const [name, value] of values)
		if (name !== "password" && fields[name] !== value)
			throw new UserError(
				`${path} stored ${name}=${fields[name]}, not ${value}: bytes were lost on the serial line. Give the command again.`,
			);
}

/** Does the task at one board; returns what to print. */
async function configure(path: string, task: Task, { baud: baudRate, timeLimit }: Options): Promise<string[]> {
	const onNote = (note: string) => console.error(printable(`${basename(path)}: ${note}`));
	const board = new Dialogue({ path, baudRate, onNote, patience: timeLimit });
	await board.open();
	try {
		const lines: string[] = [];
		if (task.line !== undefined) {
			const isWhole = ({ fields: { settings = "" } }: SerialEvent) =>
				task.values.every(([name]) => settings.split(",").includes(name));
			const { settings = "", restart } = (await board.ask(task.line, task.answer, isWhole)).fields;
			const names = task.values.length > 0 ? task.values.map(([name]) => name) : settings.split(",");
			if (restart !== "no") await board.restart(restart === "now");
			lines.push(`${task.done} ${names.join(", ")}${restart === "no" ? "" : "; the board has restarted"}`);
		}
		const shown = await board.ask("show", "settings");
		checkStored(path, task, shown);
		return [...lines, ...table(shown)];
	} finally {
		await board.close();
	}
}

async function configureAll(args: readonly string[], options: Options): Promise<void> {
	const ports = options.port ?? [onlyPort()];
	const task = await taskOf(args, options);
	checkLength(task);
	const results = await Promise.allSettled(ports.map(path => configure(path, task, options)));
	const failures: string[] = [];
	for (const [index, result] of results.entries()) {
		if (result.status === "rejected") failures.push((result.reason as Error).message);
		else console.log(printable(`${ports[index]}: `) + result.value.join("\n").trimStart());
	}
	if (failures.length > 0) throw new UserError(failures.join("\n"));
}

/** `board configure` */
export function addConfigureCommand(parent: Command): void {
	const command = parent
		.command("configure")
		.description(
			"gives boards their settings over the serial line: network, endpoint, topic and others are kept on the board, in place of those of the build. Without settings, shows them.",
		)
		.argument("[settings...]", "name=value; password by itself asks for it; with --erase, names only")
		.option(
			"--port <path>",
			"a board's serial port; may be repeated (default: the only one that there is)",
			(path: string, earlier?: string[]) => [...(earlier ?? []), path],
		)
		.option("--show", "show the settings, and whether each is stored on the board or the build's")
		.option("--erase", "delete stored settings, all or those named: the build's are used again")
		.option("--baud <number>", "bits per second of the serial line (default: found out)", wholeNumber(300, 4_000_000))
		.option("--time-limit <seconds>", "how long a board may take to answer", wholeNumber(1, 3_600), 20)
		.addHelpText(
			"after",
			`
Settings: ${configurable.join(", ")}

Examples:
  npm run board -- configure --port /dev/ttyUSB0 ssid=MyNetwork password endpoint=a1b2c3-ats.iot.eu-west-1.amazonaws.com
  npm run board -- configure --port /dev/ttyUSB0 --port /dev/ttyUSB1 interval=10000
  npm run board -- configure --port /dev/ttyUSB0 --erase ssid password`,
		)
		.action((args: string[]) => guard(() => configureAll(args, command.opts<Options>())));
}
