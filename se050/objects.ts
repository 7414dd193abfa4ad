/**
 * Objects that the factory puts into an SE050 (NXP AN12436, "SE050 configurations"; which of them a part has depends on
 * its variant) and the applet's own.
 */
export const objects = {
	/** 18 bytes that no other chip has: a binary file of the applet (AN12413, RESERVED_ID_UNIQUE_ID). */
	uniqueId: 0x7FFF0206,
	/** Cloud connectivity key 0: a P-256 pair. */
	cloudKey0: 0xF0000100,
	/** Cloud connectivity certificate 0, of cloudKey0: X.509 in DER in a file that may be longer. */
	cloudCertificate0: 0xF0000101,
	/** Cloud connectivity key 1: a P-256 pair. */
	cloudKey1: 0xF0000102,
	/** Cloud connectivity certificate 1, of cloudKey1. */
	cloudCertificate1: 0xF0000103,
	/** Attestation key: a P-256 pair that signs what the applet says about its objects. */
	attestationKey: 0xF0000012,
	/** Certificate of attestationKey. */
	attestationCertificate: 0xF0000013,
	/** The die's own P-256 pair, which nobody can delete (SE050C). */
	connectivityKey: 0xF0000000,
	/** Certificate of connectivityKey. */
	connectivityCertificate: 0xF0000001,
} as const;

/** Length of the unique id in bytes. */
export const uniqueIdLength = 18;

/** Types that ReadType tells (AN12413, table "SecureObjectType"). */
const typeNames: Readonly<Record<number, string>> = {
	0x01: "EC key pair",
	0x02: "EC private key",
	0x03: "EC public key",
	0x04: "RSA key pair",
	0x05: "RSA key pair (CRT)",
	0x06: "RSA private key",
	0x07: "RSA private key (CRT)",
	0x08: "RSA public key",
	0x09: "AES key",
	0x0A: "DES key",
	0x0B: "binary file",
	0x0C: "UserID",
	0x0D: "counter",
	0x0F: "PCR",
	0x10: "curve",
	0x11: "HMAC key",
};

/**
 * Applet 7.x tells the curve by the type (AN12543): from P-192 on, four numbers to a Weierstrass curve: key pair, private
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
	if (isCurveType(type))
		return typeNames[(type - firstCurveType) % 4 + 1] ?? "EC key";
	return typeNames[type] ?? `object of type 0x${type.toString(16)}`;
}

/** Whether a key of that type can make an ECDSA signature. */
export function canSignEcdsa(type: number): boolean {
	if (type === 0x01 || type === 0x02)
		return true;
	return isCurveType(type) && type < firstOtherCurveType && (type - firstCurveType) % 4 < 2;
}

/** Whether ReadObject can return something of an object of that type: a file's bytes, a public key, a counter's value. */
export function canBeRead(type: number): boolean {
	const secrets = [0x02, 0x06, 0x07, 0x09, 0x0A, 0x0C, 0x11];
	return !secrets.includes(type) && !(isCurveType(type) && (type - firstCurveType) % 4 === 1);
}
