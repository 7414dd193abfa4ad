// SPDX-License-Identifier: MIT
import { closeSync, openSync, writeSync } from "node:fs";
import type { CandidateReport } from "./run.js";
import { originText } from "./sources/candidate.js";

/** What failed, in a file that is itself a source (NDJSON): a run over it tries these again, and nothing else. */
export class FailuresFile {
	readonly path: string;
	#fd: number | undefined;

	/** The file is created with the first failure. */
	constructor(path: string) {
		this.path = path;
	}

	/** True when there is anything in it. */
	get written(): boolean {
		return this.#fd !== undefined;
	}

	write({ candidate, certificate, note }: Pick<CandidateReport, "candidate" | "certificate" | "note">): void {
		this.#fd ??= openSync(this.path, "a", 0o600);
		const found = "certificate" in candidate ? candidate.certificate : undefined;
		const raw = typeof found === "string" ? found : found && Buffer.from(found).toString("base64");
		const line = {
			uid: candidate.uid,
			certificatePem: certificate?.pem ?? raw,
			error: note,
			source: originText(candidate.origin),
		};
		writeSync(this.#fd, `${JSON.stringify(line)}\n`);
	}

	close(): void {
		if (this.#fd !== undefined) closeSync(this.#fd);
	}
}
