// SPDX-License-Identifier: MIT
import { webcrypto } from "node:crypto";
import { concat, fromUnsigned, toHex } from "../../lib/bytes.js";
import { loadX509 } from "../../lib/x509.js";
import { objectIds } from "../applet/codes.js";
import type { SecureObject } from "../applet/objects.js";
import { type EcKey, generateEcKey } from "../crypto/ecdsa.js";
import { systemRandom } from "../crypto/random.js";
import { makeRsaKeyPair, type RsaKey, rsaSpki } from "../crypto/rsa.js";
import { intermediateAlgorithm, type Manufacturer } from "./manufacturer.js";
import { distinguishedName } from "./names.js";
import type { ChipVariant, ProvisionedPair } from "./variants.js";

/** Length of a chip's unique identifier, in bytes. */
export const identifierLength = 18;

/** Zero bytes after a certificate in its file, as seen on a real part (464 bytes of DER in 470). */
const certificatePadding = 6;

/** Validity of a real leaf certificate, and more of it. */
const factoryNotBefore = new Date("2023-12-01T00:00:00Z");
const factoryNotAfter = new Date("2043-11-28T00:00:00Z");

/** Length of the more frequent DER form of a P-256 signature: r or s starts with a set bit, the other does not. */
const maximumSignatureLength = 71;

/** What byte 17 of published identifiers is: 90 on most parts, 80 on one of applet 3.1.0. */
const lastBytes = [0x90, 0x80] as const;

/** A new identifier after the pattern that all published ones have: 04 00 50 01 in front, 04 in byte 11. */
function createUid(): Uint8Array {
	const uid = systemRandom.bytes(identifierLength);
	uid.set([0x04, 0x00, 0x50, 0x01]);
	uid[11] = 0x04;
	uid[17] = lastBytes[uid[17]! & 1]!;
	return uid;
}

const rsaAlgorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;

/** SubjectPublicKeyInfo of a P-256 key (RFC 5480) up to the point itself. */
const p256SpkiPrefix = Buffer.from("3059301306072A8648CE3D020106082A8648CE3D030107034200", "hex");

type ProvisionedKey = ({ type: "ec-key-pair" } & EcKey) | RsaKey;

function importPublicKey(key: ProvisionedKey): Promise<webcrypto.CryptoKey> {
	if (key.type === "rsa-key-pair")
		return webcrypto.subtle.importKey("spki", Buffer.from(rsaSpki(key)), rsaAlgorithm, true, ["verify"]);
	return webcrypto.subtle.importKey(
		"spki",
		Buffer.from(concat(p256SpkiPrefix, key.publicKey)),
		intermediateAlgorithm,
		true,
		["verify"],
	);
}

/**
 * A certificate with the fields and extensions of a real part's attestation certificate. It is issued again until its
 * signature has the frequent length, so that all chips have certificates of one size and their traces compare.
 */
async function issueCertificate(
	uid: Uint8Array,
	key: ProvisionedKey,
	pair: ProvisionedPair,
	manufacturer: Manufacturer,
): Promise<Uint8Array> {
	const {
		BasicConstraintsExtension,
		KeyUsageFlags,
		KeyUsagesExtension,
		SubjectAlternativeNameExtension,
		X509Certificate,
		X509CertificateGenerator,
	} = await loadX509();
	const issuer = manufacturer.intermediates[pair.issuer];
	const signingKey = await webcrypto.subtle.importKey("pkcs8", issuer.privateKey, intermediateAlgorithm, false, [
		"sign",
	]);
	for (;;) {
		const certificate = await X509CertificateGenerator.create({
			serialNumber: toHex(concat(uid, fromUnsigned(pair.serialSuffix, 2))),
			subject: await distinguishedName(`${pair.commonName}-${toHex(uid)}`),
			issuer: new X509Certificate(issuer.certificate).subjectName,
			notBefore: factoryNotBefore,
			notAfter: factoryNotAfter,
			publicKey: await importPublicKey(key),
			signingKey,
			signingAlgorithm: intermediateAlgorithm,
			extensions: [
				new BasicConstraintsExtension(false, undefined, false),
				new KeyUsagesExtension(KeyUsageFlags.digitalSignature, false),
				...(pair.alternativeName
					? [new SubjectAlternativeNameExtension([{ type: "dns", value: pair.alternativeName }])]
					: []),
			],
		});
		const der = new Uint8Array(certificate.rawData);
		if (signatureLength(der) === maximumSignatureLength) return der;
	}
}

/** The signature is the last element: BIT STRING, no unused bits, SEQUENCE of two INTEGERs of 32 or 33 bytes. */
function signatureLength(der: Uint8Array): number {
	const lengths = [69, 70, 71, 72];
	return (
		lengths.find(
			length =>
				der[der.length - length] === 0x30 &&
				der[der.length - length + 1] === length - 2 &&
				der[der.length - length - 3] === 0x03 &&
				der[der.length - length - 2] === length + 1,
		) ?? 0
	);
}

const makeKey = async ({ type, size = 2048 }: ProvisionedPair): Promise<ProvisionedKey> =>
	type === "rsa" ? makeRsaKeyPair(size) : { type: "ec-key-pair", ...generateEcKey("P-256", systemRandom.bytes) };

async function provisionPair(
	uid: Uint8Array,
	pair: ProvisionedPair,
	manufacturer: Manufacturer,
): Promise<SecureObject[]> {
	const keyPair = await makeKey(pair);
	const properties = { origin: "provisioned", transient: false } as const;
	const key: SecureObject = { ...properties, id: pair.key, ...keyPair };
	if (pair.certificate === undefined) return [key];
	const certificate = await issueCertificate(uid, keyPair, pair, manufacturer);
	return [
		key,
		{
			...properties,
			type: "binary",
			id: pair.certificate,
			data: concat(certificate, new Uint8Array(certificatePadding)),
		},
	];
}

/**
 * The objects of a chip as it leaves the simulated factory.
 * @param allKeys whether it has those pairs too whose keys take seconds to make
 */
export async function provision(
	variant: ChipVariant,
	manufacturer: Manufacturer,
	allKeys = false,
): Promise<SecureObject[]> {
	const uid = createUid();
	const pairs = allKeys ? [...variant.provisioned, ...variant.slowPairs] : variant.provisioned;
	const objects = await Promise.all(pairs.map(pair => provisionPair(uid, pair, manufacturer)));
	return [
		{ type: "binary", id: objectIds.uniqueId, origin: "provisioned", transient: false, data: uid },
		...objects.flat(),
	];
}
