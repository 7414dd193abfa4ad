// SPDX-License-Identifier: MIT
/**
 * Stand-in of the SDK's `preference`: what a board keeps in flash (NVS), in the file that mc/config's `preferences` names.
 * Without that setting the flash is empty at every start and keeps nothing. It takes what the ESP32 takes: names of up to
 * 15 characters, integers of 32 bits, values of up to 4000 bytes. A damaged file counts as empty, with a warning.
 */
import Base64 from "base64";
import config from "mc/config";

export type PreferenceValue = boolean | number | string | ArrayBuffer;

/** Bytes are base64: JSON has none. */
type Stored = boolean | number | string | { base64: string };
type Entry = readonly [domain: string, key: string, value: Stored];

const nameLength = 15;
const valueLength = 4000;

function path(): string | undefined {
	const { preferences } = config as { preferences?: unknown };
	return typeof preferences === "string" && preferences !== "" ? preferences : undefined;
}

function isStored(value: unknown): value is Stored {
	return typeof value === "object" && value !== null
		? typeof (value as { base64?: unknown }).base64 === "string"
		: ["boolean", "number", "string"].includes(typeof value);
}

function isEntry(entry: unknown): entry is Entry {
	return (
		Array.isArray(entry) &&
		entry.length === 3 &&
		typeof entry[0] === "string" &&
		typeof entry[1] === "string" &&
		isStored(entry[2])
	);
}

function parse(text: string): Entry[] {
	const entries: unknown = JSON.parse(text);
	if (!Array.isArray(entries) || !entries.every(isEntry)) throw new TypeError("it holds something else");
	return entries;
}

function entriesOf(content: ArrayBuffer | string): Entry[] {
	if (typeof content === "string") throw new Error(content);
	return parse(String.fromArrayBuffer(content));
}

function load(): Entry[] {
	const file = path();
	const content =
		file === undefined
			? undefined
			: (native("xs_preference_file_read").call(undefined, file) as ArrayBuffer | string | undefined);
	if (content === undefined) return [];
	try {
		return entriesOf(content);
	} catch (error) {
		trace(
			`The preferences in ${file} cannot be used and count as empty (${(error as Error).message}); the next value replaces the file.\n`,
		);
		return [];
	}
}

/** @throws {Error} with the file and the system's reason */
function save(entries: readonly Entry[]): void {
	const file = path();
	if (file === undefined) return;
	const reason = native("xs_preference_file_write").call(undefined, file, `${JSON.stringify(entries)}\n`) as
		| string
		| undefined;
	if (reason !== undefined) throw new Error(`The preferences cannot be written to ${file}: ${reason}`);
}

function checkName(name: string): void {
	if (name.length < 1 || name.length > nameLength)
		throw new RangeError(`preference: "${name}" is not a name of 1 to ${nameLength} characters, as the ESP32 takes it`);
}

function checkLength(length: number): void {
	if (length > valueLength)
		throw new RangeError(`preference: a value of ${length} bytes; the ESP32 takes ${valueLength}`);
}

function stored(value: PreferenceValue): Stored {
	if (value instanceof ArrayBuffer) {
		checkLength(value.byteLength);
		return { base64: Base64.encode(value) };
	}
	if (typeof value === "string")
		checkLength(ArrayBuffer.fromString(value).byteLength + 1); // with the null byte
	else if (typeof value === "number" ? value !== (value | 0) : typeof value !== "boolean")
		throw new TypeError("preference: a value is a boolean, an integer of 32 bits, a string or an ArrayBuffer");
	return value;
}

function without(domain: string, key: string): Entry[] {
	return load().filter(([ofDomain, name]) => ofDomain !== domain || name !== key);
}

export default class Preference {
	static get(domain: string, key: string): PreferenceValue | undefined {
		const value = load().find(([ofDomain, name]) => ofDomain === domain && name === key)?.[2];
		return typeof value === "object" ? Base64.decode(value.base64) : value;
	}

	/** @throws {Error} the value or a name is one that the ESP32 does not take, or the file cannot be written */
	static set(domain: string, key: string, value: PreferenceValue): void {
		checkName(domain);
		checkName(key);
		const entry = [domain, key, stored(value)] as const;
		save([...without(domain, key), entry]);
	}

	static delete(domain: string, key: string): void {
		save(without(domain, key));
	}

	/** The names of a domain. */
	static keys(domain: string): string[] {
		return load()
			.filter(([ofDomain]) => ofDomain === domain)
			.map(([, name]) => name);
	}
}
