// SPDX-License-Identifier: MIT
/**
 * Stand-in of esp32/platform/serial-input.ts: standard input, until its end. It does not keep the program running.
 * @returns false when there is no input: /dev/null, or a closed descriptor
 */
export default function serialInput(taker: { push(bytes: ArrayBuffer): void }): boolean {
	return native("xs_serial_input_start").call(undefined, taker) as boolean;
}
