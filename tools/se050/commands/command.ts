// SPDX-License-Identifier: MIT
// What the commands have in common: a chip to talk to, files to read, rights to give.
import { type Command, Option } from "commander";
import { guard, wholeNumber } from "../../lib/command-line.js";
import { userPath } from "../../lib/user-path.js";
import { type ChipProcess, withChip } from "../chip.js";
import { connection, policyEntry, type ToolOptions } from "../options.js";

/** Runs a body over a chip with what it needs from files, read first: in a pipe, the other end may use the chip until then. */
export const withInput = <Input>(
	options: ToolOptions,
	read: () => Input,
	body: (chip: ChipProcess, input: Input) => Promise<void>,
): Promise<void> =>
	guard(async () => {
		const input = read();
		await withChip(connection(options), chip => body(chip, input));
	});

/** Runs a body over a chip. */
export const over = (options: ToolOptions, body: (chip: ChipProcess) => Promise<void>): Promise<void> =>
	withInput(options, () => undefined, body);

/** A file to read; - stays standard input. */
export const inputPath = (path: string): string => (path === "-" ? path : userPath(path));

export const rightsHelp = (defaults: string): string =>
	`policy: what everybody may do (sign,verify,read,write,delete, …); with an id in front, as in 7DA00001:write,delete, \
what that user may do; repeat it for each user (default: ${defaults})`;

/** Options of the commands that make a file in the chip. */
export function addFileOptions(command: Command): Command {
	return command
		.addOption(
			new Option(
				"--size <bytes>",
				"size of the object, with zeros after the content (default: the content's)",
			).argParser(wholeNumber(1, 0x7fff)),
		)
		.addOption(new Option("--rights <list>", rightsHelp("read, write, delete")).argParser(policyEntry));
}
