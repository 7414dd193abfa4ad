// SPDX-License-Identifier: MIT
/** A word of a command line that is printed to be pasted into a POSIX shell: as it is, or in single quotes. */
export function shellWord(text: string): string {
	return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
