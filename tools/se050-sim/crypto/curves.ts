// SPDX-License-Identifier: MIT
import { p256, p384 } from "@noble/curves/nist.js";
import { toHex } from "../../lib/bytes.js";

/** Curves that keys can be on. */
export interface Curve {
	name: NamedCurve;
	/** `SE05x_ECCurve_t`. */
	id: number;
	/** Length of a coordinate and of a private key, in bytes. */
	fieldLength: number;
	/** As OpenSSL calls it. */
	opensslName: string;
	/** The hash of RFC 6979, 3.2, which repeats signatures. */
	hash: "sha256" | "sha384";
	noble: typeof p256;
}

export const curveNames = ["P-256", "P-384"] as const;
export type NamedCurve = (typeof curveNames)[number];

export const curveByName: Readonly<Record<NamedCurve, Curve>> = {
	"P-256": { name: "P-256", id: 0x03, fieldLength: 32, opensslName: "prime256v1", hash: "sha256", noble: p256 },
	"P-384": { name: "P-384", id: 0x04, fieldLength: 48, opensslName: "secp384r1", hash: "sha384", noble: p384 },
};

export const curveById = (id: number): Curve | undefined => Object.values(curveByName).find(curve => curve.id === id);

/** `SE05x_ECCurveParam_t`: each is a bit; a curve with all of them can be used. */
export const allParameters = 0x1f;

/** A curve's parameter as a host sets it (SEC 2): a and b, the generator as 04 ‖ X ‖ Y, its order, the prime. */
export function curveParameter({ noble, fieldLength }: Curve, parameter: number): Uint8Array | undefined {
	const { a, b, n, p } = noble.Point.CURVE();
	const integer = (value: bigint) => fromInteger(value, fieldLength);
	switch (parameter) {
		case 0x01:
			return integer(a);
		case 0x02:
			return integer(b);
		case 0x04:
			return noble.Point.BASE.toBytes(false);
		case 0x08:
			return integer(n);
		case 0x10:
			return integer(p);
		default:
			return undefined;
	}
}

/** Big-endian, of a length in bytes. */
export const fromInteger = (value: bigint, length: number): Uint8Array =>
	new Uint8Array(Buffer.from(value.toString(16).padStart(2 * length, "0"), "hex"));

export const toInteger = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes) || "0"}`);

/** The inverse of a number modulo another that it has no divisor in common with (Euclid's algorithm, extended). */
export function inverse(value: bigint, modulus: bigint): bigint {
	let remainder = modulus,
		next = value % modulus,
		factor = 0n,
		nextFactor = 1n;
	while (next !== 0n) {
		const quotient = remainder / next,
			rest = remainder - quotient * next,
			restFactor = factor - quotient * nextFactor;
		remainder = next;
		next = rest;
		factor = nextFactor;
		nextFactor = restFactor;
	}
	return factor < 0n ? factor + modulus : factor;
}
