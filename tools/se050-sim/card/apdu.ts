// SPDX-License-Identifier: MIT
import { StatusWordError, sw } from "./status.js";

/** A command APDU (ISO/IEC 7816-3, 12.1), taken apart. */
export interface CommandApdu {
	cla: number;
	ins: number;
	p1: number;
	p2: number;
	data: Uint8Array;
	/** Le, 0 for "as much as there is"; absent when the command has none. */
	le?: number;
	/** Whether Lc or Le is of the extended form: only then may an answer be longer than 256 bytes. */
	extended: boolean;
}

type Body = Pick<CommandApdu, "data" | "le" | "extended">;

const noData = new Uint8Array(0);

const uint16 = (bytes: Uint8Array, offset: number): number => (bytes[offset]! << 8) | bytes[offset + 1]!;

/**
 * Takes a command APDU apart. All cases of ISO/IEC 7816-3 are taken, and `00 00` as a body, which NXP's host library
 * sends as the Le of a command without data. Throws 6700.
 */
export function parseCommand(apdu: Uint8Array): CommandApdu {
	const [cla, ins, p1, p2] = apdu;
	if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined)
		throw new StatusWordError(sw.wrongLength);
	return { cla, ins, p1, p2, ...parseBody(apdu.subarray(4)) };
}

function parseBody(body: Uint8Array): Body {
	const first = body[0];
	if (first === undefined) return { data: noData, extended: false };
	if (body.length === 1) return { data: noData, le: first, extended: false };
	if (body.length === 2 && first === 0 && body[1] === 0) return { data: noData, le: 0, extended: false };
	if (first === 0 && body.length === 3) return { data: noData, le: uint16(body, 1), extended: true };
	return first === 0 && body.length > 3 ? extendedBody(body) : shortBody(body, first);
}

function shortBody(body: Uint8Array, length: number): Body {
	const data = body.slice(1, 1 + length);
	const rest = body.length - 1 - length;
	if (length === 0 || (rest !== 0 && rest !== 1)) throw new StatusWordError(sw.wrongLength);
	return rest === 0 ? { data, extended: false } : { data, le: body[body.length - 1]!, extended: false };
}

function extendedBody(body: Uint8Array): Body {
	const length = uint16(body, 1);
	const data = body.slice(3, 3 + length);
	const rest = body.length - 3 - length;
	if (length === 0 || (rest !== 0 && rest !== 2)) throw new StatusWordError(sw.wrongLength);
	return rest === 0 ? { data, extended: true } : { data, le: uint16(body, body.length - 2), extended: true };
}
