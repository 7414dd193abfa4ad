// SPDX-License-Identifier: MIT
// What a debug build (mcconfig -d) has on its serial line: the protocol of xsbug, in between the lines of ESP-IDF.
// The wire as the Moddable SDK has it: xs/platforms/esp/xsPlatform.c (fx_putpi, fxSend), xs/sources/xsDebug.c,
// tools/serial2xsbug and tools/xsbug-log.

/** `<?xs.3FFB2F00?>` at the end of a line: `.` a message of that machine follows, `#` a binary one, `-` it is gone. */
const instruction = /<\?xs([.#-])([0-9A-Fa-f]{8})\?>$/;

/** True for a line that only a debug build prints. */
export function isXsbugLine(line: string): boolean {
	return instruction.test(line.trimEnd()) || line.startsWith("<xsbug>");
}

/** Reads the instruction that ends a line. */
export function readInstruction(line: string): { kind: "." | "#" | "-"; machine: string; before: string } | undefined {
	const match = instruction.exec(line);
	if (!match) return undefined;
	const [whole, kind = "", machine = ""] = match;
	return { kind: kind as "." | "#" | "-", machine, before: line.slice(0, line.length - whole.length) };
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescape(text: string): string {
	return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi, (whole, hex, decimal, name) => {
		if (name !== undefined) return entities[String(name).toLowerCase()] ?? whole;
		const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
		return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
	});
}

function attribute(attributes: string, name: string): string | undefined {
	const value = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
	return value === undefined ? undefined : unescape(value);
}

/** What one message of a debug build means for a person, and whether the board waits for an answer. */
export interface XsbugMessage {
	/** Text of `log`, which ends in a line end where a line does. */
	log: string;
	/** Lines about a break or an exception. */
	notes: string[];
	/** The board has started: it waits for breakpoints and `go`. */
	login: boolean;
	/** The board stands at a break: it waits for `go`. */
	broken: boolean;
}

const place = (attributes: string): string => {
	const path = attribute(attributes, "path");
	return path === undefined ? "" : ` (${path}:${attribute(attributes, "line") ?? "?"})`;
};

/** Reads the content of `<xsbug>…</xsbug>`. */
export function readMessage(xml: string): XsbugMessage {
	const message: XsbugMessage = { log: "", notes: [], login: /<login\b/.test(xml), broken: /<break\b/.test(xml) };
	for (const [, tag, attributes = "", , content = ""] of xml.matchAll(
		/<(log|break|bubble)\b([^>]*?)(\/>|>([^<]*)<\/\1>)/g,
	)) {
		const text = unescape(content);
		if (tag === "log") message.log += text;
		else message.notes.push(`xsbug ${tag}${place(attributes)}: ${text.trim().replace(/^# /, "")}`);
	}
	if (message.broken)
		for (const [, attributes = ""] of xml.matchAll(/<frame\b([^>]*?)\/?>/g))
			message.notes.push(`  at ${attribute(attributes, "name") ?? "?"}${place(attributes)}`);
	return message;
}

const command = (machine: string, xml: string) => `\r\n<?xs.${machine}?>\r\n${xml}\r\n`;

/** What a board that waits is answered: no breakpoints but exceptions, as xsbug-log has it, and go on. */
export function xsbugAnswer(machine: string, { login, broken }: XsbugMessage): string {
	const breakpoints = '<set-all-breakpoints><breakpoint path="exceptions" line="0" id="@0"/></set-all-breakpoints>';
	if (login) return command(machine, breakpoints) + command(machine, "<go/>");
	return broken ? command(machine, "<go/>") : "";
}
