// SPDX-License-Identifier: MIT
class System {
	static restart(): void {
		native("xs_platform_restart").call(this);
	}
}

/** Starts the firmware again, as the reset button does. */
export default function restart(): void {
	System.restart();
}
