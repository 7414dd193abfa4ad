// SPDX-License-Identifier: MIT
import { fromHex } from "../../lib/bytes.js";

/** Readers of unchecked JSON. All throw a TypeError or SyntaxError that names the member. */

export type JsonObject = Record<string, unknown>;

export function asObject(value: unknown, name: string): JsonObject {
	if (typeof value !== "object" || value === null || Array.isArray(value))
		throw new TypeError(`${name} is not an object`);
	return value as JsonObject;
}

export function asArray(value: unknown, name: string): unknown[] {
	if (!Array.isArray(value)) throw new TypeError(`${name} is not an array`);
	return value;
}

export function asString(value: unknown, name: string): string {
	if (typeof value !== "string") throw new TypeError(`${name} is not a string`);
	return value;
}

export function asNumber(value: unknown, name: string): number {
	if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
		throw new TypeError(`${name} is not a count`);
	return value;
}

export function asBoolean(value: unknown, name: string): boolean {
	if (typeof value !== "boolean") throw new TypeError(`${name} is not true or false`);
	return value;
}

/** Bytes written as hexadecimal digits; `length` where it is fixed. */
export function asBytes(value: unknown, name: string, length?: number): Uint8Array {
	const bytes = fromHex(asString(value, name));
	if (length !== undefined && bytes.length !== length)
		throw new TypeError(`${name} has ${bytes.length} bytes, not ${length}`);
	return bytes;
}
