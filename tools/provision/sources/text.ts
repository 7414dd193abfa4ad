// SPDX-License-Identifier: MIT
import { PemCollector, parseEvent, type SerialEvent } from "../../lib/serial-lines.js";
import type { Found, Item, SourceOrigin } from "./candidate.js";
import type { SourceLine } from "./lines.js";

/** Most lines of one PEM block that are waited for: the longest PEM that AWS takes, at 64 characters a line. */
const maximumBlockLines = 1_100;
const pemBegin = "-----BEGIN CERTIFICATE-----";

/** What a board said since the last certificate. */
type Said = Pick<Found, "uid" | "board">;

/** Takes what an event of the firmware (docs/serial.md) says about the certificate that follows it. */
function listen(said: Said, { name, fields }: SerialEvent): Said {
	if (name === "start") return {};
	if (name === "identity") return { uid: fields.uid, board: { clientId: fields.clientId } };
	if (name === "certificate") return { ...said, board: { ...said.board, certificateId: fields.certificateId } };
	return said;
}

/**
 * Text with PEM blocks: a PEM file, a bundle, a saved serial log, or a live serial line, whose events in front of a
 * block say whose it is.
 */
export async function* readText(name: string, lines: AsyncIterable<SourceLine>): AsyncGenerator<Item> {
	let collector = new PemCollector();
	let begin: SourceOrigin | undefined;
	let said: Said = {};
	let last: string | undefined;
	for await (const { number, text } of lines) {
		const event = parseEvent(text);
		if (event) said = listen(said, event);
		// A board that starts again shows everything once more.
		const restarted = event?.name === "start";
		const endless = begin?.line !== undefined && number - begin.line > maximumBlockLines;
		const begins = text.trim() === pemBegin;
		if (begin && !restarted && (endless || begins))
			yield { origin: begin, problem: "a PEM block begins here and does not end" };
		if (restarted || endless) {
			collector = new PemCollector();
			begin = undefined;
		}
		if (begins) begin = { name, line: number };
		const certificate = collector.push(text);
		if (certificate === undefined) continue;
		if (certificate !== last) yield { origin: begin ?? { name, line: number }, ...said, certificate };
		last = certificate;
		begin = undefined;
		said = {};
	}
	if (begin) yield { origin: begin, problem: "a PEM block begins here and does not end" };
}
