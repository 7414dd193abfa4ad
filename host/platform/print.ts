// SPDX-License-Identifier: MIT
/** Stand-in of esp32/platform/print.ts: writes a line to standard output. */
export default function print(line: string): void {
	trace(line, "\n");
}
