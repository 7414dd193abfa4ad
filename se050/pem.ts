// SPDX-License-Identifier: MIT
import { DerError } from "./der.js";

/** Bytes of DER in a line of 64 characters. */
const lineByteLength = 48;

/**
 * The lines of a certificate in PEM (RFC 7468), without line ends. One at a time: a board's memory holds no whole block.
 * @param der the certificate
 * @param base64 makes base64 of bytes, with padding; the platform has it
 */
export function eachPemLine(
	der: Uint8Array,
	base64: (bytes: Uint8Array) => string,
	take: (line: string) => void,
): void {
	take("-----BEGIN CERTIFICATE-----");
	for (let start = 0; start < der.length; start += lineByteLength)
		take(base64(der.slice(start, start + lineByteLength)));
	take("-----END CERTIFICATE-----");
}

/** A certificate in PEM (RFC 7468), each line ended by "\n". */
export function certificateToPem(der: Uint8Array, base64: (bytes: Uint8Array) => string): string {
	let pem = "";
	eachPemLine(der, base64, line => {
		pem += `${line}\n`;
	});
	return pem;
}

/** What stands between a BEGIN and an END line. */
export interface PemBlock {
	/** Such as "CERTIFICATE". */
	label: string;
	bytes: Uint8Array;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const charactersAtOnce = 256;

function textOf(bytes: Uint8Array): string {
	let text = "";
	for (let start = 0; start < bytes.length; start += charactersAtOnce)
		text += String.fromCharCode(...bytes.subarray(start, start + charactersAtOnce));
	return text;
}

/** Bytes of base64 (RFC 4648, 4), white space ignored. @throws {DerError} other characters */
function decodeBase64(text: string): Uint8Array {
	const bytes: number[] = [];
	let [bits, count] = [0, 0];
	for (const character of text) {
		if (character === "=" || character <= " ") continue;
		const value = alphabet.indexOf(character);
		if (value < 0) throw new DerError(`PEM with a character that base64 does not have: ${JSON.stringify(character)}`);
		bits = ((bits << 6) | value) & 0xffff;
		count += 6;
		if (count < 8) continue;
		count -= 8;
		bytes.push((bits >> count) & 0xff);
	}
	return Uint8Array.from(bytes);
}

/** The PEM blocks in bytes (RFC 7468), whatever stands between them. @throws {DerError} one is cut off or damaged */
export function pemBlocks(content: Uint8Array): PemBlock[] {
	const [begin, dashes] = ["-----BEGIN ", "-----"];
	const text = textOf(content);
	const blocks: PemBlock[] = [];
	for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at)) {
		const labelEnd = text.indexOf(dashes, at + begin.length);
		const label = text.slice(at + begin.length, labelEnd);
		const end = text.indexOf(`${dashes}END ${label}${dashes}`, labelEnd);
		if (labelEnd < 0 || end < 0) throw new DerError("PEM cut off: a block without its END line");
		blocks.push({ label, bytes: decodeBase64(text.slice(labelEnd + dashes.length, end)) });
		at = end;
	}
	return blocks;
}
