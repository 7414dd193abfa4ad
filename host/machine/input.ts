// SPDX-License-Identifier: MIT
/** Waits for a line of standard input. @returns it without its end; undefined after the last one */
export function nextLine(): string | undefined {
	return native("xs_input_line").call(undefined) as string | undefined;
}
