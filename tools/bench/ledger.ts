// SPDX-License-Identifier: MIT
import { createHash, randomBytes, webcrypto } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadX509 } from "../lib/x509.js";

/** One device of a ledger. */
export interface LedgerEntry {
	/** 36 hexadecimal digits. */
	uid: string;
	certificatePem: string;
	/** SHA-256 of the DER, hexadecimal. */
	certificateId: string;
	thingName: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** First bytes of every published SE050 UID. */
const uidPrefix = "040050";
const hour = 3_600_000;

/** Certificates that differ, for one key: who registers them cannot tell. */
export async function makeEntries(count: number): Promise<LedgerEntry[]> {
	const x509 = await loadX509();
	const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
	const make = async (): Promise<LedgerEntry> => {
		const uid = `${uidPrefix}${randomBytes(15).toString("hex")}`;
		const certificate = await x509.X509CertificateGenerator.createSelfSigned(
			{
				serialNumber: uid,
				name: `CN=${uid}`,
				notBefore: new Date(Date.now() - hour),
				notAfter: new Date(Date.now() + 24 * hour),
				keys,
				signingAlgorithm: algorithm,
			},
			webcrypto as unknown as Parameters<typeof x509.X509CertificateGenerator.createSelfSigned>[1],
		);
		return {
			uid,
			certificatePem: `${certificate.toString("pem")}\n`,
			certificateId: createHash("sha256").update(Buffer.from(certificate.rawData)).digest("hex"),
			thingName: Buffer.from(uid, "hex").toString("base64url"),
		};
	};
	const entries: LedgerEntry[] = [];
	while (entries.length < count) entries.push(await make());
	return entries;
}

/** Hands out the entries of a ledger, each of them once: an account takes a certificate only once. */
export class LedgerSupply {
	readonly #folder: string;
	readonly #entries: LedgerEntry[];
	#files = 0;

	constructor(folder: string, entries: readonly LedgerEntry[]) {
		this.#folder = folder;
		this.#entries = [...entries];
	}

	/** @throws Error when there are fewer left */
	take(count: number): LedgerEntry[] {
		if (this.#entries.length < count)
			throw new Error(`The ledger has ${this.#entries.length} certificates left, not ${count}.`);
		return this.#entries.splice(0, count);
	}

	/** As a file in NDJSON. */
	takeFile(count: number): string {
		const file = join(this.#folder, `ledger-${++this.#files}.ndjson`);
		const lines = this.take(count).map(({ uid, certificatePem }) => JSON.stringify({ uid, certificatePem }));
		writeFileSync(file, `${lines.join("\n")}\n`);
		return file;
	}
}
