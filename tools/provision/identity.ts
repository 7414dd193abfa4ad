// SPDX-License-Identifier: MIT
import { type ClientIdForm, clientId, toHex } from "../../app/identity.js";

/** Length of an SE050's unique identifier, in bytes (AN12413, section 3.2.2; object 0x7FFF0206). */
export const uidBytes = 18;

/** How one device is called. */
export interface DeviceNames {
	/** 36 lower-case hexadecimal digits. */
	uid: string;
	/** What the firmware sends in CONNECT. */
	clientId: string;
	/** AWS IoT's thing name: the client id where its grammar (`[a-zA-Z0-9:_-]{1,128}`) allows that, else the UID in base64url. */
	thingName: string;
}

const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

/** @param uid 36 hexadecimal digits, as `parseUid` returns them */
export function deviceNames(uid: string, form: ClientIdForm): DeviceNames {
	const bytes = Buffer.from(uid, "hex");
	return {
		uid,
		clientId: clientId(bytes, form, encode),
		thingName: clientId(bytes, form === "base64" ? "base64url" : form, encode),
	};
}

/**
 * Reads a UID as people write it: 36 hexadecimal digits in either case, with colons, hyphens or spaces between them or
 * not, or the 24 characters of its base64 or base64url.
 * @returns lower-case hexadecimal digits; undefined when the text is none of these
 */
export function parseUid(text: string): string | undefined {
	const digits = text
		.trim()
		.replace(/^0x/i, "")
		.replace(/[:\s-]/g, "");
	if (/^[0-9a-f]{36}$/i.test(digits)) return digits.toLowerCase();
	if (/^[A-Za-z0-9+/_-]{24}$/.test(text.trim())) return toHex(Buffer.from(text.trim(), "base64"));
	return undefined;
}
