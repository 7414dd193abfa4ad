/** What became of a candidate. */
export const results = {
	/** Registered, with policy and thing, and ACTIVE: all of it in this run. */
	provisioned: "provisioned",
	/** Begun by an earlier run, and finished by this one. */
	completed: "completed after an interruption",
	/** ACTIVE in the account before this run. */
	present: "already registered",
	/** In the account, in a state that is not this program's to change. */
	left: "left as they are",
	/** Removed from the account. */
	removed: "removed",
	/** Not in the account, so there was nothing to remove. */
	absent: "not in the account",
	/** `--dry-run`: what a run would do. */
	planned: "would be provisioned",
	/** The same certificate once more. */
	duplicate: "duplicates",
	failed: "failed",
} as const;

export type Result = keyof typeof results;

export interface Outcome {
	result: Result;
	/** What a person should know beside it. */
	note?: string;
}
