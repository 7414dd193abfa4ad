import { decodeResponse } from "../../se050/apdu.js";
import { DerError, trimSequence } from "../../se050/der.js";
import { decodeOef } from "../../se050/identify.js";
import { decodeTlvs, encodeTlv, TlvError } from "../../se050/tlv.js";
import { decodeVersion } from "../../se050/version.js";

/** Counts of what the parsers said. */
export interface Verdicts { accepted: number; refused: number }

/** xorshift32: fast, and the same from run to run. */
function generator(seed: number): () => number {
	let state = seed || 1;
	return () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return state >>> 0;
	};
}

/** Bytes in which the parsers' own decide where they turn. */
const telling = [0x00, 0x01, 0x02, 0x28, 0x30, 0x41, 0x7F, 0x80, 0x81, 0x82, 0x83, 0x90, 0xDF, 0xFE, 0xFF];

function input(random: () => number): Uint8Array {
	const bytes = new Uint8Array(random() % 40);
	for (let i = 0; i < bytes.length; i++)
		bytes[i] = random() % 3 > 0 ? telling[random() % telling.length] ?? 0 : random();
	return bytes;
}

function check(holds: boolean, what: string, bytes: Uint8Array): void {
	if (!holds)
		throw new Error(`${what}: ${Buffer.from(bytes).toString("hex")}`);
}

/** Each parser, with what must hold of what it accepts. It may refuse by its own errors only. */
const parsers: readonly ((bytes: Uint8Array) => void)[] = [
	bytes => {
		const tlvs = decodeTlvs(bytes);
		check(tlvs.every(({ value }) => value.length <= bytes.length), "a TLV's value is longer than all", bytes);
		const again = decodeTlvs(Uint8Array.from(tlvs.flatMap(({ tag, value }) => [...encodeTlv(tag, value)])));
		check(again.length === tlvs.length, "TLVs are others after a round trip", bytes);
	},
	bytes => check(trimSequence(bytes).length <= bytes.length, "a SEQUENCE is longer than all", bytes),
	bytes => check(decodeResponse(bytes).data.length === bytes.length - 2, "a response lost data", bytes),
	bytes => check(decodeVersion(bytes).variant !== "", "a version has no variant", bytes),
	bytes => check(decodeOef(bytes) <= 0xFFFF, "an OEF id is longer than two bytes", bytes),
];

/** @throws Error with the input that a parser takes wrongly, or at which it fails by an error that is not its own */
export function fuzzParsers(runs: number, seed: number): Verdicts {
	const random = generator(seed);
	const verdicts = { accepted: 0, refused: 0 };
	for (let run = 0; run < runs; run++) {
		const bytes = input(random);
		try {
			parsers[run % parsers.length]?.(bytes);
			verdicts.accepted++;
		}
		catch (error) {
			if (!(error instanceof TlvError || error instanceof DerError || error instanceof RangeError))
				throw error;
			verdicts.refused++;
		}
	}
	return verdicts;
}
