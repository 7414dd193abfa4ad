// SPDX-License-Identifier: MIT
import { randomBytes } from "node:crypto";

import { StateError } from "../errors.js";
import { readText, writeStateFile } from "../files.js";
import type { OperatorCredentials } from "./signature.js";

/** Credentials, and where they are kept. */
export interface KeptCredentials extends OperatorCredentials {
	file: string;
	/** They were made by this call: nobody has seen them yet. */
	made: boolean;
}

const readableOnlyByOwner = 0o600;

/** The operator's credentials of a state folder, made at the first call. @throws StateError when they are not readable */
export function operatorCredentials(file: string): KeptCredentials {
	const text = readText(file);
	if (text !== undefined) return { ...parse(text, file), file, made: false };
	// The form of AWS's own: "AKIA" and 16 characters, and 40 characters of base64.
	const credentials = {
		accessKeyId: `AKIA${base32(randomBytes(10))}`,
		secretAccessKey: randomBytes(30).toString("base64"),
	};
	writeStateFile(file, `${JSON.stringify(credentials)}\n`, readableOnlyByOwner);
	return { ...credentials, file, made: true };
}

function parse(text: string, file: string): OperatorCredentials {
	try {
		const { accessKeyId, secretAccessKey } = JSON.parse(text) as Partial<OperatorCredentials>;
		if (typeof accessKeyId === "string" && typeof secretAccessKey === "string") return { accessKeyId, secretAccessKey };
	} catch {
		// Refused below, with every other text that is not theirs.
	}
	throw new StateError(`${file} does not hold the operator's credentials: remove it, and new ones are made.`);
}

/** RFC 4648, section 6, for a multiple of five bytes. */
function base32(bytes: Buffer): string {
	const bits = [...bytes].map(byte => byte.toString(2).padStart(8, "0")).join("");
	return (bits.match(/.{5}/g) ?? []).map(five => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[parseInt(five, 2)]).join("");
}
