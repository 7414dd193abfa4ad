// SPDX-License-Identifier: MIT
import { createPrivateKey, webcrypto, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { StateError } from "../errors.js";
import { readText, writeStateFile } from "../files.js";
import * as x509 from "../x509.js";

/** Kinds of the server's keys: RSA 2048 as below Amazon Root CA 1, or P-256 as below Amazon Root CA 3. */
export const serverKeyTypes = ["rsa", "ecdsa"] as const;
export type ServerKeyType = (typeof serverKeyTypes)[number];

/** What the device endpoint shows to its clients. */
export interface ServerIdentity {
	/** PEM: the server's certificate, then the intermediate's. */
	chain: string;
	/** PEM, PKCS #8. */
	key: string;
	/** PEM of the root that clients must trust. */
	rootCa: string;
	rootCaFile: string;
	/** The CA that issued the server's certificate. */
	intermediate: Issued;
}

/** A certificate and its key, both PEM. */
export interface Issued {
	certificate: string;
	key: string;
}

/** A certificate to be made. */
export interface Order {
	subject: string;
	/** End of its life, from now; below 0 it is over. */
	days: number;
	issuer?: Issued;
	names?: string[];
	keyType: ServerKeyType;
	/** Milliseconds since the epoch. */
	now: number;
	/** Bytes of ballast, in an extension that nobody reads. */
	ballast?: number;
}

type Algorithm = webcrypto.RsaHashedKeyGenParams | (webcrypto.EcKeyGenParams & { hash: string });

const algorithms: Record<ServerKeyType, Algorithm> = {
	rsa: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 },
	ecdsa: { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" },
};
const dayMs = 24 * 60 * 60 * 1000;
/** Life of the server's certificate, as short as those of AWS (Amazon Trust Services leaves: 13 months at most). */
const serverDays = 395;
const caDays = 20 * 365;
/** A server certificate with less life than this is replaced when the program starts. */
const renewalDays = 30;
/** Below the arc that anybody may use (ITU-T X.667: 2.25 and a UUID, here the one of all zeros). */
const ballastOid = "2.25.0";
/** Clients whose clock is a little behind must accept a certificate that was just made. */
const backdatingMs = dayMs;

/**
 * The server's certificate chain for all endpoints of a region, from the state folder, or made there: root CA,
 * intermediate CA, server. What is about to expire or is for other names is replaced; the root stays.
 * @param now milliseconds since the epoch
 * @throws StateError when a file of the state folder is not what this program wrote.
 */
export async function serverIdentity(
	folder: string,
	region: string,
	keyType: ServerKeyType,
	now = Date.now(),
): Promise<ServerIdentity> {
	const isFresh = ({ certificate }: Issued) =>
		Date.parse(new X509Certificate(certificate).validTo) > now + renewalDays * dayMs;
	const issue = (order: Omit<Order, "keyType" | "now">) => issueCertificate({ ...order, keyType, now });
	const name = (part: string) => join(folder, `${part}-${keyType}`);
	const domain = `iot.${region}.amazonaws.com`;
	const names = [domain, `*.${domain}`];
	const root = await keep(name("root-ca"), isFresh, () =>
		issue({ subject: "CN=Local AWS IoT Core Root CA, O=moddable-se050", days: caDays }),
	);
	const intermediate = await keep(
		name("intermediate-ca"),
		issued => isFresh(issued) && isIssuedBy(issued, root),
		() => issue({ subject: "CN=Local AWS IoT Core Server CA, O=moddable-se050", days: caDays, issuer: root }),
	);
	const server = await keep(
		name("server"),
		issued => isFresh(issued) && isIssuedBy(issued, intermediate) && isFor(issued, names),
		() => issue({ subject: `CN=*.${domain}`, days: serverDays, issuer: intermediate, names }),
	);
	return {
		chain: server.certificate + intermediate.certificate,
		key: server.key,
		rootCa: root.certificate,
		rootCaFile: `${name("root-ca")}.crt.pem`,
		intermediate,
	};
}

/** The CA of devices' certificates that are made here, from the state folder, or made there. @throws StateError */
export async function deviceAuthority(folder: string, now = Date.now()): Promise<Issued> {
	const order: Order = {
		subject: "CN=Local AWS IoT Core Device CA, O=moddable-se050",
		days: caDays,
		keyType: "ecdsa",
		now,
	};
	return keep(
		join(folder, "device-ca"),
		() => true,
		() => issueCertificate(order),
	);
}

/** Reads a certificate and its key, and makes them when they are missing or no longer good. */
async function keep(path: string, good: (issued: Issued) => boolean, make: () => Promise<Issued>): Promise<Issued> {
	const certificateFile = `${path}.crt.pem`,
		keyFile = `${path}.key.pem`;
	const certificate = readText(certificateFile),
		key = readText(keyFile);
	if (certificate !== undefined && key !== undefined) {
		const kept = { certificate, key };
		checkPair(kept, certificateFile);
		if (good(kept)) return kept;
	}
	const made = await make();
	writeStateFile(keyFile, made.key, 0o600);
	writeStateFile(certificateFile, made.certificate, 0o644);
	return made;
}

function checkPair({ certificate, key }: Issued, file: string): void {
	try {
		if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return;
	} catch {
		throw new StateError(
			`${file} or its key is not PEM as this program writes it: remove both, and new ones are made.`,
		);
	}
	throw new StateError(`${file} does not belong to the key next to it: remove both, and new ones are made.`);
}

function isIssuedBy({ certificate }: Issued, issuer: Issued): boolean {
	return new X509Certificate(certificate).verify(new X509Certificate(issuer.certificate).publicKey);
}

function isFor({ certificate }: Issued, names: string[]): boolean {
	return new X509Certificate(certificate).subjectAltName === names.map(name => `DNS:${name}`).join(", ");
}

/** Makes a key and its certificate: a server's when it has names, else a CA's; self-signed without an issuer. */
export async function issueCertificate({
	keyType,
	now,
	subject,
	days,
	issuer,
	names,
	ballast = 0,
}: Order): Promise<Issued> {
	const algorithm = algorithms[keyType];
	const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
	const signingKey = issuer === undefined ? keys.privateKey : await importKey(issuer.key, algorithm);
	const issuerName = issuer === undefined ? subject : new x509.X509Certificate(issuer.certificate).subjectName;
	const certificate = await x509.X509CertificateGenerator.create({
		subject,
		issuer: issuerName,
		notBefore: new Date(now - backdatingMs + Math.min(0, days) * dayMs),
		notAfter: new Date(now + days * dayMs),
		publicKey: keys.publicKey,
		signingKey,
		signingAlgorithm: algorithm,
		extensions: [
			...(names === undefined ? caExtensions() : serverExtensions(names)),
			await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
			...(ballast === 0 ? [] : [new x509.Extension(ballastOid, false, new Uint8Array(ballast))]),
			...(issuer === undefined
				? []
				: [await x509.AuthorityKeyIdentifierExtension.create(new x509.X509Certificate(issuer.certificate))]),
		],
	});
	return { certificate: `${certificate.toString("pem").trim()}\n`, key: await exportKey(keys.privateKey) };
}

function caExtensions(): x509.Extension[] {
	return [
		new x509.BasicConstraintsExtension(true, undefined, true),
		new x509.KeyUsagesExtension(
			x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
			true,
		),
	];
}

function serverExtensions(names: string[]): x509.Extension[] {
	return [
		new x509.BasicConstraintsExtension(false, undefined, true),
		new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
		new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
		new x509.SubjectAlternativeNameExtension(names.map(value => ({ type: "dns", value }))),
	];
}

async function importKey(pem: string, algorithm: Algorithm): Promise<webcrypto.CryptoKey> {
	const der = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
	return webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
	const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
	return createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({
		type: "pkcs8",
		format: "pem",
	}) as string;
}
