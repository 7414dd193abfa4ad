// SPDX-License-Identifier: MIT
import { TlvError } from "../tlv.js";
import type { PolicyEntry } from "./policy.js";

/** Where an object came from (NXP's se05x_enums.h, SE05x_Origin_t). */
const origins = ["unknown", "external", "internal", "provisioned"] as const;
export type Origin = (typeof origins)[number];

/** What the applet knows about an object besides its value. */
export interface Attributes {
	readonly id: number;
	/** As ReadType reports it. */
	readonly type: number;
	/** Whether it is one to authenticate with. */
	readonly authentication: boolean;
	/** The user who made it, by authentication object; 0 for a session without one. */
	readonly owner: number;
	readonly policy: readonly PolicyEntry[];
	/** external: written from outside; internal: made in the chip; provisioned: the factory's. */
	readonly origin: Origin;
	/** The version that its writer gave it; 0 by default. Applet 3.1 has none. */
	readonly version?: number;
}

/** SE05x_SetIndicator_t: the object is an authentication object. */
const isSet = 2;

/** In front of the policy: id (4), type (1), indicator (1), 2 bytes, owner (4), 2 bytes. */
const headerLength = 14;
/** No entry is shorter than two integers; the origin after the last is smaller. */
const shortestEntry = 8;
/** Of the version: none on applet 3.1; 1 byte (NXP's se05x_APDU_apis.h), from 7.2 on 4 (se05x_ReadWithAttestation). */
const versionLengths = [0, 1, 4];

function versionAt(view: DataView, offset: number): number {
	return view.byteLength - offset === 1 ? view.getUint8(offset) : view.getUint32(offset);
}

/**
 * Takes attributes apart (AN12413, 3.5.3, "object attributes"): the header, then a policy's entries with their length in
 * front, then the origin, and from applet 3.6 on a version.
 * @throws {TlvError} they have another form
 */
export function decodeAttributes(bytes: Uint8Array): Attributes {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	if (bytes.length <= headerLength)
		throw new TlvError(`object attributes have ${bytes.length} bytes; at least ${headerLength + 1} are needed`);
	const policy: PolicyEntry[] = [];
	let offset = headerLength;
	for (;;) {
		const length = view.getUint8(offset);
		if (length < shortestEntry) break;
		if (offset + 1 + length >= bytes.length)
			throw new TlvError(`object attributes: a policy entry of ${length} bytes at byte ${offset} is cut off`);
		policy.push({ user: view.getUint32(offset + 1), rights: view.getUint32(offset + 5) });
		offset += 1 + length;
	}
	const origin = origins[view.getUint8(offset)];
	const rest = bytes.length - offset - 1;
	if (origin === undefined || !versionLengths.includes(rest))
		throw new TlvError(`object attributes: ${rest + 1} bytes after the policy are not origin and version`);
	return {
		id: view.getUint32(0),
		type: view.getUint8(4),
		authentication: view.getUint8(5) === isSet,
		owner: view.getUint32(8),
		policy,
		origin,
		...(rest > 0 && { version: versionAt(view, offset + 1) }),
	};
}
