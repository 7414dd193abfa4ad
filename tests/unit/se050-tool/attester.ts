// SPDX-License-Identifier: MIT
import { createHash, generateKeyPairSync, type KeyObject, sign, webcrypto, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concatenate } from "../../../se050/bytes.js";
import type { Transcript } from "../../../se050/management/attestation.js";
import { encodeTlv } from "../../../se050/tlv.js";
import { loadX509 } from "../../../tools/lib/x509.js";
import type { AttestationFile } from "../../../tools/se050/attest.js";
import { type Manufacturer, openManufacturer } from "../../../tools/se050-sim/factory/manufacturer.js";
import { bytes, hex } from "../se050/chip.js";

export const uid = "0400500194B58D02EAB29B046AA26A701B90";
export const freshness = "000102030405060708090A0B0C0D0E0F";
export const timestamp = "000000010000000000000123";
export const keyId = "10000001";

export const newKey = (): { privateKey: KeyObject; publicKey: KeyObject } =>
	generateKeyPairSync("ec", { namedCurve: "P-256" });

/** 04, X, Y of a key on P-256. */
export const pointOf = (key: KeyObject): string =>
	hex(new Uint8Array(key.export({ format: "der", type: "spki" }).subarray(-65)));

/** The attestation key of the chip, and a key that an attacker has outside of any chip. */
export const attestationKey = newKey();
export const outsideKey = newKey();
export const outsidePoint = pointOf(outsideKey.publicKey);

/** Attributes of an EC key pair that was made in the chip, as applet 3.1 and 7.x have them, and of a file from outside. */
export const internal3 = `${keyId} 01 01 0000 00000000 0000 08 00000000 10200000 02`;
export const internal7 = `${keyId} 29 01 0000 00000000 0000 08 00000000 10200000 02 00000000`;
export const file3 = `${keyId} 0B 01 0000 00000000 0000 08 00000000 00200000 01`;

/** A value with a length of three bytes, as the applet writes it. */
export const long = (tag: string, digits: string): string => {
	const value = digits.replaceAll(" ", "");
	return `${tag}82${(value.length / 2).toString(16).padStart(4, "0")}${value}`;
};

export function readCommand(id = keyId, more = ""): Uint8Array {
	const data = bytes(`4104${id} ${more} 4504F0000012 460121 4710${freshness}`);
	return concatenate(bytes(`8022000000${data.length.toString(16).padStart(4, "0")}`), data);
}

const sha256 = (data: Uint8Array) => new Uint8Array(createHash("sha256").update(data).digest());

/** What an applet 3.x signs for a value and attributes, with the fields as it cuts them. */
export function attest3(value: string | undefined, attributes: string, command = readCommand()): Transcript {
	const signature = hex(
		sign("sha256", bytes([value ?? "", attributes, timestamp, freshness, uid].join("")), attestationKey.privateKey),
	);
	return { command, response: cut3(value, attributes, timestamp, freshness, uid, signature) };
}

/** A response of 3.x's form with any fields. */
export const cut3 = (value: string | undefined, ...fields: readonly string[]): Uint8Array =>
	bytes(
		[
			...(value === undefined ? [] : [long("41", value)]),
			...fields.map((field, index) => long(`4${index + 2}`, field)),
		].join(""),
	);

/** What an applet 7.x signs. */
export function attest7(value: string | undefined, attributes: string, command = readCommand()): Transcript {
	const tlvs = bytes(
		[
			...(value === undefined ? [] : [long("41", value)]),
			long("42", uid),
			long("43", attributes),
			long("44", "0020"),
			long("4F", timestamp),
		].join(""),
	);
	const signature = new Uint8Array(sign("sha256", concatenate(sha256(command), tlvs), attestationKey.privateKey));
	return { command, response: concatenate(tlvs, encodeTlv(0x52, signature)) };
}

const folder = mkdtempSync(join(tmpdir(), "se050-attester-"));
/** The simulated manufacturer of every chip of these tests. */
export const manufacturer: Manufacturer = await openManufacturer(join(folder, "manufacturer.json"));
rmSync(folder, { recursive: true });

const { intermediates, root } = manufacturer;
const certificate = (der: Uint8Array) => new X509Certificate(der);
export const authorities = [intermediates.attestation, intermediates.connectivity, root].map(ca =>
	certificate(ca.certificate),
);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

export interface Issue {
	subject?: string;
	issuer?: keyof Manufacturer["intermediates"] | { name: string; privateKey: Uint8Array };
	key?: KeyObject;
	isCa?: boolean;
	usage?: "digitalSignature" | "keyCertSign";
	notAfter?: Date;
}

/** A certificate in PEM; by default the one of the chip's attestation key. */
export async function issue({
	subject = `OU=Plug and Trust, O=SIMULATED (not NXP), CN=Attest-${uid}`,
	issuer = "attestation",
	key = attestationKey.publicKey,
	isCa = false,
	usage = "digitalSignature",
	notAfter = new Date("2043-01-01"),
}: Issue = {}): Promise<string> {
	const x509 = await loadX509();
	const authority = typeof issuer === "string" ? intermediates[issuer] : issuer;
	const issued = await x509.X509CertificateGenerator.create({
		serialNumber: "01",
		subject,
		issuer: "certificate" in authority ? new x509.X509Certificate(authority.certificate).subjectName : authority.name,
		notBefore: new Date("2020-01-01"),
		notAfter,
		publicKey: await webcrypto.subtle.importKey("spki", key.export({ format: "der", type: "spki" }), algorithm, true, [
			"verify",
		]),
		signingKey: await webcrypto.subtle.importKey("pkcs8", authority.privateKey, algorithm, false, ["sign"]),
		signingAlgorithm: algorithm,
		extensions: [
			new x509.BasicConstraintsExtension(isCa, undefined, isCa),
			new x509.KeyUsagesExtension(x509.KeyUsageFlags[usage], false),
		],
	});
	return issued.toString("pem");
}

export const pkcs8 = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ format: "der", type: "pkcs8" }));

/** The certificate of the chip's attestation key. */
export const genuine = await issue();

export const fileOf = (reads: readonly Transcript[], pem: string | undefined = genuine): AttestationFile => ({
	format: "se050-attestation",
	version: 1,
	reads: reads.map(({ command, response }) => ({ command: hex(command), response: hex(response) })),
	...(pem !== "" && { certificate: pem }),
	attestationKey: pointOf(attestationKey.publicKey),
});
