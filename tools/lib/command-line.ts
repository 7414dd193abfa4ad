// SPDX-License-Identifier: MIT
import { Command, InvalidArgumentError, type Option, type ParseOptions } from "commander";
import { printableLines } from "./printable.js";
import { systemErrorSentence } from "./process-end.mjs";

/** Options that npm knows itself, so that its own settings may be in the environment. */
const optionsOfNpm = new Set(["ca", "cert", "key", "json", "only", "quiet", "verbose", "force", "version"]);

/** Options that npm took for its own: `npm start --devices 5` in place of `npm start -- --devices 5`. */
function takenByNpm(options: readonly Option[]): string[] {
	return options
		.map(({ long = "" }) => long.replace(/^--/, ""))
		.filter(name => !optionsOfNpm.has(name) && process.env[`npm_config_${name.replaceAll("-", "_")}`] !== undefined)
		.map(name => `--${name}`);
}

/** A command that notices when npm has kept its options. */
class ProgramCommand extends Command {
	override parse(argv?: readonly string[], from?: ParseOptions): this {
		const taken = takenByNpm(this.options);
		if (taken.length > 0)
			this.error(
				`npm took ${taken.join(", ")} for an option of its own: put "--" before the options, as in: ${this.name()} ${taken[0]} …`,
			);
		return super.parse(argv, from);
	}
}

/** A command line program of this project: same help, same errors. */
export function program(name: string, summary: string, examples: readonly string[]): Command {
	return new ProgramCommand(`npm run ${name} --`)
		.description(summary)
		.helpOption("-h, --help", "show this help")
		.allowExcessArguments(false)
		.showHelpAfterError("(add --help for the options)")
		.addHelpText("after", `\nExamples:\n${examples.map(example => `  ${example}`).join("\n")}`);
}

/** Parses a whole number for commander, with bounds in the error. */
export function wholeNumber(least: number, most: number): (text: string) => number {
	return text => {
		const value = Number(text);
		if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most)
			throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
		return value;
	};
}

/** Runs a program's body; an error is one sentence on stderr and status 1. */
export async function guard(body: () => Promise<void>): Promise<void> {
	try {
		await body();
	} catch (error) {
		const sentence = systemErrorSentence(error) ?? (error instanceof Error ? error.message : String(error));
		console.error(printableLines(sentence));
		process.exit(1);
	}
}
