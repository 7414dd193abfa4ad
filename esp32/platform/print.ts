// SPDX-License-Identifier: MIT
/**
 * Writes a line of serial output. `trace` does that in every build: a debug build's line goes to xsbug, a release
 * build's to the console, which esp32/sdkconfig switches on. One call a line, so that nothing comes in between.
 */
export default function print(line: string): void {
	trace(`${line}\n`);
}
