// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import type { ClientIdForm } from "../../app/identity.js";
import type { Authorities } from "../lib/authorities.js";
import { CallRefusal } from "./account/service-errors.js";
import { AuthorityError, CertificateError, type ChipCertificate, readChipCertificate } from "./certificate.js";
import { DigestTable } from "./digest-table.js";
import { type DeviceNames, deviceNames, parseUid } from "./identity.js";
import type { CandidateOutcome } from "./outcome.js";
import type { Candidate, Found } from "./sources/candidate.js";

/** One certificate with all that is known of it, and what became of it. */
export interface CandidateReport extends CandidateOutcome {
	candidate: Candidate;
	/** How much of all sources is dealt with, in bytes: nothing before it is still under way. */
	position: number;
	/** Undefined when it did not come so far. */
	certificate?: ChipCertificate;
	device?: DeviceNames;
}

export interface ProvisionRunOptions {
	candidates: AsyncIterable<Candidate>;
	form: ClientIdForm;
	/** A certificate that does not name its chip's UID fails, instead of being believed. */
	requireUid: boolean;
	/** The manufacturer's CAs; undefined when any issuer is believed. */
	authorities?: Authorities;
	/** How many certificates are worked on at the same time. */
	concurrency: number;
	/** Where a table of what was seen may be kept while the program runs. */
	folder: string;
	/** What is done with each certificate. */
	work(certificate: ChipCertificate, device: DeviceNames): Promise<CandidateOutcome>;
	/** Called with each candidate, in the order in which they end. */
	onReport(report: CandidateReport): void;
	/** No further candidate is taken once it is aborted. */
	signal?: AbortSignal;
	/** Milliseconds since the epoch. */
	today?(): number;
}

const seenMark = 1;

const uidKey = (uid: string) => createHash("sha256").update(`uid ${uid}`).digest("hex");

/** Takes candidates to their end, several at the same time; a candidate that fails stops no other. */
class Run {
	readonly #options: ProvisionRunOptions;
	readonly #seen: DigestTable;
	/** What is being worked on, in the order of the sources. */
	readonly #underWay = new Set<Candidate>();
	/** Position of the last candidate that was taken. */
	#taken = 0;

	constructor(options: ProvisionRunOptions) {
		this.#options = options;
		this.#seen = new DigestTable(options.folder);
	}

	/** @throws RunError; what was under way has ended then */
	async finish(): Promise<void> {
		const { candidates, concurrency } = this.#options;
		const queue = candidates[Symbol.asyncIterator]();
		const stop = new AbortController();
		const workers = Array.from({ length: concurrency }, () => this.#worker(queue, stop));
		const failed = (await Promise.allSettled(workers)).find(worker => worker.status === "rejected");
		this.#seen.close();
		await queue.return?.();
		if (failed) throw failed.reason;
	}

	async #worker(queue: AsyncIterator<Candidate>, stop: AbortController): Promise<void> {
		try {
			while (!stop.signal.aborted && !this.#options.signal?.aborted) {
				const { value, done } = await queue.next();
				if (done) return;
				this.#underWay.add(value);
				this.#taken = value.position;
				const report = await this.#process(value);
				this.#underWay.delete(value);
				this.#options.onReport({ ...report, position: this.#position });
			}
		} catch (error) {
			stop.abort();
			throw error;
		}
	}

	/** Candidates are taken, and so stand in the set, in the order of the sources: the first one is the one that lags most. */
	get #position(): number {
		const [first] = this.#underWay;
		return first?.position ?? this.#taken;
	}

	async #process(candidate: Candidate): Promise<Omit<CandidateReport, "position">> {
		if ("problem" in candidate) return { candidate, result: "failed", note: candidate.problem };
		let certificate: ChipCertificate;
		try {
			certificate = this.#check(candidate);
		} catch (error) {
			if (!(error instanceof CertificateError)) throw error;
			const isOfChain = error instanceof AuthorityError && candidate.uid === undefined;
			return isOfChain ? { candidate, result: "authority" } : { candidate, result: "failed", note: error.message };
		}
		const device = deviceNames(certificate.uid, this.#options.form);
		const known = { candidate, certificate, device };
		const repeated = this.#repeated(certificate);
		if (repeated) return { ...known, ...repeated };
		return { ...known, ...(await this.#work(certificate, device)) };
	}

	#check({ uid, certificate, board }: Found): ChipCertificate {
		const { requireUid, today, authorities } = this.#options;
		const digits = uid === undefined ? undefined : parseUid(uid);
		if (uid !== undefined && digits === undefined)
			throw new CertificateError(
				/^\d([.,]\d+)?E\+?\d+$/i.test(uid.trim())
					? `"${uid}" was a UID before a spreadsheet took it for a number: format the column as text, and export it again`
					: `"${uid.slice(0, 60)}" is not the UID of an SE050: 36 hexadecimal digits, or their 24 characters of base64`,
			);
		const checked = readChipCertificate(certificate, digits, { now: today?.(), authorities });
		if (board?.certificateId !== undefined && board.certificateId !== checked.id)
			throw new CertificateError(
				"the certificate that came over the serial line is not the one that the board has: the SHA-256 differs; read the board again",
			);
		if (requireUid && !checked.namesUid)
			throw new CertificateError(
				"neither its subject nor its serial number names the UID that the source gives, and --require-uid asks for that",
			);
		if (authorities && board && !checked.namesUid)
			throw new CertificateError(
				"it names no UID, so only the board says that it belongs to the chip: give a ledger with uid and certificatePem, or --any-issuer if boards are trusted",
			);
		return checked;
	}

	#repeated({ id, uid }: ChipCertificate): CandidateOutcome | undefined {
		if (this.#seen.get(id)) return { result: "duplicate", note: "the same certificate came earlier in this run" };
		const key = uidKey(uid);
		if (this.#seen.get(key))
			return {
				result: "failed",
				note: `another certificate of the UID ${uid} came earlier in this run: one chip is one device`,
			};
		this.#seen.set(id, seenMark);
		this.#seen.set(key, seenMark);
		return undefined;
	}

	async #work(certificate: ChipCertificate, device: DeviceNames): Promise<CandidateOutcome> {
		try {
			return await this.#options.work(certificate, device);
		} catch (error) {
			if (!(error instanceof CallRefusal)) throw error;
			return { result: "failed", note: error.message };
		}
	}
}

/** Takes all candidates to their end. @throws RunError when the run cannot go on */
export function runCandidates(options: ProvisionRunOptions): Promise<void> {
	return new Run(options).finish();
}
