// SPDX-License-Identifier: MIT
import config from "mc/config";

class System {
	static random(byteLength: number): ArrayBuffer {
		return native("xs_platform_random_bytes").call(this, byteLength) as ArrayBuffer;
	}
}

/** Stand-in of esp32/platform/entropy.ts: the system's random source is always ready. */
export function startEntropy(): void {}

/** The setting `seed` of the host, as bytes: hexadecimal digits. */
function seeded(digits: string, byteLength: number): Uint8Array {
	return Uint8Array.from({ length: byteLength }, (_, index) => Number.parseInt(digits.substr(2 * index, 2), 16) || 0);
}

/** Random bytes of the system, 1 to 256; those of the setting `seed` where a tool wants each run to be the same. */
export function randomBytes(byteLength: number): Uint8Array {
	return typeof config.seed === "string" ? seeded(config.seed, byteLength) : new Uint8Array(System.random(byteLength));
}
