// SPDX-License-Identifier: MIT
/** What can become of a candidate: how its line says it, and how the summary counts it. */
export const resultTexts = {
	/** Registered, with policy and thing, and ACTIVE: all of it in this run. */
	provisioned: { line: "provisioned", summary: "provisioned" },
	/** It was in the account, and this run did what was missing. */
	completed: { line: "completed", summary: "completed: the account had a part of it" },
	/** Registered and INACTIVE: the rest is AWS's bulk engine's. */
	registered: { line: "registered, INACTIVE", summary: "registered, INACTIVE" },
	/** ACTIVE in the account before this run. */
	present: { line: "already registered", summary: "already registered" },
	/** In the account, in a state that is not this program's to change. */
	left: { line: "left as it is", summary: "left as they are" },
	/** `--dry-run`: what a run would do. */
	planned: { line: "would be provisioned", summary: "would be provisioned" },
	/** Removed from the account. */
	removed: { line: "removed", summary: "removed" },
	/** `--status` */
	active: { line: "ACTIVE", summary: "ACTIVE" },
	/** `--status`: registered, in any other state. */
	inactive: { line: "registered", summary: "registered, and not ACTIVE" },
	absent: { line: "not in the account", summary: "not in the account" },
	/** The same certificate once more. */
	duplicate: { line: "duplicate", summary: "duplicates" },
	/** A CA's certificate, as chain files have them. */
	authority: { line: "a CA's certificate, passed over", summary: "certificates of CAs, passed over" },
	failed: { line: "FAILED", summary: "failed" },
} as const;

export type CandidateResult = keyof typeof resultTexts;

/** What somebody asked to see: each gets its line, however many there are. */
const asked: ReadonlySet<CandidateResult> = new Set(["planned", "active", "inactive", "absent", "failed"]);

export interface CandidateOutcome {
	result: CandidateResult;
	/** What else a person should know. */
	note?: string;
}

/** True when an outcome is shown however many there are: it was asked for, or somebody should look at it. */
export function isShown({ result, note }: CandidateOutcome): boolean {
	return asked.has(result) || note !== undefined;
}
