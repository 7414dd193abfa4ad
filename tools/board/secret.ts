// SPDX-License-Identifier: MIT
import { createInterface } from "node:readline";
import { UserError } from "../lib/user-error.js";

const enter = new Set(["\r", "\n", "\u0004"]);
const backspace = new Set(["\u007f", "\b"]);
const interrupt = "\u0003";

/** Reads a line of a terminal without showing it. Rejects at Ctrl-C. The prompt comes when nothing is shown any more. */
function readHidden(prompt: string, input: NodeJS.ReadStream): Promise<string> {
	return new Promise((resolve, reject) => {
		let text = "";
		const end = (settle: () => void) => {
			input.setRawMode(false);
			input.pause();
			input.off("data", take);
			process.stderr.write("\n");
			settle();
		};
		const take = (typed: string) => {
			for (const key of typed) {
				if (key === interrupt) return end(() => reject(new UserError("Interrupted: nothing was sent.")));
				if (enter.has(key)) return end(() => resolve(text));
				text = backspace.has(key) ? [...text].slice(0, -1).join("") : text + key;
			}
		};
		input.setRawMode(true);
		input.setEncoding("utf8");
		input.on("data", take);
		input.resume();
		process.stderr.write(prompt);
	});
}

/** Asks for a secret: on a terminal without showing it, otherwise the first line of standard input. @param what its name */
export async function askSecret(what: string, input = process.stdin): Promise<string> {
	if (input.isTTY) return readHidden(`${what}: `, input);
	for await (const line of createInterface({ input, crlfDelay: Infinity })) return line;
	throw new UserError(`Standard input has no line with the ${what}: give it there, or run the command on a terminal.`);
}
