// SPDX-License-Identifier: MIT
import { writeFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { toHex } from "../lib/bytes.js";
import { printJson } from "../lib/json-lines.js";
import { userPath } from "../lib/user-path.js";

/** How results are printed. */
export interface OutputOptions {
	json: boolean;
	/** A file for the result. */
	out?: string;
}

type Fields = Readonly<Record<string, unknown>>;

export function withJsonOption(command: Command): Command {
	return command.option("--json", "print the result as JSON (docs/json-output.md)", false);
}

export const outOption = new Option("--out <file>", "write it to a file").argParser(path => userPath(path));

/** Prints a result: as fields of a line of JSON, or as lines of text. */
export function report(event: string, fields: Fields, lines: readonly string[], { json }: OutputOptions): void {
	if (json) printJson(event, fields);
	else for (const line of lines) console.log(line);
}

/**
 * Hands over a result's content: to a file, or to standard output as text, bytes as hexadecimal digits.
 * @param name its field in JSON
 */
export function deliver(
	event: string,
	fields: Fields,
	[name, content]: readonly [name: string, content: string | Uint8Array],
	{ json, out }: OutputOptions,
): void {
	if (out !== undefined) writeFileSync(out, content);
	const text = typeof content === "string" ? content : toHex(content);
	if (json) printJson(event, { ...fields, ...(out === undefined ? { [name]: text } : { file: out }) });
	else if (out === undefined) process.stdout.write(typeof content === "string" ? text : `${text}\n`);
}
