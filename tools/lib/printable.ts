// SPDX-License-Identifier: MIT

/** Colours and other SGR sequences (ECMA-48, 8.3.117), which boot loaders and loggers print. */
const colours = /\u001b\[[0-9;:]*m/g;

/**
 * What a terminal acts on instead of showing it, or what hides text from a reader: control characters of both sets
 * (U+009B starts a control sequence as ESC [ does), line and paragraph separators, bidirectional marks, zero-width and
 * tag characters, and halves of surrogate pairs.
 */
const unsafe =
	/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\ud800-\udfff]/gu;

/** `\u009b` for each UTF-16 unit: in JSON text, this means the same character. */
function escapeUnits(characters: string): string {
	const units = Array.from({ length: characters.length }, (_, index) => characters.charCodeAt(index));
	return units.map(unit => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

/**
 * Text from outside (a payload, a ledger, a board, a certificate, a service's message) as one line that is safe on a
 * terminal: colours are removed, everything else that a terminal would act on is written as `\u009b`.
 * A tab stays. The result has no line end.
 */
export function printable(text: string): string {
	return text.replace(colours, "").replace(unsafe, escapeUnits);
}

/** As `printable`, for text of several lines: each line end stays one. */
export function printableLines(text: string): string {
	return text.split("\n").map(printable).join("\n");
}
