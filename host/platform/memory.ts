// SPDX-License-Identifier: MIT
/** Stand-in of esp32/platform/memory.ts: a PC's memory is no limit. */
export default function memory(): { free: number; least: number; largest: number } | undefined {
	return undefined;
}
