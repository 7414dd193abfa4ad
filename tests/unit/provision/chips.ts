// SPDX-License-Identifier: MIT
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { pemOf } from "../../../tools/lib/pem.js";

/** What a made-up chip certificate may differ in. */
export interface CertificateOptions {
	/** 36 hexadecimal digits; in the subject's CN and in front of the serial number, as on real parts. */
	uid: string;
	/** Instead of `NXP-<UID>`. */
	commonName?: string;
	/** Hexadecimal digits, instead of the UID and 0004. */
	serialNumber?: string;
	notBefore?: Date;
	notAfter?: Date;
	/** Default: one P-256 key for all. */
	key?: KeyObject;
	ca?: boolean;
	/** Digest of the signature. */
	hash?: "sha1" | "sha256";
	/** Who signs; default: the made-up manufacturer. An impostor signs with its own key, whatever issuer it names. */
	signer?: KeyObject;
	issuerName?: string;
	/** The signature's AlgorithmIdentifier has NULL parameters, as in NXP's CA certificates. */
	nullParameters?: boolean;
	/** What an extension of an unknown type has as its value. */
	unknownExtension?: Uint8Array;
}

/** The chips' key: a fixed one, so that the certificates of a test are the same in each run but for their signatures. */
export const chipKey = createPrivateKey({
	key: {
		kty: "EC",
		crv: "P-256",
		// RFC 6979, A.2.5
		d: Buffer.from("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721", "hex").toString("base64url"),
		x: Buffer.from("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6", "hex").toString("base64url"),
		y: Buffer.from("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299", "hex").toString("base64url"),
	},
	format: "jwk",
});

/** The made-up manufacturer's key. */
const manufacturerKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const manufacturerName = "SIMULATED Intermediate";

const publicKeys = new Map<KeyObject, Buffer>();

function subjectPublicKeyInfo(key: KeyObject): Buffer {
	const known = publicKeys.get(key) ?? createPublicKey(key).export({ type: "spki", format: "der" });
	publicKeys.set(key, known);
	return known;
}

function der(tag: number, ...contents: Uint8Array[]): Buffer {
	const content = Buffer.concat(contents);
	const length =
		content.length < 0x80
			? [content.length]
			: content.length < 0x100
				? [0x81, content.length]
				: [0x82, content.length >> 8, content.length & 0xff];
	return Buffer.concat([Buffer.of(tag, ...length), content]);
}

const sequence = (...contents: Uint8Array[]) => der(0x30, ...contents);
const hex = (digits: string) => Buffer.from(digits, "hex");

function name(parts: readonly (readonly [oid: string, value: string])[]): Buffer {
	return sequence(...parts.map(([oid, value]) => der(0x31, sequence(hex(oid), der(0x0c, Buffer.from(value))))));
}

const oid = { organization: "060355040A", commonName: "0603550403", basicConstraints: "0603551D13" } as const;

/** AlgorithmIdentifiers of ECDSA and RSA with a digest. */
const algorithms = {
	ec: {
		sha1: sequence(hex("06072A8648CE3D0401")),
		sha256: sequence(hex("06082A8648CE3D040302")),
		sha256WithNull: sequence(hex("06082A8648CE3D040302"), hex("0500")),
	},
	rsa: {
		sha1: sequence(hex("06092A864886F70D010105"), hex("0500")),
		sha256: sequence(hex("06092A864886F70D01010B"), hex("0500")),
	},
} as const;

const time = (date: Date) => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, "")));

/** A certificate as an SE050's factory would write it. */
export function chipCertificate(options: CertificateOptions): Buffer {
	const {
		uid,
		commonName = `NXP-${uid}`,
		serialNumber = `${uid}0004`,
		key = chipKey,
		ca = false,
		hash = "sha256",
		signer = manufacturerKey,
		issuerName = manufacturerName,
		nullParameters = false,
		unknownExtension,
	} = options;
	const { notBefore = new Date("2023-12-01T00:00:00Z"), notAfter = new Date("2043-11-28T00:00:00Z") } = options;
	const algorithm = nullParameters
		? algorithms.ec.sha256WithNull
		: algorithms[signer.asymmetricKeyType === "rsa" ? "rsa" : "ec"][hash];
	const constraints = sequence(hex(oid.basicConstraints), der(0x04, sequence(...(ca ? [hex("0101FF")] : []))));
	const unknown = unknownExtension ? [sequence(hex("06032A0304"), der(0x04, unknownExtension))] : [];
	const tbs = sequence(
		der(0xa0, hex("020102")),
		der(0x02, hex(serialNumber)),
		algorithm,
		name([
			[oid.organization, "NXP"],
			[oid.commonName, issuerName],
		]),
		sequence(time(notBefore), time(notAfter)),
		name([
			[oid.organization, "NXP"],
			[oid.commonName, commonName],
		]),
		subjectPublicKeyInfo(key),
		der(0xa3, sequence(constraints, ...unknown)),
	);
	return sequence(tbs, algorithm, der(0x03, Buffer.of(0), sign(hash, tbs, signer)));
}

/** The made-up manufacturer's CA certificate, DER; it signed itself. */
export function manufacturerCa(options: Partial<CertificateOptions> = {}): Buffer {
	const common = { uid: "", commonName: manufacturerName, serialNumber: "02", ca: true, key: manufacturerKey };
	return chipCertificate({ ...common, ...options });
}

/** UID of the nth made-up chip, after the pattern of published ones. */
export function chipUid(index: number): string {
	return `04005001${index.toString(16).padStart(14, "0")}04${index.toString(16).padStart(10, "0")}90`;
}

export interface MadeChip {
	uid: string;
	pem: string;
	der: Buffer;
}

/** The nth made-up chip. Its UID is the same each time it is asked for; its certificate is not, for the signature in it. */
export function chip(index: number, options: Partial<CertificateOptions> = {}): MadeChip {
	const uid = options.uid ?? chipUid(index);
	const certificate = chipCertificate({ ...options, uid });
	return { uid, pem: pemOf(certificate), der: certificate };
}

export const rsaKey = (modulusLength: number): KeyObject => generateKeyPairSync("rsa", { modulusLength }).privateKey;
export const ecKey = (namedCurve: string): KeyObject => generateKeyPairSync("ec", { namedCurve }).privateKey;
