// SPDX-License-Identifier: MIT
import { boardLine, PemCollector, parseEvent, pemBegin, type SerialEvent } from "../../lib/serial-lines.js";
import type { Found, Item, SourceOrigin } from "./candidate.js";
import type { SourceLine } from "./lines.js";

/** Most lines of one PEM block that are waited for: the longest PEM that AWS takes, at 64 characters a line. */
const maximumBlockLines = 1_100;

/** A whole PEM block in one line, its line ends lost, or written `\n`. */
const oneLineBlock =
	/-----BEGIN (?:(?:TRUSTED|X509) )?CERTIFICATE-----[^-]{100,}-----END (?:(?:TRUSTED|X509) )?CERTIFICATE-----/g;
/** First and last line of other blocks that hold certificates. */
const pkcs7Begin = /^-----BEGIN (PKCS7|CMS|PKCS #7 SIGNED DATA)-----$/;
const pkcs7End = /^-----END (PKCS7|CMS|PKCS #7 SIGNED DATA)-----$/;

/** What a board said since the last certificate. */
type Said = Pick<Found, "uid" | "board">;

/** Takes what an event of the firmware (docs/serial.md) says about the certificate that follows it. */
function listen(said: Said, { name, fields }: SerialEvent): Said {
	if (name === "start") return {};
	if (name === "identity") return { uid: fields.uid, board: { clientId: fields.clientId } };
	if (name === "certificate") return { ...said, board: { ...said.board, certificateId: fields.certificateId } };
	return said;
}

const unfinished = (origin: SourceOrigin): Item => ({ origin, problem: "a PEM block begins here and does not end" });

/** Collects the lines of a PKCS#7 block. */
class Pkcs7Collector {
	#lines: string[] | undefined;

	push(text: string): string | undefined {
		if (pkcs7Begin.test(text)) this.#lines = [];
		if (!this.#lines) return undefined;
		this.#lines.push(text);
		if (!pkcs7End.test(text) && this.#lines.length <= maximumBlockLines) return undefined;
		const block = this.#lines.join("\n");
		this.#lines = undefined;
		return block;
	}
}

/**
 * Text with PEM blocks: a PEM file, a bundle, a saved serial log, or a live serial line, whose events in front of a
 * block say whose it is.
 */
export async function* readPemText(name: string, lines: AsyncIterable<SourceLine>): AsyncGenerator<Item> {
	let collector = new PemCollector();
	const pkcs7 = new Pkcs7Collector();
	let begin: SourceOrigin | undefined;
	let said: Said = {};
	let last: string | undefined;
	for await (const { number, text } of lines) {
		const origin = { name, line: number };
		for (const certificate of text.match(oneLineBlock) ?? []) yield { origin, certificate };
		const event = parseEvent(text);
		if (event) said = listen(said, event);
		// A board that starts again shows everything once more.
		const restarted = event?.name === "start";
		const endless = begin?.line !== undefined && number - begin.line > maximumBlockLines;
		const plain = boardLine(text).trim();
		const begins = pemBegin.test(plain);
		if (begin && !restarted && (endless || begins)) yield unfinished(begin);
		if (restarted || endless) {
			collector = new PemCollector();
			begin = undefined;
		}
		if (begins) begin = origin;
		const bundle = pkcs7.push(plain);
		if (bundle !== undefined) yield { origin, certificate: bundle };
		const certificate = collector.push(text);
		if (certificate === undefined) continue;
		if (certificate !== last) yield { origin: begin ?? origin, ...said, certificate };
		last = certificate;
		begin = undefined;
		said = {};
	}
	if (begin) yield unfinished(begin);
}
