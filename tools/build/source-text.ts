// SPDX-License-Identifier: MIT
/**
 * Looks at source text without a parser: enough to find identifiers and literals that are not in comments or strings.
 */

const regularExpression =
	/(?<=(?:[(=,:!&|?{};[]|\breturn|^)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/;
const comment = /\/\*[^]*?\*\/|\/\/[^\n]*/;
const string = /"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/;
const template = /`(?:\\[^]|[^`\\])*`/;

const scriptTokens = new RegExp(
	[comment, string, template, regularExpression].map(({ source }) => source).join("|"),
	"gm",
);
const cTokens = new RegExp([comment, string].map(({ source }) => source).join("|"), "g");

/** Matches of a pattern outside of comments, strings and regular expressions: the text, then the pattern's groups. */
export function matchesInCode(script: string, pattern: RegExp): (string | undefined)[][] {
	const wanted = new RegExp(`(${pattern.source})|${scriptTokens.source}`, "gm");
	return [...script.matchAll(wanted)].map(([, ...groups]) => groups).filter(([text]) => text !== undefined);
}

/** JavaScript or TypeScript without comments; everything else stays where it is. */
export function withoutComments(script: string): string {
	return script.replace(scriptTokens, token => (/^\/[/*]/.test(token) ? " " : token));
}

/** JavaScript without comments, strings, regular expressions; of templates, the expressions stay. */
export function codeOnly(script: string): string {
	return script.replace(scriptTokens, token =>
		token.startsWith("`")
			? [...token.matchAll(/\$\{([^}]*)\}/g)].map(([, expression]) => ` (${expression}) `).join(" ")
			: " ",
	);
}

/** C without comments and strings. */
export function cCodeOnly(source: string): string {
	return source.replace(cTokens, " ");
}

/**
 * Names that become identifiers of the XS machine because JavaScript uses them as property names: behind a dot, in front
 * of a colon or parenthesis, or in shorthand. May find a few names too many (labels, calls of local functions).
 */
export function propertyNames(script: string): Set<string> {
	const code = codeOnly(script);
	const patterns = [
		/(?<![.\w$#])\.\s*([A-Za-z_$][\w$]*)/g,
		/\?\.\s*([A-Za-z_$][\w$]*)/g,
		/(?<![\w$#])([A-Za-z_$][\w$]*)\s*(?=[:(=])/g,
		/(?<=[{,]\s*)([A-Za-z_$][\w$]*)\s*(?=[,}])/g,
		/\)\s*\.\s*([A-Za-z_$][\w$]*)/g,
		/[\w$)\]}]\.([A-Za-z_$][\w$]*)/g,
	];
	const quoted = [...withoutComments(script).matchAll(/["']([A-Za-z_$][\w$]*)["']\s*(?=[:(\]])/g)];
	return new Set([...patterns.flatMap(pattern => [...code.matchAll(pattern)]), ...quoted].map(match => match[1] ?? ""));
}
