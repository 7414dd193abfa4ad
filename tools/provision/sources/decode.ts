// SPDX-License-Identifier: MIT
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { peek } from "./peek.js";

/** First bytes of a gzip stream (RFC 1952, 2.3.1). */
const isGzip = ([first, second]: Uint8Array) => first === 0x1f && second === 0x8b;

/**
 * UTF-16 by its byte order mark, or by every other byte of a text being zero: PowerShell's `>` and Excel's "Unicode
 * text" write it. Undefined for anything else.
 */
function utf16(head: Uint8Array): "utf-16le" | "utf-16be" | undefined {
	const [first, second, third, fourth] = head;
	if (first === 0xff && second === 0xfe) return "utf-16le";
	if (first === 0xfe && second === 0xff) return "utf-16be";
	if (head.length < 4) return undefined;
	if (first && second === 0 && third && fourth === 0) return "utf-16le";
	return first === 0 && second && third === 0 && fourth ? "utf-16be" : undefined;
}

async function* recode(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
	const decoder = new TextDecoder(encoding);
	for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
	yield Buffer.from(decoder.decode());
}

/** A stream as UTF-8 text or DER: unpacked when it is gzip, recoded when it is UTF-16. */
export async function decode(
	chunks: AsyncIterable<Uint8Array>,
): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
	const { head, all } = await peek(chunks);
	if (isGzip(head)) return decode(Readable.from(all).pipe(createGunzip()));
	const encoding = utf16(head);
	return encoding ? peek(recode(all, encoding)) : { head, all };
}
