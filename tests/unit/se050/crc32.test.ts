// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { crc32 } from "../../../se050/crc32.js";

/** Check values of CRC-32/ISO-HDLC (RFC 1952 section 8 has the algorithm; "123456789" is the catalogue's check input). */
for (const [text, crc] of [
	["", 0],
	["a", 0xe8b7be43],
	["123456789", 0xcbf43926],
	["The quick brown fox jumps over the lazy dog", 0x414fa339],
] as const)
	test(`CRC-32 of "${text}"`, () => {
		assert.is(crc32(new TextEncoder().encode(text)), crc);
	});

test.run();
