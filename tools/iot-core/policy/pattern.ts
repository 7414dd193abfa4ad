// SPDX-License-Identifier: MIT
/** The value of a policy variable, or undefined when the request has none. */
export type Variables = (name: string) => string | undefined;

const anyRun = Symbol("*");
const anyCharacter = Symbol("?");

/** A resource with its wildcards distinguished from the characters that stand for themselves. */
type Pattern = readonly (string | typeof anyRun | typeof anyCharacter)[];
/** The same with its variables still in place. */
type Template = readonly (Pattern[number] | { readonly variable: string })[];

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

/** Templates by their text: a policy's patterns are read once. Emptied when full, as policies come and go. */
const templates = new Map<string, Template>();
const maxTemplates = 10_000;

function templateOf(pattern: string): Template {
	const known = templates.get(pattern);
	if (known !== undefined) return known;
	if (templates.size >= maxTemplates) templates.clear();
	const template = [...pattern.matchAll(tokenPattern)].map(([token, name]) => {
		if (name === undefined) return token === "*" ? anyRun : token === "?" ? anyCharacter : token;
		return escaped.includes(name) ? name : { variable: name };
	});
	templates.set(pattern, template);
	return template;
}

function compile(pattern: string, variables: Variables): Pattern | undefined {
	const compiled: Pattern[number][] = [];
	for (const part of templateOf(pattern)) {
		if (typeof part !== "object") {
			compiled.push(part);
			continue;
		}
		const value = variables(part.variable);
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
