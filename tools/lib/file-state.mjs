// SPDX-License-Identifier: MIT
// Whether files have changed, known without reading them. Plain JavaScript, as bundle.mjs needs it; file-state.d.mts has its types.
import { createHash } from "node:crypto";
import { statSync } from "node:fs";

/** Two changes within this time may get the same time from the file system, whose clock ticks. */
const tickMilliseconds = 100;

export function fileState(root, paths) {
	let text = "";
	let newest = 0;
	for (const path of paths) {
		const status = statSync(`${root}/${path}`, { throwIfNoEntry: false });
		if (status === undefined) return undefined;
		const { size, mtimeMs, ctimeMs } = status;
		text += `${path}\0${size} ${mtimeMs} ${ctimeMs}\0`;
		newest = Math.max(newest, mtimeMs, ctimeMs);
	}
	const hash = createHash("sha256").update(text).digest("hex");
	return { hash, isBefore: time => newest < time - tickMilliseconds };
}
