// SPDX-License-Identifier: MIT
/** Where the data link's parameters begin: version (1) and RID (5) come first. */
const dllpLength = 6;
/** PLID of I2C. */
const i2c = 2;

/**
 * The fastest clock that a chip allows, Hz: MCF (kHz, two bytes) of the physical layer's parameters in its ATR (NXP UM11225;
 * the layout is in native/atr.h).
 * @returns undefined when the ATR does not say
 */
export function maximumClock(atr: Uint8Array): number | undefined {
	const plid = dllpLength + 1 + (atr[dllpLength] ?? 0);
	const [type, length = 0, high, low] = atr.subarray(plid);
	if (type !== i2c || length < 2 || high === undefined || low === undefined) return undefined;
	const kilohertz = (high << 8) | low;
	return kilohertz > 0 ? kilohertz * 1000 : undefined;
}
