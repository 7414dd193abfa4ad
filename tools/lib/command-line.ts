// SPDX-License-Identifier: MIT
import { Command, InvalidArgumentError } from "commander";
import { printableLines } from "./printable.js";

/** A command line program of this project: same help, same errors. */
export function program(name: string, summary: string, examples: readonly string[]): Command {
	process.stdout.on("error", endWithReader);
	return new Command(`npm run ${name} --`)
		.description(summary)
		.helpOption("-h, --help", "show this help")
		.allowExcessArguments(false)
		.showHelpAfterError("(add --help for the options)")
		.addHelpText("after", `\nExamples:\n${examples.map(example => `  ${example}`).join("\n")}`);
}

/** Whoever read the output has enough, as in `list | head`: that is the end, and not an error. */
function endWithReader(error: NodeJS.ErrnoException): void {
	if (error.code === "EPIPE") process.exit();
	throw error;
}

/** Parses a whole number for commander, with bounds in the error. */
export function wholeNumber(least: number, most: number): (text: string) => number {
	return text => {
		const value = Number(text);
		if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most)
			throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
		return value;
	};
}

/** Runs a program's body; an error is one sentence on stderr and status 1. */
export async function guard(body: () => Promise<void>): Promise<void> {
	try {
		await body();
	} catch (error) {
		console.error(printableLines(error instanceof Error ? error.message : String(error)));
		process.exit(1);
	}
}
