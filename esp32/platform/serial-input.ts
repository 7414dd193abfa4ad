// SPDX-License-Identifier: MIT
import Timer from "timer";

class Console {
	static start(): boolean {
		return native("xs_platform_console_start").call(this) as boolean;
	}
	static read(): ArrayBuffer | undefined {
		return native("xs_platform_console_read").call(this) as ArrayBuffer | undefined;
	}
}

/** Milliseconds between two looks: a look at an empty buffer takes microseconds, and a person does not notice the delay. */
const interval = 50;

/**
 * Hands on what comes over the console: UART 0, and the chip's own USB port where it has one.
 * @returns false when there is no input: a debug build's line belongs to xsbug
 */
export default function serialInput(taker: { push(bytes: ArrayBuffer): void }): boolean {
	if (!Console.start()) return false;
	Timer.repeat(() => {
		const bytes = Console.read();
		if (bytes) taker.push(bytes);
	}, interval);
	return true;
}
