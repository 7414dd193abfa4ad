// SPDX-License-Identifier: MIT
/** What only this platform has: used by tests. */

/** The status that the program ends with when nothing is left to do. */
export function setExitStatus(status: number): void {
	native("xs_machine_set_exit_status").call(undefined, status);
}

/** Collects garbage now. */
export function collectGarbage(): void {
	native("xs_machine_collect_garbage").call(undefined);
}
