// SPDX-License-Identifier: MIT
import { webcrypto } from "node:crypto";
import { toHex } from "../../lib/bytes.js";
import { loadX509 } from "../../lib/x509.js";
import { corrupt, createJson, readJson } from "../state/files.js";
import { asBytes, asNumber, asObject } from "../state/json.js";
import { distinguishedName } from "./names.js";
import type { Issuer } from "./variants.js";

/** A certification authority: its certificate (DER) and its private key (PKCS#8, DER). */
export interface Authority {
	certificate: Uint8Array;
	privateKey: Uint8Array;
}

/** The simulated manufacturer: a root and the two intermediates that issue the chips' certificates. */
export interface Manufacturer {
	root: Authority;
	intermediates: Record<Issuer, Authority>;
}

const fileVersion = 1;

/** Curve and digest of a CA's key, as NXP's CAs of the same place have them. */
const rootAlgorithm = { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" } as const;
export const intermediateAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** Validity of NXP's intermediate CA; the root's is wider here. */
const validity = {
	root: { notBefore: new Date("2019-01-01T00:00:00Z"), notAfter: new Date("2049-01-01T00:00:00Z") },
	intermediate: { notBefore: new Date("2019-04-25T00:00:00Z"), notAfter: new Date("2044-04-25T00:00:00Z") },
} as const;

async function createManufacturer(): Promise<Manufacturer> {
	const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509CertificateGenerator } = await loadX509();
	const extensions = (pathLength?: number) => [
		new BasicConstraintsExtension(true, pathLength, true),
		new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
	];
	const exportKey = async (key: webcrypto.CryptoKey) => new Uint8Array(await webcrypto.subtle.exportKey("pkcs8", key));

	const rootKeys = await webcrypto.subtle.generateKey(rootAlgorithm, true, ["sign", "verify"]);
	const rootName = await distinguishedName("SIMULATED RootCA");
	const root = await X509CertificateGenerator.createSelfSigned({
		serialNumber: "01",
		name: rootName,
		...validity.root,
		keys: rootKeys,
		signingAlgorithm: rootAlgorithm,
		extensions: extensions(),
	});

	const intermediate = async (name: string, serialNumber: string): Promise<Authority> => {
		const keys = await webcrypto.subtle.generateKey(intermediateAlgorithm, true, ["sign", "verify"]);
		const certificate = await X509CertificateGenerator.create({
			serialNumber,
			subject: await distinguishedName(name),
			issuer: rootName,
			...validity.intermediate,
			publicKey: keys.publicKey,
			signingKey: rootKeys.privateKey,
			signingAlgorithm: rootAlgorithm,
			extensions: extensions(0),
		});
		return { certificate: new Uint8Array(certificate.rawData), privateKey: await exportKey(keys.privateKey) };
	};

	return {
		root: { certificate: new Uint8Array(root.rawData), privateKey: await exportKey(rootKeys.privateKey) },
		intermediates: {
			attestation: await intermediate("SIMULATED Intermediate-AttestationCA", "02"),
			connectivity: await intermediate("SIMULATED Intermediate-ConnectivityCA", "03"),
		},
	};
}

const authorityToJson = ({ certificate, privateKey }: Authority) => ({
	certificate: toHex(certificate),
	privateKey: toHex(privateKey),
});

const toJson = ({ root, intermediates }: Manufacturer): unknown => ({
	format: fileVersion,
	root: authorityToJson(root),
	attestation: authorityToJson(intermediates.attestation),
	connectivity: authorityToJson(intermediates.connectivity),
});

function authorityFromJson(value: unknown, name: string): Authority {
	const members = asObject(value, name);
	return {
		certificate: asBytes(members.certificate, `${name}.certificate`),
		privateKey: asBytes(members.privateKey, `${name}.privateKey`),
	};
}

function fromJson(value: unknown): Manufacturer {
	const members = asObject(value, "the file");
	if (asNumber(members.format, "format") !== fileVersion)
		throw new TypeError(`its format is ${members.format}, not ${fileVersion}`);
	return {
		root: authorityFromJson(members.root, "root"),
		intermediates: {
			attestation: authorityFromJson(members.attestation, "attestation"),
			connectivity: authorityFromJson(members.connectivity, "connectivity"),
		},
	};
}

/** The manufacturer that a file holds; created on first use. Throws UserError. */
export async function openManufacturer(path: string): Promise<Manufacturer> {
	const stored = readJson(path);
	if (stored === undefined) {
		createJson(path, toJson(await createManufacturer()));
		return openManufacturer(path);
	}
	try {
		return fromJson(stored);
	} catch (error) {
		throw corrupt(path, (error as Error).message);
	}
}
