// SPDX-License-Identifier: MIT
// The one form of --json for all commands: docs/json-output.md.
import { basename, dirname } from "node:path";
import { printable } from "./printable.js";
import { parseEvent } from "./serial-lines.js";

type Fields = Readonly<Record<string, unknown>>;

/** Whether JSON was asked for. It is read before the options are parsed, so that a wrong option is reported in this form, too. */
export function wantsJson(argv: readonly string[] = process.argv): boolean {
	return argv.includes("--json");
}

/** The command that runs: its folder's name in tools/. */
function commandName(): string {
	return basename(dirname(process.argv[1] ?? ""));
}

/**
 * One line of NDJSON: seconds since the command began, who reports, what, and the fields of that event.
 * @param source a device's name; the command's own by default
 */
export function jsonLine(event: string, fields: Fields, source: string = commandName()): string {
	const seconds = Number((performance.now() / 1_000).toFixed(3));
	return printable(JSON.stringify({ seconds, source, event, ...fields }));
}

/** Prints a line of the command itself. */
export function printJson(event: string, fields: Fields): void {
	console.log(jsonLine(event, fields));
}

/** A line of a device or of a program: the firmware's event, or `text`. */
export function serialJson(source: string, line: string): string {
	const event = parseEvent(line);
	return event === undefined
		? jsonLine("text", { text: line }, source)
		: jsonLine(event.name, { deviceSeconds: event.seconds, fields: event.fields }, source);
}
