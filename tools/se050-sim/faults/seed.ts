// SPDX-License-Identifier: MIT
import { toUnsigned } from "../../lib/bytes.js";
import { repeatableRandom } from "../crypto/random.js";
import type { ChipFault, FaultAction, Sender } from "./fault.js";

/** A number from 0 to `limit` - 1. */
type Draw = (limit: number) => number;

const sender = (draw: Draw): Sender => (draw(2) === 0 ? "host" : "chip");
const transaction = (draw: Draw): "write" | "read" => (draw(2) === 0 ? "write" : "read");

/** One of each kind of fault, with parameters drawn over their whole range; times up to some BWT. */
const kinds: readonly ((draw: Draw) => FaultAction)[] = [
	draw => ({ kind: "lost", from: sender(draw) }),
	draw => ({ kind: "corrupted", from: sender(draw), bit: draw(259 * 8) }),
	draw => ({ kind: "truncated", from: sender(draw), length: draw(20) }),
	draw => ({ kind: "duplicated", from: sender(draw) }),
	draw => ({ kind: "wrong-nad", from: sender(draw), value: draw(256) }),
	draw => ({ kind: "wrong-sequence", from: sender(draw) }),
	draw => ({ kind: "wrong-length", from: sender(draw), difference: 1 + draw(255) }),
	draw => ({ kind: "late", microseconds: draw(3_000_000) }),
	draw => ({ kind: "r-nak", error: 1 + draw(3) }),
	draw => ({ kind: "wtx", multipliers: Array.from({ length: 1 + draw(4) }, () => draw(4)) }),
	draw => ({ kind: "ifs", size: 1 + draw(254) }),
	() => ({ kind: "abort" }),
	draw => ({ kind: "reset", when: draw(2) === 0 ? "before" : "after" }),
	draw => ({ kind: "nack", during: transaction(draw), after: draw(20), times: 1 + draw(5) }),
	draw => ({ kind: "silent", during: transaction(draw), microseconds: draw(3_000_000) }),
	draw => ({ kind: "sda-low", during: transaction(draw), microseconds: draw(200_000) }),
];

/** Faults that a seed draws, each exchange for itself: at `rate` of a thousand exchanges, on average, comes one. */
export function seededFaults(seed: string, rate: number): (exchange: number) => readonly ChipFault[] {
	return exchange => {
		const random = repeatableRandom(`${seed}/${exchange}`);
		const draw: Draw = limit => toUnsigned(random.bytes(6)) % limit;
		return draw(1000) < rate ? [{ exchange, ...kinds[draw(kinds.length)]!(draw) }] : [];
	};
}
