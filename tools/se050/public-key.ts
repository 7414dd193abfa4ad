// SPDX-License-Identifier: MIT
import { createPublicKey, type KeyObject } from "node:crypto";
import { typeName } from "../../se050/objects.js";
import type { ChipProcess } from "./chip.js";

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

/** Length of 04, X, Y on the curves that have names here. */
const curveByLength: ReadonlyMap<number, string> = new Map([
	[65, "P-256"],
	[97, "P-384"],
	[133, "P-521"],
]);

/** @throws Error of one sentence: no point of a curve that is known here */
export function ecPublicKey(point: Uint8Array): KeyObject {
	const crv = curveByLength.get(point.length);
	if (crv === undefined || point[0] !== 0x04)
		throw new Error(`A public key of ${point.length} bytes is not a point of P-256, P-384 or P-521.`);
	const half = (point.length + 1) / 2;
	return createPublicKey({
		key: { kty: "EC", crv, x: base64url(point.subarray(1, half)), y: base64url(point.subarray(half)) },
		format: "jwk",
	});
}

export function rsaPublicKey(modulus: Uint8Array, publicExponent: Uint8Array): KeyObject {
	return createPublicKey({ key: { kty: "RSA", n: base64url(modulus), e: base64url(publicExponent) }, format: "jwk" });
}

/** Whether a type of an object is one of RSA's with a public part. */
export const isRsa = (type: number): boolean => type >= 0x04 && type <= 0x08;

/** The public key of a pair in the chip. */
export async function publicKeyOf(chip: ChipProcess, id: number): Promise<KeyObject> {
	const { type } = await chip.call("type", id);
	if (isRsa(type))
		return rsaPublicKey(
			await chip.call("rsaComponent", id, "modulus"),
			await chip.call("rsaComponent", id, "publicExponent"),
		);
	if (!typeName(type).startsWith("EC"))
		throw new Error(`Object 0x${id.toString(16)} is of type ${typeName(type)}, not a key pair.`);
	return ecPublicKey(await chip.call("read", id));
}

/** SubjectPublicKeyInfo in PEM. */
export const toPem = (key: KeyObject): string => key.export({ format: "pem", type: "spki" }).toString();
