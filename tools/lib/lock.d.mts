// SPDX-License-Identifier: MIT
/** How a program says that it did not get a lock. */
export interface Refusals {
	/** @param holder id of the process that has it */
	held(holder: number): Error;
	/** The lock file cannot be written. */
	failed(cause: Error): Error;
}

/**
 * Takes a lock file for this process, which a kill releases.
 * Processes that see each other's ids share it: not those of different containers.
 * @returns releases it
 * @throws what `refusals` makes
 */
export function takeLock(path: string, refusals: Refusals): () => void;

/**
 * Runs `work` while no other process does so with the same lock file; waits for its turn. Makes the file's folder.
 * @param doing what the work is, for the message to those who wait longer than a second: "building the firmware"
 */
export function withLock(path: string, work: () => void | Promise<void>, doing?: string): Promise<void>;
