// SPDX-License-Identifier: MIT
import { mkdirSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { takeLock } from "../lib/lock.mjs";
import { RunError } from "./account/service-errors.js";
import { DigestTable } from "./digest-table.js";
import type { DeviceNames } from "./identity.js";
import { splitLines } from "./sources/lines.js";

/** What the journal knows of a certificate. */
const states = ["none", "begun", "done", "removing", "removed"] as const;
export type JournalState = (typeof states)[number];

const format = 1;

interface Entry {
	entry: "journal" | Exclude<JournalState, "none">;
	certificateId?: string;
	/** Of `removing`: the policies that go with the certificate. */
	policies?: readonly string[];
	format?: number;
	endpoint?: string;
}

/**
 * What this program has begun and finished in one account, an append-only file of a JSON object a line.
 *
 * A certificate's `begun` is on the disk before the first call that changes anything, and its `done` follows the last.
 * What is begun and not done when a run starts was interrupted, wherever; how far it came is for the account to say.
 * `removing` and `removed` do the same for a removal; `removing` also has what cannot be looked up once it is detached.
 */
export class ProvisionJournal {
	readonly #file: FileHandle;
	readonly #table: DigestTable;
	readonly #release: () => void;
	/** FleetPolicies of the removals that are not finished, by certificate id. */
	readonly #policies = new Map<string, readonly string[]>();
	#pending: string[] = [];
	#writing: Promise<void> = Promise.resolve();
	#next: Promise<void> | undefined;

	/**
	 * @param endpoint the account's device endpoint: its name identifies account and region
	 * @throws RunError when another process has it, or the file is not a journal
	 */
	static async open(folder: string, endpoint: string): Promise<ProvisionJournal> {
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		const base = join(folder, endpoint);
		const release = lockJournal(`${base}.lock`);
		try {
			const file = await open(`${base}.journal`, "a+", 0o600);
			const journal = new ProvisionJournal(file, new DigestTable(folder), release);
			await journal.#replay(`${base}.journal`, endpoint);
			return journal;
		} catch (error) {
			release();
			throw error;
		}
	}

	private constructor(file: FileHandle, table: DigestTable, release: () => void) {
		this.#file = file;
		this.#table = table;
		this.#release = release;
	}

	state(certificateId: string): JournalState {
		return states[this.#table.get(certificateId)] ?? "none";
	}

	/** Resolves when a certificate's beginning is on the disk. */
	begun(certificateId: string, { uid, thingName }: DeviceNames): Promise<void> {
		return this.#append({ entry: "begun", certificateId, uid, thing: thingName, at: new Date().toISOString() });
	}

	/** Resolves when a certificate's end is on the disk; nothing needs to wait for that. */
	done(certificateId: string): Promise<void> {
		return this.#append({ entry: "done", certificateId, at: new Date().toISOString() });
	}

	/** Names of the policies that an interrupted removal was to delete. */
	policiesToDelete(certificateId: string): readonly string[] {
		return this.#policies.get(certificateId) ?? [];
	}

	/** Resolves when it is on the disk that a certificate is being removed, and which policies go with it. */
	removing(certificateId: string, policies: readonly string[]): Promise<void> {
		return this.#append({ entry: "removing", certificateId, policies, at: new Date().toISOString() });
	}

	/** As `done`, for a certificate that is gone from the account. */
	removed(certificateId: string): Promise<void> {
		return this.#append({ entry: "removed", certificateId, at: new Date().toISOString() });
	}

	async close(): Promise<void> {
		await (this.#next ?? this.#writing).catch(() => undefined);
		await this.#file.close();
		this.#table.close();
		this.#release();
	}

	#append(entry: Entry & Record<string, unknown>): Promise<void> {
		this.#apply(entry);
		this.#pending.push(`${JSON.stringify(entry)}\n`);
		this.#next ??= this.#writing.then(() => this.#flush());
		return this.#next;
	}

	/** Writes everything that waits to the disk: one synchronisation foreverything that is appended meanwhile. */
	#flush(): Promise<void> {
		const text = this.#pending.join("");
		this.#pending = [];
		this.#writing = this.#next ?? this.#writing;
		this.#next = undefined;
		return this.#file
			.appendFile(text)
			.then(() => this.#file.datasync())
			.catch((error: Error) => {
				throw new RunError(
					`The journal cannot be written (${error.message}): make room in the state folder, then run the command again: it goes on where it stopped.`,
				);
			});
	}

	async #replay(path: string, endpoint: string): Promise<void> {
		const { size } = await this.#file.stat();
		let complete = 0;
		const stream = this.#file.createReadStream({ start: 0, autoClose: false });
		for await (const { text, number } of splitLines(stream)) {
			const end = complete + Buffer.byteLength(text) + 1;
			if (end > size) break;
			complete = end;
			this.#check(text, `${path}:${number}`, endpoint);
		}
		if (complete < size) await this.#file.truncate(complete);
		if (complete === 0) await this.#append({ entry: "journal", format, endpoint });
	}

	#check(text: string, where: string, endpoint: string): void {
		const entry = parseEntry(text);
		const foreign = entry?.entry === "journal" && (entry.format !== format || entry.endpoint !== endpoint);
		if (!entry || foreign)
			throw new RunError(
				`${where} is not an entry of a journal of ${endpoint}: restore the file, or move it away; without it, what was interrupted is completed with --adopt.`,
			);
		this.#apply(entry);
	}

	#apply({ entry, certificateId, policies = [] }: Entry): void {
		if (entry === "journal" || certificateId === undefined) return;
		this.#table.set(certificateId, states.indexOf(entry));
		if (entry === "removing" && policies.length > 0) this.#policies.set(certificateId, policies);
		else this.#policies.delete(certificateId);
	}
}

function parseEntry(text: string): Entry | undefined {
	try {
		const value = JSON.parse(text) as Partial<Entry> | null;
		const known =
			value?.entry === "journal" ||
			((states as readonly unknown[]).includes(value?.entry) &&
				/^[0-9a-f]{64}$/.test(value?.certificateId ?? "") &&
				(value?.policies ?? []).every(name => typeof name === "string"));
		return known ? (value as Entry) : undefined;
	} catch {
		return undefined;
	}
}

/** One process at a time works on an account's journal. */
function lockJournal(path: string): () => void {
	return takeLock(path, {
		held: holder => new RunError(`Process ${holder} is provisioning this account already (${path}): wait for its end.`),
		failed: ({ message }) =>
			new RunError(`The state folder cannot be used: ${message}. Give another one with --state.`),
	});
}
