// SPDX-License-Identifier: MIT
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically, writeRemedy } from "../lib/write-file.js";
import { certificateIdOf, RecordError, type RecordedChip } from "./recorder.js";

/** Name of the ledger in its folder: NDJSON, one chip a line, as `npm run provision` takes it. */
const ledgerName = "ledger.ndjson";

/** What became of a chip that was to be saved. */
export type Saving =
	/** Its PEM file is written, and a line of the ledger. */
	| { kind: "new"; file: string }
	/** Both are there already. */
	| { kind: "known"; file: string }
	/** Another certificate is kept for its UID, which stays. */
	| { kind: "conflict"; file: string; keptId: string };

function readOptional(path: string): string | undefined {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}

/** Certificate ids of a ledger, by UID in lower case: the ledger may be a factory's, which has UID and PEM only. */
function readLedger(path: string): Map<string, string> {
	const chips = new Map<string, string>();
	for (const [index, line] of (readOptional(path) ?? "").split("\n").entries()) {
		if (line.trim() === "") continue;
		try {
			const { uid, certificatePem } = JSON.parse(line) as Partial<RecordedChip>;
			chips.set(String(uid).toLowerCase(), certificateIdOf(String(certificatePem)) ?? "unreadable");
		} catch {
			throw new Error(`${path}, line ${index + 1}, is not JSON: correct it or move the file away.`);
		}
	}
	return chips;
}

/** Appends text, or leaves the file as it was. */
function appendWhole(path: string, text: string): void {
	const before = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
	try {
		appendFileSync(path, text);
	} catch (error) {
		if (existsSync(path)) truncateSync(path, before);
		throw error;
	}
}

/** A folder of chips: each one's certificate as a PEM file, and a line of the ledger. */
export class ChipFolder {
	readonly #folder: string;
	readonly #ledger: string;
	readonly #known: Map<string, string>;

	/** @throws Error of one sentence when the folder cannot be used */
	constructor(folder: string) {
		this.#folder = folder;
		this.#ledger = join(folder, ledgerName);
		try {
			mkdirSync(folder, { recursive: true });
		} catch (error) {
			throw new Error(`The folder ${folder} cannot be used: ${(error as Error).message}.`);
		}
		this.#known = readLedger(this.#ledger);
	}

	/** Writes what is missing of `<uid>.pem` and the ledger's line; never replaces another certificate. */
	save(chip: RecordedChip): Saving {
		const { uid, certificateId, certificatePem } = chip;
		const file = join(this.#folder, `${uid}.pem`);
		const kept = readOptional(file);
		const keptIds = [this.#known.get(uid), kept === undefined ? undefined : (certificateIdOf(kept) ?? "unreadable")];
		const foreign = keptIds.find(id => id !== undefined && id !== certificateId);
		if (foreign !== undefined) return { kind: "conflict", file, keptId: foreign };
		const isNew = !this.#known.has(uid);
		try {
			if (kept === undefined) writeAtomically(file, certificatePem, 0o644);
			if (isNew) appendWhole(this.#ledger, `${JSON.stringify(chip)}\n`);
		} catch (error) {
			throw new RecordError(`The certificate of ${uid} is not saved in ${this.#folder} (${writeRemedy(error)}).`);
		}
		this.#known.set(uid, certificateId);
		return { kind: isNew ? "new" : "known", file };
	}
}
