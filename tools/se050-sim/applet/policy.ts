// SPDX-License-Identifier: MIT
import { toUnsigned } from "../../lib/bytes.js";
import { StatusWordError, sw } from "../card/status.js";
import type { SecureObject } from "./objects.js";

/** Rights in an entry of a policy (NXP's `se05x_enums.h`, `POLICY_OBJ_*`; AN12413, 3.7). */
export const objectRights = {
	sign: 0x10000000,
	verify: 0x08000000,
	keyAgreement: 0x04000000,
	encrypt: 0x02000000,
	decrypt: 0x01000000,
	read: 0x00200000,
	write: 0x00100000,
	generate: 0x00080000,
	delete: 0x00040000,
	requireSecureMessaging: 0x00020000,
	attest: 0x00008000,
} as const;

const forbidAll = 0x20000000;

/** Whose rights count: the object that the session was authenticated with, 0 without one; and whether an SCP03 channel is open. */
export interface Holder {
	authenticatedBy: number;
	secured: boolean;
}

interface Entry {
	authenticationObject: number;
	rights: number;
}

/** An entry of the form that needs no extension: identifier and rights. */
const entryLength = 8;

/** A policy's entries; throws 6984 where it is malformed. */
export function parsePolicy(policy: Uint8Array): Entry[] {
	const entries: Entry[] = [];
	for (let rest = policy; rest.length > 0; rest = rest.subarray(1 + entryLength)) {
		if (rest[0] !== entryLength || rest.length < 1 + entryLength) throw new StatusWordError(sw.invalidPolicy);
		entries.push({ authenticationObject: toUnsigned(rest.subarray(1, 5)), rights: toUnsigned(rest.subarray(5, 9)) });
	}
	return entries;
}

/** What an object's policy says to a use. No policy forbids nothing. */
function decide(
	{ policy }: SecureObject,
	right: number,
	{ authenticatedBy, secured }: Holder,
): "allowed" | "forbidden" | "secured only" {
	if (!policy || policy.length === 0) return "allowed";
	const entries = parsePolicy(policy).filter(
		({ authenticationObject }) => authenticationObject === 0 || authenticationObject === authenticatedBy,
	);
	const granting = entries.filter(({ rights }) => (rights & right) !== 0 && (rights & forbidAll) === 0);
	if (granting.length === 0) return "forbidden";
	return secured || granting.some(({ rights }) => (rights & objectRights.requireSecureMessaging) === 0)
		? "allowed"
		: "secured only";
}

export const hasRight = (object: SecureObject, right: number, holder: Holder): boolean =>
	decide(object, right, holder) === "allowed";

/** Throws 6986 where an object's policy does not give a right, 6982 where it demands a secure channel. */
export function checkRight(object: SecureObject, right: number, holder: Holder): void {
	const decision = decide(object, right, holder);
	if (decision !== "allowed")
		throw new StatusWordError(decision === "forbidden" ? sw.commandNotAllowed : sw.securityStatusNotSatisfied);
}
