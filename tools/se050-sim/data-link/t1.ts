// SPDX-License-Identifier: MIT
import { concat } from "../../lib/bytes.js";
import {
	type Block,
	decodeBlock,
	encodeBlock,
	type InformationBlock,
	maximumInformation,
	nodeAddress,
	otherSequence,
	type ReceiveReadyBlock,
	rError,
	type Sequence,
	type SupervisoryBlock,
	sCode,
} from "../../lib/chip-bus/block.js";
import type { Latency } from "../bus/latency.js";
import type { CommandProcessor } from "../card/card.js";
import type { ChipVariant } from "../factory/variants.js";

/** The one block with which the chip answers a block, and when it can be read. */
export interface Answer {
	frame: Uint8Array;
	/** Simulated time in microseconds. */
	readyAt: number;
	/** How often it comes again after it was read; a fault. */
	repeats?: number;
}

/** What the data link remembers between two blocks. */
export interface DataLinkState {
	/** N(S) of the chip's next I-block. */
	sendSequence: Sequence;
	/** N(S) that the host's next I-block must have. */
	receiveSequence: Sequence;
	/** Longest information field that the host takes. */
	ifsd: number;
	/** The last block that was sent, to be sent again. */
	last: Block | undefined;
	/** The part of a chained command that has come. */
	command: Uint8Array;
	/** The part of an answer that has not been sent. */
	remainder: Uint8Array;
	/** An answer that is being computed while a S(WTX request) waits for its response. */
	computing: { response: Uint8Array; doneAt: number } | undefined;
	/** Whether the last block answered a S(WTX response): a host that missed it does not know which number it had. */
	afterWtx: boolean;
	/** In power-down after S(End of APDU session). */
	asleep: boolean;
}

export function initialState(): DataLinkState {
	return {
		sendSequence: 0,
		receiveSequence: 0,
		ifsd: maximumInformation,
		last: undefined,
		command: new Uint8Array(0),
		remainder: new Uint8Array(0),
		computing: undefined,
		afterWtx: false,
		asleep: false,
	};
}

const nothing = new Uint8Array(0);

/** S(WTX request) with multiplier 1. */
const timeRequest: Block = { kind: "S", code: sCode.wtx, response: false, information: Uint8Array.of(1) };

/** Commands longer than any part's buffer are not collected beyond this; the card refuses them anyway. */
const collectedCommand = 4096;

/** Who wants to know what passes, with times in microseconds. */
export interface DataLinkListener {
	/** A block of the host at the time it had come, or of the chip at the time from which it can be read. */
	onBlock(from: "host" | "chip", frame: Uint8Array, time: number): void;
	/** A command when it had come, and its answer when it was computed. */
	onApdu(command: Uint8Array, response: Uint8Array, receivedAt: number, doneAt: number): void;
}

/**
 * The chip's end of T=1 over I2C (UM11225; ISO/IEC 7816-3, 11, for what it leaves open). A block comes in, one goes out;
 * nothing is sent unasked.
 */
export class DataLink {
	readonly #card: CommandProcessor;
	readonly #variant: ChipVariant;
	readonly #latency: Latency;
	readonly #listener: DataLinkListener;
	state: DataLinkState;

	constructor(
		card: CommandProcessor,
		variant: ChipVariant,
		latency: Latency,
		state: DataLinkState,
		listener: DataLinkListener,
	) {
		this.#card = card;
		this.#variant = variant;
		this.#latency = latency;
		this.#listener = listener;
		this.state = state;
	}

	/** Takes what one I2C write brought, at the time of its end, and gives the answer. */
	receive(frame: Uint8Array, now: number): Answer {
		const wake = this.state.asleep ? this.#latency.wake : 0;
		this.state.asleep = false;
		this.#listener.onBlock("host", frame, now);
		const answer = this.#handle(frame, now + wake);
		this.#listener.onBlock("chip", answer.frame, answer.readyAt);
		return answer;
	}

	/** After a loss of power. */
	restart(): void {
		this.state = initialState();
		this.#card.restart();
	}

	#handle(frame: Uint8Array, now: number): Answer {
		const block = decodeBlock(nodeAddress.toChip, frame);
		switch (block) {
			case "crc":
				return this.#refuse(now, rError.crc);
			case "nad":
				return this.#refuse(now, rError.nodeAddressMissed);
			case "length":
			case "pcb":
				return this.#refuse(now, rError.other);
		}
		switch (block.kind) {
			case "I":
				return this.#receiveInformation(block, now);
			case "R":
				return this.#receiveReady(block, now);
			case "S":
				return this.#receiveSupervisory(block, now);
		}
	}

	#send(block: Block, readyAt: number): Answer {
		this.state.last = block;
		this.state.afterWtx = false;
		return { frame: encodeBlock(nodeAddress.toHost, block), readyAt };
	}

	#soon(block: Block, now: number): Answer {
		return this.#send(block, now + this.#latency.block);
	}

	/** R-block with the number of the I-block that the chip expects: an acknowledgement, or a request to repeat it. */
	#refuse(now: number, error: number): Answer {
		return this.#soon({ kind: "R", sequence: this.state.receiveSequence, error }, now);
	}

	#receiveInformation(block: InformationBlock, now: number): Answer {
		const { state } = this;
		// A host that was asked to repeat its S(WTX response) may repeat its command, as NXP's does.
		if (state.computing && block.sequence !== state.receiveSequence) return this.#soon(timeRequest, now);
		const answering = state.remainder.length > 0 || state.computing !== undefined;
		if (answering || block.sequence !== state.receiveSequence) return this.#refuse(now, rError.other);
		state.receiveSequence = otherSequence(block.sequence);
		if (state.command.length < collectedCommand) state.command = concat(state.command, block.information);
		if (!block.more) return this.#execute(now);
		const acknowledgement: Block = { kind: "R", sequence: state.receiveSequence, error: rError.none };
		return this.#send(acknowledgement, now + this.#latency.acknowledge);
	}

	#execute(now: number): Answer {
		const { command } = this.state;
		this.state.command = nothing;
		const { response, microseconds } = this.#card.execute(command);
		const doneAt = now + microseconds;
		this.#listener.onApdu(command, response, now, doneAt);
		return this.#answerOrExtend({ response, doneAt }, now);
	}

	/** The answer's first block when it is done, unless the host must be asked for more time before. */
	#answerOrExtend(computing: { response: Uint8Array; doneAt: number }, now: number): Answer {
		if (computing.doneAt - now > this.#variant.waitingTime) {
			this.state.computing = computing;
			return this.#send(timeRequest, now + this.#variant.waitingTime);
		}
		this.state.computing = undefined;
		this.state.remainder = computing.response;
		return this.#sendInformation(Math.max(computing.doneAt, now));
	}

	/** The next I-block of the answer. */
	#sendInformation(readyAt: number): Answer {
		const { state } = this;
		const information = state.remainder.slice(0, state.ifsd);
		state.remainder = state.remainder.slice(state.ifsd);
		const sequence = state.sendSequence;
		state.sendSequence = otherSequence(sequence);
		return this.#send({ kind: "I", sequence, more: state.remainder.length > 0, information }, readyAt);
	}

	/**
	 * N(R) names the I-block that the host wants: the last one (again), or the next of a chain. Where the last block was
	 * another, that one is sent again. A host that asks for an I-block the chip does not have has lost its own: the chip
	 * asks for that. A host that is asked for time, or has just granted it, does not know the number of what it missed: any
	 * will do.
	 */
	#receiveReady(block: ReceiveReadyBlock, now: number): Answer {
		const { last, remainder, sendSequence, computing, afterWtx } = this.state;
		if (computing) return this.#soon(timeRequest, now);
		if (afterWtx && last && block.error !== rError.none) {
			const answer = this.#soon(last, now);
			this.state.afterWtx = true;
			return answer;
		}
		const afterInformation = last?.kind === "I" || block.error === rError.none;
		if (remainder.length > 0 && block.sequence === sendSequence && afterInformation)
			return this.#sendInformation(now + this.#latency.block);
		if (!last || (last.kind === "I" && last.sequence !== block.sequence)) return this.#refuse(now, rError.other);
		return this.#soon(last, now);
	}

	#receiveSupervisory(block: SupervisoryBlock, now: number): Answer {
		const { code, information } = block;
		if (block.response)
			return code === sCode.wtx && information.length === 1
				? this.#continueComputing(now)
				: this.#refuse(now, rError.other);
		if (information.length !== (code === sCode.ifs ? 1 : 0)) return this.#refuse(now, rError.other);
		switch (code) {
			case sCode.resync:
				return this.#reset(code, nothing, now);
			case sCode.ifs:
				return this.#setInformationFieldSize(information, now);
			case sCode.abort:
				return this.#abort(now);
			case sCode.endOfApduSession:
				return this.#endSession(now);
			case sCode.chipReset:
				return this.#resetChip(now);
			case sCode.getAtr:
				return this.#respond(code, this.#variant.atr, now);
			case sCode.interfaceSoftReset:
				this.#card.deselect();
				return this.#reset(code, this.#variant.atr, now);
			default:
				return this.#refuse(now, rError.other);
		}
	}

	#respond(code: number, information: Uint8Array, now: number): Answer {
		return this.#soon({ kind: "S", code, response: true, information }, now);
	}

	/** The host granted more time. The multiplier it names is not looked at: NXP's answers 1 to any, others echo it. */
	#continueComputing(now: number): Answer {
		const { computing } = this.state;
		if (!computing) return this.#refuse(now, rError.other);
		const answer = this.#answerOrExtend(computing, now);
		this.state.afterWtx = true;
		return answer;
	}

	#reset(code: number, information: Uint8Array, now: number): Answer {
		this.state = initialState();
		return this.#respond(code, information, now);
	}

	#setInformationFieldSize(information: Uint8Array, now: number): Answer {
		const size = information[0]!;
		if (size === 0 || size > maximumInformation) return this.#refuse(now, rError.other);
		this.state.ifsd = size;
		return this.#respond(sCode.ifs, information, now);
	}

	#abort(now: number): Answer {
		Object.assign(this.state, { command: nothing, remainder: nothing, computing: undefined });
		return this.#respond(sCode.abort, nothing, now);
	}

	#endSession(now: number): Answer {
		this.#card.deselect();
		Object.assign(this.state, { command: nothing, remainder: nothing, computing: undefined, asleep: true });
		return this.#respond(sCode.endOfApduSession, nothing, now);
	}

	#resetChip(now: number): Answer {
		this.restart();
		return this.#respond(sCode.chipReset, nothing, now + this.#latency.boot);
	}
}
