// SPDX-License-Identifier: MIT
/** Throws, for tests/system/host/process.test.ts: the line numbers matter. */
interface Unused {
	field: string;
}

function fail(message: string): never {
	throw new Error(message);
}

fail("on purpose");

export type { Unused };
