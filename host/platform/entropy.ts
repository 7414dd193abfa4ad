// SPDX-License-Identifier: MIT
class System {
	static random(byteLength: number): ArrayBuffer {
		return native("xs_platform_random_bytes").call(this, byteLength) as ArrayBuffer;
	}
}

/** Stand-in of esp32/platform/entropy.ts: the system's random source is ready at once. */
export function startEntropy(): void {}

/** Random bytes of the system, 1 to 256. */
export function randomBytes(byteLength: number): Uint8Array {
	return new Uint8Array(System.random(byteLength));
}
