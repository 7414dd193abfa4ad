// SPDX-License-Identifier: MIT
/** The reason that the Wi-Fi driver gave last. */
export class Disconnection {
	/** Listens from now on; once a program. */
	watch(): void {
		native("xs_platform_disconnection_watch").call(this);
	}

	/** 0 when there was none yet. */
	get reason(): number {
		return native("xs_platform_disconnection_reason").call(this) as number;
	}
}
