// SPDX-License-Identifier: MIT
/** Memory in use, in bytes. */
export interface Usage {
	/** Of JavaScript: garbage counts until it is collected. */
	slots: number;
	chunks: number;
	/** Allocated outside of the JavaScript heap, by natives and libraries. */
	native: number;
}

export default function usage(): Usage {
	const { slots, chunks, native: outside } = native("xs_usage").call(undefined) as Usage;
	return { slots, chunks, native: outside };
}
