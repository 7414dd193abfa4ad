// SPDX-License-Identifier: MIT
/**
 * Ends this program when the npm that started it has ended: npm passes SIGTERM to its shell, which does not pass it on.
 * Does nothing for a program that npm has not started.
 */
export function endWithNpm(): void;

/** Ends this program, with status 0, when nobody reads its output any more: `npm start | head`. */
export function endWithReader(): void;

/** A sentence for a system call that failed for a reason that a person can do something about: a full disk, missing rights. */
export function systemErrorSentence(error: unknown): string | undefined;
