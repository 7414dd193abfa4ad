// SPDX-License-Identifier: MIT
import { webcrypto } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as X509 from "@peculiar/x509";
import { loadX509 } from "../../lib/x509.js";

const x509 = await loadX509();
x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

const algorithms = {
	"P-256": { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
	"P-384": { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" },
	"P-521": { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" },
	Ed25519: { name: "Ed25519" },
	"RSA-1024": {
		name: "RSASSA-PKCS1-v1_5",
		modulusLength: 1024,
		publicExponent: new Uint8Array([1, 0, 1]),
		hash: "SHA-256",
	},
	"RSA-2048": {
		name: "RSASSA-PKCS1-v1_5",
		modulusLength: 2048,
		publicExponent: new Uint8Array([1, 0, 1]),
		hash: "SHA-256",
	},
	"RSA-3072": {
		name: "RSASSA-PKCS1-v1_5",
		modulusLength: 3072,
		publicExponent: new Uint8Array([1, 0, 1]),
		hash: "SHA-256",
	},
	"RSA-4096": {
		name: "RSASSA-PKCS1-v1_5",
		modulusLength: 4096,
		publicExponent: new Uint8Array([1, 0, 1]),
		hash: "SHA-256",
	},
	"RSA-SHA1": {
		name: "RSASSA-PKCS1-v1_5",
		modulusLength: 2048,
		publicExponent: new Uint8Array([1, 0, 1]),
		hash: "SHA-1",
	},
} as const;

export type KeyType = keyof typeof algorithms;

export interface Identity {
	certificate: X509.X509Certificate;
	type: KeyType;
	keys: webcrypto.CryptoKeyPair;
	/** The certificate and those above it but the root, leaf first. */
	chain: X509.X509Certificate[];
	/** PEM for Node's TLS. */
	cert: string;
	key: string;
	/** The same as files, for openssl. */
	certFile: string;
	keyPemFile: string;
	/** Files for the C client: the certificate and its PKCS#8 key, DER. */
	certificateFile: string;
	keyFile: string;
	/** The chain in DER, one certificate after the other. */
	chainFile: string;
}

export interface Issue {
	subject: string;
	issuer?: Identity;
	key?: KeyType;
	/** The key pair of another identity of the same type, in place of a new one. */
	keysOf?: Identity;
	authority?: boolean;
	names?: X509.JsonGeneralName[];
	notBefore?: Date;
	notAfter?: Date;
	extendedKeyUsage?: string;
	/** In place of digitalSignature, or keyCertSign of an authority. */
	keyUsage?: keyof typeof X509.KeyUsageFlags;
	/** An extension with a value that permits server.test (RFC 5280 section 4.2.1.10). */
	extension?: { oid: string; critical: boolean };
	/** Bytes of ballast in an extension that no one reads. */
	ballast?: number;
}

/** Made for the first certificate: programs that import this and issue none leave nothing behind. */
let folder: string | undefined;
let serial = 0x1000;

/** NameConstraints that permit server.test. */
const permitted = Buffer.concat([Buffer.from("3011a00f300d820b", "hex"), Buffer.from("server.test")]);

function extensions({
	authority = false,
	names,
	extendedKeyUsage,
	ballast,
	keyUsage,
	extension,
}: Issue): X509.Extension[] {
	const usage = x509.KeyUsageFlags[keyUsage ?? (authority ? "keyCertSign" : "digitalSignature")];
	const list: X509.Extension[] = [
		new x509.BasicConstraintsExtension(authority, undefined, true),
		new x509.KeyUsagesExtension(usage, true),
	];
	if (names) list.push(new x509.SubjectAlternativeNameExtension(names));
	if (extendedKeyUsage) list.push(new x509.ExtendedKeyUsageExtension([extendedKeyUsage]));
	if (extension) list.push(new x509.Extension(extension.oid, extension.critical, permitted));
	if (ballast) list.push(new x509.Extension("1.3.6.1.4.1.99999.1", false, new Uint8Array(ballast)));
	return list;
}

/** Makes a key pair and a certificate for it, self-signed if no issuer is given. */
export async function issue(request: Issue): Promise<Identity> {
	const {
		subject,
		issuer,
		key = "P-256",
		notBefore = new Date(Date.now() - 3600e3),
		notAfter = new Date(Date.now() + 3600e3),
	} = request;
	const algorithm = algorithms[key];
	const keys =
		request.keysOf?.keys ??
		((await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair);
	const certificate = await x509.X509CertificateGenerator.create({
		serialNumber: (serial++).toString(16),
		subject,
		issuer: issuer?.certificate.subject ?? subject,
		notBefore,
		notAfter,
		publicKey: keys.publicKey,
		signingKey: (issuer?.keys ?? keys).privateKey,
		signingAlgorithm: issuer ? algorithms[issuer.type] : algorithm,
		extensions: extensions(request),
	});
	const chain = [certificate, ...(issuer ? issuer.chain : [])].filter(
		member => member.subject !== member.issuer || member === certificate,
	);
	const privateKey = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
	folder ??= mkdtempSync(join(tmpdir(), "tls-pki-"));
	const file = join(folder, certificate.serialNumber);
	writeFileSync(`${file}.der`, Buffer.from(certificate.rawData));
	writeFileSync(`${file}.key`, privateKey);
	writeFileSync(`${file}.chain.der`, Buffer.concat(chain.map(member => Buffer.from(member.rawData))));
	const cert = chain.map(member => member.toString("pem")).join("\n");
	const pem = x509.PemConverter.encode(privateKey, "PRIVATE KEY");
	writeFileSync(`${file}.pem`, cert);
	writeFileSync(`${file}.key.pem`, pem);
	return {
		certificate,
		type: key,
		keys,
		chain,
		cert,
		key: pem,
		certFile: `${file}.pem`,
		keyPemFile: `${file}.key.pem`,
		certificateFile: `${file}.der`,
		keyFile: `${file}.key`,
		chainFile: `${file}.chain.der`,
	};
}

/** A root and a server certificate for "server.test" and 127.0.0.1 under an intermediate. */
export async function serverChain(key: KeyType): Promise<{ root: Identity; server: Identity }> {
	const root = await issue({ subject: `CN=Test Root ${key}`, key, authority: true });
	const intermediate = await issue({ subject: `CN=Test Intermediate ${key}`, key, authority: true, issuer: root });
	const names: X509.JsonGeneralName[] = [
		{ type: "dns", value: "server.test" },
		{ type: "dns", value: "*.wild.test" },
		{ type: "ip", value: "127.0.0.1" },
	];
	const server = await issue({ subject: "CN=server.test", key, issuer: intermediate, names });
	return { root, server };
}
