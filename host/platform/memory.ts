// SPDX-License-Identifier: MIT
/** Stand-in of esp32/platform/memory.ts: a PC's memory is not limited. */
export default function memory(): { free: number; least: number; largest: number; stack: number } | undefined {
	return undefined;
}
