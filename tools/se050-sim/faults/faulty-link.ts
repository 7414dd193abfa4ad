// SPDX-License-Identifier: MIT

import {
	type Block,
	blockOverhead,
	decodeBlock,
	encodeBlock,
	nodeAddress,
	otherSequence,
	sCode,
	withCrc,
} from "../../lib/chip-bus/block.js";
import type { BlockTarget } from "../bus/i2c.js";
import type { Answer, DataLink } from "../data-link/t1.js";
import type { ChipFault, FaultPlan, Sender } from "./fault.js";

export interface FaultyLinkOptions {
	link: DataLink;
	plan: FaultPlan;
	/** Microseconds that the chip takes for a block which needs no applet. */
	blockTime: number;
	/** Takes power away and gives it back. */
	reset(now: number): void;
	/** A fault that comes now. */
	onFault(fault: ChipFault, now: number): void;
}

/** Blocks of the chip that a fault puts in front of its answer, and what comes after them; no answer: R(ACK). */
interface Insertion {
	requests: Block[];
	answer: Answer | undefined;
}

/** A data link whose blocks suffer the plan's faults. */
export class FaultyLink implements BlockTarget {
	readonly #options: FaultyLinkOptions;
	#insertion: Insertion | undefined;

	constructor(options: FaultyLinkOptions) {
		this.#options = options;
	}

	restart(): void {
		this.#insertion = undefined;
		this.#options.link.restart();
	}

	receive(frame: Uint8Array, now: number): Answer | undefined {
		const planned = this.#options.plan.advance();
		if (planned.length === 0 && !this.#insertion) return this.#options.link.receive(frame, now);
		const faults = planned.filter(fault => !("during" in fault));
		for (const fault of faults) this.#options.onFault(fault, now);
		const received = damageAll(frame, "host", faults);
		if (!received || this.#resets("before", faults, now)) return undefined;
		const answer = this.#answer(received, faults, now);
		if (this.#resets("after", faults, now)) return undefined;
		return answer && damageAnswer(answer, faults);
	}

	#resets(when: "before" | "after", faults: readonly ChipFault[], now: number): boolean {
		const resets = faults.some(fault => fault.kind === "reset" && fault.when === when);
		if (resets) this.#options.reset(now);
		return resets;
	}

	#answer(frame: Uint8Array, faults: readonly ChipFault[], now: number): Answer | undefined {
		const inserted = this.#continueInsertion(frame, now);
		if (inserted) return inserted;
		const refusal = faults.find(fault => fault.kind === "r-nak");
		if (refusal?.kind === "r-nak")
			return this.#soon({ kind: "R", sequence: this.#options.link.state.receiveSequence, error: refusal.error }, now);
		const twice = faults.some(fault => fault.kind === "duplicated" && fault.from === "host");
		const first = this.#options.link.receive(frame, now);
		return this.#insert(twice ? this.#options.link.receive(frame, now) : first, faults, now);
	}

	#insert(answer: Answer, faults: readonly ChipFault[], now: number): Answer {
		const requests = faults.flatMap(insertedRequests);
		if (requests.length === 0) return answer;
		const aborts = faults.some(fault => fault.kind === "abort");
		this.#insertion = { requests, answer: aborts ? undefined : answer };
		return this.#soon(requests[0]!, now);
	}

	/** The response to an inserted request brings the next one or the answer, an R-block the same again, all else neither. */
	#continueInsertion(frame: Uint8Array, now: number): Answer | undefined {
		const request = this.#insertion?.requests[0];
		if (!this.#insertion || !request) return undefined;
		const block = decodeBlock(nodeAddress.toChip, frame);
		if (typeof block === "string") return undefined;
		if (block.kind === "R") return this.#soon(request, now);
		const responds = block.kind === "S" && block.response && request.kind === "S" && block.code === request.code;
		if (!responds) {
			this.#insertion = undefined;
			return undefined;
		}
		this.#insertion.requests.shift();
		const next = this.#insertion.requests[0];
		return next ? this.#soon(next, now) : this.#endInsertion(this.#insertion.answer, now);
	}

	#endInsertion(answer: Answer | undefined, now: number): Answer {
		this.#insertion = undefined;
		if (answer) return { ...answer, readyAt: Math.max(answer.readyAt, now + this.#options.blockTime) };
		return this.#soon({ kind: "R", sequence: this.#options.link.state.receiveSequence, error: 0 }, now);
	}

	#soon(block: Block, now: number): Answer {
		return { frame: encodeBlock(nodeAddress.toHost, block), readyAt: now + this.#options.blockTime };
	}
}

function insertedRequests(fault: ChipFault): Block[] {
	const request = (code: number, ...information: number[]): Block => ({
		kind: "S",
		code,
		response: false,
		information: Uint8Array.from(information),
	});
	switch (fault.kind) {
		case "wtx":
			return fault.multipliers.map(multiplier => request(sCode.wtx, multiplier));
		case "ifs":
			return [request(sCode.ifs, fault.size)];
		case "abort":
			return [request(sCode.abort)];
		default:
			return [];
	}
}

function damageAnswer(answer: Answer, faults: readonly ChipFault[]): Answer | undefined {
	const frame = damageAll(answer.frame, "chip", faults);
	const late = faults.reduce((sum, fault) => sum + (fault.kind === "late" ? fault.microseconds : 0), 0);
	const repeats = faults.some(fault => fault.kind === "duplicated" && fault.from === "chip") ? 1 : 0;
	return frame && { frame, readyAt: answer.readyAt + late, repeats };
}

/** What comes of a frame; undefined where nothing does. */
function damageAll(frame: Uint8Array, from: Sender, faults: readonly ChipFault[]): Uint8Array | undefined {
	let damaged: Uint8Array | undefined = frame;
	for (const fault of faults) if (damaged && "from" in fault && fault.from === from) damaged = damage(damaged, fault);
	return damaged?.length === 0 ? undefined : damaged;
}

/** Bytes of the CRC at a block's end. */
const crcLength = 2;

function damage(frame: Uint8Array, fault: ChipFault): Uint8Array | undefined {
	const changed = frame.slice();
	switch (fault.kind) {
		case "lost":
			return undefined;
		case "truncated":
			return frame.slice(0, fault.length);
		case "corrupted":
			changed[(fault.bit >> 3) % frame.length]! ^= 0x80 >> (fault.bit & 7);
			return changed;
		case "collision":
			changed[(fault.bit >> 3) % (frame.length - crcLength)]! ^= 0x80 >> (fault.bit & 7);
			return withCrc(changed);
		case "wrong-nad":
			changed[0] = fault.value;
			return withCrc(changed);
		case "wrong-length":
			changed[2] = changed[2]! + fault.difference;
			return withCrc(changed);
		case "wrong-sequence":
			return withOtherSequence(frame);
		default:
			return frame;
	}
}

/** An I-block with the other N(S) or an R-block with the other N(R); S-blocks have neither. */
function withOtherSequence(frame: Uint8Array): Uint8Array {
	const nad = frame[0]!;
	const block = frame.length < blockOverhead ? "length" : decodeBlock(nad, frame);
	if (typeof block === "string" || block.kind === "S") return frame;
	return encodeBlock(nad, { ...block, sequence: otherSequence(block.sequence) });
}
