// SPDX-License-Identifier: MIT

/** What a person or a tool can ask over the serial line: docs/serial.md. */
export type SerialCommand =
	| { name: "set"; pairs: readonly (readonly [name: string, value: string])[] }
	| { name: "erase"; names: readonly string[] }
	| { name: "show" }
	| { name: "restart" }
	| { name: "help" };

/** The value of a field as Report writes it: as it is, or a JSON string. */
function value(text: string, word: number): string {
	if (!text.startsWith('"')) return text;
	try {
		return String(JSON.parse(text));
	} catch {
		throw new Error(`Word ${word} has a damaged string: within quotes, write \\" for " and \\\\ for \\.`);
	}
}

/** `name=value` pairs. What is wrong is said by its place, not by its text, which may hold a password. */
function pairs(text: string): [name: string, value: string][] {
	const found: [string, string][] = [];
	const pattern = / *([A-Za-z0-9]+)=("(?:[^"\\]|\\.)*"|[^ "][^ ]*|)(?= |$)/y;
	for (let word = 2; pattern.lastIndex < text.length; word++) {
		const [, name = "", given = ""] = pattern.exec(text) ?? [];
		if (name === "")
			throw new Error(
				`Word ${word} is not name=value: a value with spaces stands in quotes, as in set ssid="My Network"`,
			);
		if (found.some(([earlier]) => earlier === name)) throw new Error(`The setting ${name} is given twice.`);
		found.push([name, value(given, word)]);
	}
	if (found.length === 0) throw new Error("Nothing is given: set takes settings, as in set ssid=MyNetwork password=…");
	return found;
}

function hasControlCharacter(line: string): boolean {
	for (const character of line) if (character < " " || character === "\x7f") return true;
	return false;
}

const withoutArguments = Object.freeze(["show", "restart", "help"] as const);

/**
 * Reads one line. Whatever does not begin with a word in lower-case letters is not a command: noise of the line, and the
 * firmware's own lines where something echoes them.
 * @returns undefined when there is nothing to answer
 * @throws Error of one sentence for a command that is wrong; it never holds what was typed after the command
 */
export function readSerialCommand(line: string): SerialCommand | undefined {
	const text = line.replaceAll("\t", " ").trim();
	if (!/^[a-z]+(?:[ =]|$)/.test(text)) return undefined;
	if (hasControlCharacter(text)) throw new Error("The line has a control character: send it again.");
	const end = text.indexOf(" ");
	const name = end < 0 ? text : text.slice(0, end);
	const rest = end < 0 ? "" : text.slice(end).trim();
	if (name === "set") return { name, pairs: pairs(rest) };
	if (name === "erase") return { name, names: rest === "" ? [] : rest.split(" ").filter(word => word !== "") };
	const known = withoutArguments.find(command => command === name);
	if (!known) throw new Error("This is not a command. The commands are set, show, erase, restart and help.");
	if (rest !== "") throw new Error(`The command ${known} stands alone on its line.`);
	return { name: known };
}
