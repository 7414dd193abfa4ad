// SPDX-License-Identifier: MIT
/** The value of a policy variable, or undefined when the request has none. */
export type Variables = (name: string) => string | undefined;

const anyRun = Symbol("*");
const anyCharacter = Symbol("?");

/** A resource with its wildcards told apart from the characters that stand for themselves. */
type Pattern = (string | typeof anyRun | typeof anyCharacter)[];

/** `${name}`, a wildcard, or one character (a code point). */
const tokenPattern = /\$\{([^{}]*)\}|[\s\S]/gu;
/** IAM user guide, "Policy variables for special characters". */
const escaped = ["*", "?", "$"];

/**
 * Whether a policy's resource or value covers `text`. `*` stands for any run of characters, `/` included, and `?` for
 * one; a variable's value stands for itself, wildcards in it included. A pattern with a variable that has no value
 * covers nothing.
 */
export function covers(pattern: string, text: string, variables: Variables): boolean {
	const compiled = compile(pattern, variables);
	return compiled !== undefined && match(compiled, [...text]);
}

/** The text with its variables replaced and its wildcards as they are, or undefined when a variable has no value. */
export function substitute(text: string, variables: Variables): string | undefined {
	return compile(text, variables)
		?.map(part => (typeof part === "string" ? part : part.description))
		.join("");
}

function compile(pattern: string, variables: Variables): Pattern | undefined {
	const compiled: Pattern = [];
	for (const [token, name] of pattern.matchAll(tokenPattern)) {
		if (name === undefined) {
			compiled.push(token === "*" ? anyRun : token === "?" ? anyCharacter : token);
			continue;
		}
		const value = escaped.includes(name) ? name : variables(name);
		if (value === undefined) return undefined;
		compiled.push(...value);
	}
	return compiled;
}

/** Matches in time proportional to both lengths: on a mismatch only the latest `*` takes one character more. */
function match(pattern: Pattern, text: string[]): boolean {
	let inPattern = 0,
		inText = 0;
	let afterRun = -1,
		runEnd = 0;
	while (inText < text.length) {
		const part = pattern[inPattern];
		if (part === anyRun) {
			afterRun = ++inPattern;
			runEnd = inText;
		} else if (part !== undefined && (part === anyCharacter || part === text[inText])) {
			inPattern++;
			inText++;
		} else if (afterRun >= 0) {
			inPattern = afterRun;
			inText = ++runEnd;
		} else return false;
	}
	return pattern.slice(inPattern).every(part => part === anyRun);
}
