// SPDX-License-Identifier: MIT
/** A failure that a person can mend: its message is one sentence with cause and remedy. */
export class UserError extends Error {}

/** The code of a failed system call (`ENOENT`, …), where an error has one. */
export function systemCode(error: unknown): string | undefined {
	return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
