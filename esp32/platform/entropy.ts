// SPDX-License-Identifier: MIT
class Hardware {
	static start(): void {
		native("xs_platform_entropy_start").call(this);
	}
	static stop(): void {
		native("xs_platform_entropy_stop").call(this);
	}
	static random(byteLength: number): ArrayBuffer {
		return native("xs_platform_random_bytes").call(this, byteLength) as ArrayBuffer;
	}
}

/**
 * The ESP32's generator is only pseudo-random until its radio is on (ESP-IDF, "Random Number Generation"). This gives it the
 * SAR ADC's noise, so that what is drawn before that (the host challenge of SCP03, the seed of the jitter) cannot be
 * predicted. Without a radio (Ethernet) it stays on. ADC and I2S cannot be used meanwhile.
 */
export function startEntropy(): void {
	Hardware.start();
}

/** To be called before the radio is switched on: from then on its noise is the source. */
export function stopEntropy(): void {
	Hardware.stop();
}

/** Random bytes of the hardware, 1 to 256. */
export function randomBytes(byteLength: number): Uint8Array {
	return new Uint8Array(Hardware.random(byteLength));
}
