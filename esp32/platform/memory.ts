// SPDX-License-Identifier: MIT
class Heap {
	static get(index: number): number {
		return native("xs_platform_memory_get").call(this, index) as number;
	}
}

/**
 * The heap that XS' chunks, TLS, Wi-Fi and lwIP share, in bytes: free now, the least that was free, the largest piece; and how
 * much of the program's native stack was never used.
 */
export default function memory(): { free: number; least: number; largest: number; stack: number } | undefined {
	return { free: Heap.get(0), least: Heap.get(1), largest: Heap.get(2), stack: Heap.get(3) };
}
