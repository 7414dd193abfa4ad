// SPDX-License-Identifier: MIT
import { Command, InvalidArgumentError, type Option, type ParseOptions } from "commander";
import { printJson, wantsJson } from "./json-lines.js";
import { printableLines } from "./printable.js";
import { systemErrorSentence } from "./process-end.mjs";

/** Options that npm knows itself, so that its own settings may be in the environment. */
const optionsOfNpm = new Set(["yes", "json", "only", "quiet", "verbose", "force", "version"]);
/** Of these, npm's own settings are PEM text, where this project's options are file names. */
const textsOfNpm = new Set(["ca", "cert", "key"]);

/** Whether npm has kept an option of this name for itself. npx keeps none that follow the package's name. */
function isTakenByNpm(name: string, { npm_command, ...environment }: NodeJS.ProcessEnv): boolean {
	const value = environment[`npm_config_${name.replaceAll("-", "_")}`];
	if (value === undefined || npm_command === "exec" || optionsOfNpm.has(name)) return false;
	return !textsOfNpm.has(name) || (value !== "" && !value.includes("-----BEGIN"));
}

function allOptions(command: Command): Option[] {
	return [...command.options, ...command.commands.flatMap(allOptions)];
}

/** A command that notices when npm has kept its options: `npm start --devices 5` in place of `npm start -- --devices 5`. */
class ProgramCommand extends Command {
	override parse(argv?: readonly string[], from?: ParseOptions): this {
		this.#checkNpm();
		return super.parse(argv, from);
	}

	override parseAsync(argv?: readonly string[], from?: ParseOptions): Promise<this> {
		this.#checkNpm();
		return super.parseAsync(argv, from);
	}

	#checkNpm(): void {
		const names = new Set(allOptions(this).map(({ long = "" }) => long.replace(/^--(no-)?/, "")));
		const taken = [...names].filter(name => isTakenByNpm(name, process.env)).map(name => `--${name}`);
		if (taken.length > 0)
			this.error(
				`npm took ${taken.join(", ")} for an option of its own: put "--" before the options, as in: ${this.name()} ${taken[0]} …`,
			);
	}
}

/** Reports an error: a sentence on standard error, and with --json also a line on standard output. */
function reportError(sentence: string): void {
	if (wantsJson()) printJson("error", { message: sentence.trim() });
	console.error(printableLines(sentence));
}

const wrongOption = /^error: option '(?:-\w, )?(--[\w-]+)[^']*' argument '([^]*?)' is invalid\. It must be ([^]*?)\.?$/;
const wrongArgument =
	/^error: command-argument value '([^]*?)' is invalid for argument '([^']*)'\. It must be ([^]*?)\.?$/;

/** What commander says of a wrong value, in plain words: `--devices must be a whole number from 1 to 32, not 'five'.` */
function inPlainWords(text: string): string {
	return text
		.replace(/Allowed choices are ([^]*?)\.$/, "It must be one of $1.")
		.replace(wrongOption, "error: $1 must be $3, not '$2'.")
		.replace(wrongArgument, "error: <$2> must be $3, not '$1'.");
}

/** A command line program of this project: same help, same errors. */
export function program(name: string, summary: string, examples: readonly string[]): Command {
	return new ProgramCommand(`npm run ${name} --`)
		.configureOutput({ outputError: text => reportError(inPlainWords(text.trimEnd())) })
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
		reportError(systemErrorSentence(error) ?? (error instanceof Error ? error.message : String(error)));
		process.exit(1);
	}
}
