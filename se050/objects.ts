// SPDX-License-Identifier: MIT
import { hex } from "./bytes.js";
import { frozen } from "./frozen.js";

/**
 * Objects that the factory puts into an SE050 (NXP AN12436, "SE050 configurations"; which of them a part has depends on
 * its variant) and the applet's own.
 */
export const objects = frozen({
	/** 18 bytes that no other chip has: a binary file of the applet (AN12413, RESERVED_ID_UNIQUE_ID). */
	uniqueId: 0x7fff0206,
	/** Cloud connectivity key 0: a P-256 pair. */
	cloudKey0: 0xf0000100,
	/** Cloud connectivity certificate 0, of cloudKey0: X.509 in DER in a file that may be longer. */
	cloudCertificate0: 0xf0000101,
	/** Cloud connectivity key 1: a P-256 pair. */
	cloudKey1: 0xf0000102,
	/** Cloud connectivity certificate 1, of cloudKey1. */
	cloudCertificate1: 0xf0000103,
	/** Attestation key: a P-256 pair that signs what the applet says about its objects. */
	attestationKey: 0xf0000012,
	/** Certificate of attestationKey. */
	attestationCertificate: 0xf0000013,
	/** The die's own P-256 pair, which cannot be deleted (SE050C). */
	connectivityKey: 0xf0000000,
	/** Certificate of connectivityKey. */
	connectivityCertificate: 0xf0000001,
});

/** A private key in the chip, and the file that holds its X.509 certificate. */
export interface KeyPair {
	readonly name: string;
	readonly key: number;
	readonly certificate: number;
	readonly type: "P-256" | "RSA-2048" | "RSA-4096" | "unknown";
}

/**
 * The pairs that the factory puts in: NXP AN12436, "SE050 configurations"; ids also in NXP's ex_sss_objid.h, where key 0 is
 * the device's and key 1 the gateway's. Which of them a part has depends on its variant: SE050E and A have no RSA, B has
 * no elliptic curves.
 */
export const keyPairs = frozen([
	{ name: "cloud connectivity 0", key: objects.cloudKey0, certificate: objects.cloudCertificate0, type: "P-256" },
	{ name: "cloud connectivity 1", key: objects.cloudKey1, certificate: objects.cloudCertificate1, type: "P-256" },
	{ name: "die's own", key: objects.connectivityKey, certificate: objects.connectivityCertificate, type: "P-256" },
	{ name: "cloud connectivity 0", key: 0xf0000110, certificate: 0xf0000111, type: "RSA-2048" },
	{ name: "cloud connectivity 1", key: 0xf0000112, certificate: 0xf0000113, type: "RSA-2048" },
	{ name: "cloud connectivity 0", key: 0xf0000120, certificate: 0xf0000121, type: "RSA-4096" },
	{ name: "cloud connectivity 1", key: 0xf0000122, certificate: 0xf0000123, type: "RSA-4096" },
	{ name: "attestation", key: objects.attestationKey, certificate: objects.attestationCertificate, type: "P-256" },
] satisfies readonly KeyPair[]);

function parseId(text: string): number | undefined {
	return /^(0x)?[0-9A-Fa-f]{1,8}$/.test(text) ? Number.parseInt(text, 16) : undefined;
}

function noKeyPair(given: string | number): RangeError {
	const known = keyPairs.map(({ key, type }) => `${hex(key, 8)} (${type})`).join(", ");
	const shown = typeof given === "number" ? hex(given, 8) : `"${given}"`;
	return new RangeError(
		`${shown} is not a key pair of the factory: use one of ${known}, or KEY,CERTIFICATE for objects of your own, as in 10000001,10000002`,
	);
}

/**
 * The pair of a key: by its id, or by a setting's text, in hexadecimal digits with or without 0x. "KEY,CERTIFICATE" names
 * two objects of one's own.
 * @throws {RangeError} it is neither
 */
export function keyPair(given: string | number): KeyPair {
	const [key, certificate, ...rest] =
		typeof given === "number" ? [given] : given.split(",").map(part => parseId(part.trim()));
	if (key !== undefined && certificate !== undefined && rest.length === 0)
		return { name: "own", key, certificate, type: "unknown" };
	const found = keyPairs.find(pair => pair.key === key);
	if (found === undefined || String(given).includes(",")) throw noKeyPair(given);
	return found;
}

/** Length of the unique id in bytes. */
export const uniqueIdLength = 18;

/** Types that ReadType reports (AN12413, table "SecureObjectType"). */
const typeNames: Readonly<Record<number, string>> = frozen({
	0x01: "EC key pair",
	0x02: "EC private key",
	0x03: "EC public key",
	0x04: "RSA key pair",
	0x05: "RSA key pair (CRT)",
	0x06: "RSA private key",
	0x07: "RSA private key (CRT)",
	0x08: "RSA public key",
	0x09: "AES key",
	0x0a: "DES key",
	0x0b: "binary file",
	0x0c: "UserID",
	0x0d: "counter",
	0x0f: "PCR",
	0x10: "curve",
	0x11: "HMAC key",
});

/**
 * Applet 7.x reports the curve by the type (AN12543): from P-192 on, four numbers to a Weierstrass curve: key pair, private
 * key, public key and one that is not used. Edwards and Montgomery curves follow, in the same steps.
 */
const firstCurveType = 0x21;
const firstOtherCurveType = 0x65;
const lastCurveType = 0x73;

function isCurveType(type: number): boolean {
	return type >= firstCurveType && type <= lastCurveType && (type - firstCurveType) % 4 < 3;
}

/** What an object is, in words. */
export function typeName(type: number): string {
	if (isCurveType(type)) return typeNames[((type - firstCurveType) % 4) + 1] ?? "EC key";
	return typeNames[type] ?? `object of type 0x${type.toString(16)}`;
}

/** Whether a key of that type can make an ECDSA signature. */
export function canSignEcdsa(type: number): boolean {
	if (type === 0x01 || type === 0x02) return true;
	return isCurveType(type) && type < firstOtherCurveType && (type - firstCurveType) % 4 < 2;
}

/** Whether a key of that type can make an RSA signature. */
export function canSignRsa(type: number): boolean {
	return type >= 0x04 && type <= 0x07;
}

/** Whether ReadObject can return something of an object of that type: a file's bytes, a public key, a counter's value. */
export function canBeRead(type: number): boolean {
	const secrets = [0x02, 0x06, 0x07, 0x09, 0x0a, 0x0c, 0x11];
	return !secrets.includes(type) && !(isCurveType(type) && (type - firstCurveType) % 4 === 1);
}
