// SPDX-License-Identifier: MIT
/** Stand-in of esp32/platform/restart.ts: the process runs its program from the beginning, with the same settings. */
export default function restart(): void {
	native("xs_platform_restart").call(undefined);
}
