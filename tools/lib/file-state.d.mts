// SPDX-License-Identifier: MIT
/** What a file system knows of files and folders. A folder changes when something in it is added, removed or renamed. */
export interface FileState {
	/** Of paths, sizes and times. A program can set a modification time back, but not the change time, which is in it, too. */
	hash: string;
	/** Whether the files certainly have not changed since then. @param time in milliseconds since 1970 */
	isBefore(time: number): boolean;
}

/** @param paths from the root folder. @returns undefined when one of them does not exist */
export function fileState(root: string, paths: readonly string[]): FileState | undefined;
