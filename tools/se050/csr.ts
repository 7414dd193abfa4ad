// SPDX-License-Identifier: MIT
import { createHash, type KeyObject, webcrypto } from "node:crypto";
import { p256, p384 } from "@noble/curves/nist.js";
import { loadX509 } from "../lib/x509.js";
import type { ChipProcess } from "./chip.js";

/** How a key signs a request: WebCrypto's algorithm, and the digest. */
interface Signing {
	algorithm: (EcKeyImportParams & EcdsaParams) | RsaHashedImportParams;
	hash: "SHA-256" | "SHA-384";
	curve?: typeof p256 | typeof p384;
}

type EcKeyImportParams = webcrypto.EcKeyImportParams;
type EcdsaParams = webcrypto.EcdsaParams;
type RsaHashedImportParams = webcrypto.RsaHashedImportParams;

function signingOf(key: KeyObject): Signing {
	if (key.asymmetricKeyType === "rsa")
		return { algorithm: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, hash: "SHA-256" };
	switch (key.asymmetricKeyDetails?.namedCurve) {
		case "prime256v1":
			return { algorithm: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }, hash: "SHA-256", curve: p256 };
		case "secp384r1":
			return { algorithm: { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" }, hash: "SHA-384", curve: p384 };
		default:
			throw new Error("A request is made for keys on P-256 and P-384, and for RSA keys.");
	}
}

async function signed(
	chip: ChipProcess,
	id: number,
	{ hash, curve }: Signing,
	data: ArrayBuffer,
): Promise<ArrayBuffer> {
	const digest = new Uint8Array(createHash(hash.replace("-", "")).update(new Uint8Array(data)).digest());
	const signature = await chip.call("sign", id, hash, digest, curve ? "ECDSA" : "RSASSA-PKCS1-v1_5");
	return (curve ? curve.Signature.fromBytes(signature, "der").toBytes("compact") : signature).slice().buffer;
}

/**
 * A certificate request (PKCS#10, RFC 2986) for a key pair in the chip, signed by it, in PEM.
 * @param subject a distinguished name as RFC 4514 writes it, "CN=my-device,O=Acme"
 * @throws Error when the name is not valid, or the chip's signature does not match its public key
 */
export async function certificateRequest(
	chip: ChipProcess,
	id: number,
	key: KeyObject,
	subject: string,
): Promise<string> {
	const x509 = await loadX509();
	const signing = signingOf(key);
	const publicKey = await webcrypto.subtle.importKey(
		"spki",
		key.export({ format: "der", type: "spki" }),
		signing.algorithm,
		true,
		["verify"],
	);
	const subtle = {
		exportKey: (format: "spki", exported: webcrypto.CryptoKey) => webcrypto.subtle.exportKey(format, exported),
		sign: (_: unknown, __: unknown, data: ArrayBuffer) => signed(chip, id, signing, data),
	};
	const keys = { publicKey, privateKey: publicKey };
	const request = await x509.Pkcs10CertificateRequestGenerator.create(
		{ name: subject, keys, signingAlgorithm: signing.algorithm },
		{ subtle },
	);
	if (!(await request.verify(webcrypto)))
		throw new Error(
			"The chip's signature does not verify with the object's public key: check that the object is the key pair that you mean.",
		);
	return `${request.toString("pem")}\n`;
}
