// SPDX-License-Identifier: MIT
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Chip } from "./recorder.js";

/** Name of the ledger in its folder: NDJSON, one chip a line, as `npm run provision` takes it. */
export const ledgerName = "ledger.ndjson";

function knownCertificates(path: string): Set<string> {
	const lines = existsSync(path)
		? readFileSync(path, "utf8")
				.split("\n")
				.filter(line => line.trim() !== "")
		: [];
	return new Set(
		lines.map((line, index) => {
			try {
				return String((JSON.parse(line) as Partial<Chip>).certificateId);
			} catch {
				throw new Error(`${path}, line ${index + 1}, is not JSON: mend it or move the file away.`);
			}
		}),
	);
}

/** A folder of chips: each one's certificate as a PEM file, and a line of the ledger. */
export class Ledger {
	readonly #folder: string;
	readonly #path: string;
	readonly #known: Set<string>;

	/** @throws Error of one sentence when the folder cannot be used */
	constructor(folder: string) {
		this.#folder = folder;
		this.#path = join(folder, ledgerName);
		try {
			mkdirSync(folder, { recursive: true });
		} catch (error) {
			throw new Error(`The folder ${folder} cannot be used: ${(error as Error).message}.`);
		}
		this.#known = knownCertificates(this.#path);
	}

	/**
	 * Writes `<uid>.pem` and, for a certificate that is new to it, a line of the ledger.
	 * @returns the PEM file's path, and whether the ledger had the chip
	 */
	save({ uid, clientId, certificateId, certificatePem }: Chip): { file: string; isNew: boolean } {
		const file = join(this.#folder, `${uid}.pem`);
		const isNew = !this.#known.has(certificateId);
		writeFileSync(file, certificatePem);
		if (isNew) appendFileSync(this.#path, `${JSON.stringify({ uid, clientId, certificateId, certificatePem })}\n`);
		this.#known.add(certificateId);
		return { file, isNew };
	}
}
