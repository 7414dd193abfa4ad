// SPDX-License-Identifier: MIT
import { concat, fromHex, toHex } from "../lib/bytes.js";
import {
	type Block,
	blockOverhead,
	type Defect,
	decodeBlock,
	describeBlock,
	type InformationBlock,
	nodeAddress,
	sCode,
} from "../lib/chip-bus/block.js";
import { commandName } from "../lib/chip-bus/command-name.js";
import type { TraceRecord, TransactionRecord } from "../lib/chip-bus/records.js";

type Sender = "host" | "chip";

const nads = { host: nodeAddress.toChip, chip: nodeAddress.toHost } as const;

/** Where NAD, PCB and LEN are, which tell how long a block is. */
const headerLength = 3;

/** One request of the host and all that crossed the bus for it, up to the next. */
export interface Exchange {
	/** The command, or the supervisory block: "SELECT", "S(interface soft reset request)"; "" before the first. */
	name: string;
	/** The answer's status word; undefined of a supervisory block, or where none came. */
	status: string | undefined;
	transactions: TransactionRecord[];
	/** What was decoded of each transaction, for who points at it. */
	meanings: Map<TransactionRecord, string>;
}

/** One direction's I-blocks, put together; a block that comes a second time counts once. */
class Chain {
	#last: number | undefined;
	#parts: Uint8Array[] = [];

	reset(): void {
		this.#last = undefined;
		this.#parts = [];
	}

	/** Whether a block begins an APDU: it follows a whole one, and does not come a second time. */
	begins({ sequence }: InformationBlock): boolean {
		return this.#parts.length === 0 && sequence !== this.#last;
	}

	/** The APDU that a block ends, or undefined. */
	take({ sequence, more, information }: InformationBlock): Uint8Array | undefined {
		if (sequence === this.#last) return undefined;
		this.#last = sequence;
		this.#parts.push(information);
		if (more) return undefined;
		const apdu = concat(...this.#parts);
		this.#parts = [];
		return apdu;
	}
}

/** Tells blocks and APDUs from transactions, as a logic analyser does: it knows only what crossed the wires. */
class Decoder {
	readonly #chains = { host: new Chain(), chip: new Chain() };
	#answer: Uint8Array = new Uint8Array(0);
	#command = "";

	/** Whether a transaction of the host begins something new: a command, or a request of the data link. */
	begins({ operation, bytes, nackedAfter }: TransactionRecord): boolean {
		if (operation !== "write" || bytes === undefined || nackedAfter !== undefined) return false;
		const block = decodeBlock(nodeAddress.toChip, fromHex(bytes));
		if (typeof block === "string" || block.kind === "R") return false;
		return block.kind === "I" ? this.#chains.host.begins(block) : !block.response;
	}

	/** What a transaction ends. */
	decode({ operation, bytes, nackedAfter, end }: TransactionRecord): TraceRecord[] {
		if (bytes === undefined || nackedAfter !== undefined) return [];
		if (operation === "write") {
			this.#answer = new Uint8Array(0);
			return this.#frame("host", fromHex(bytes), end);
		}
		return operation === "read" ? this.#read(fromHex(bytes), end) : [];
	}

	/** A block may take several reads; what is no beginning of one is what an earlier host has left. */
	#read(bytes: Uint8Array, time: number): TraceRecord[] {
		this.#answer = concat(this.#answer, bytes);
		if (this.#answer[0] !== nodeAddress.toHost) {
			this.#answer = new Uint8Array(0);
			return [];
		}
		const length = this.#answer[headerLength - 1];
		if (length === undefined || this.#answer.length < length + blockOverhead) return [];
		const frame = this.#answer.subarray(0, length + blockOverhead);
		this.#answer = new Uint8Array(0);
		return this.#frame("chip", frame, time);
	}

	#frame(from: Sender, frame: Uint8Array, time: number): TraceRecord[] {
		const block = decodeBlock(nads[from], frame);
		const record: TraceRecord = { layer: "t1", time, from, block: describeBlock(block), bytes: toHex(frame) };
		return [record, ...this.#apdu(from, block, time)];
	}

	#apdu(from: Sender, block: Block | Defect, time: number): TraceRecord[] {
		if (typeof block === "string" || block.kind === "R") return [];
		if (block.kind === "S") {
			if (block.code === sCode.interfaceSoftReset || block.code === sCode.resync || block.code === sCode.chipReset)
				Object.values(this.#chains).forEach(chain => chain.reset());
			return [];
		}
		const apdu = this.#chains[from].take(block);
		if (!apdu) return [];
		if (from === "host") this.#command = commandName(apdu);
		const status = from === "chip" ? { status: toHex(apdu.subarray(-2)).toUpperCase() } : {};
		return [{ layer: "apdu", time, from, command: this.#command, ...status, bytes: toHex(apdu) }];
	}
}

/** Adds blocks and APDUs to a trace that has transactions only, as one of a real bus. One of the simulator is as it is. */
export function withLayers(records: readonly TraceRecord[]): readonly TraceRecord[] {
	if (records.some(({ layer }) => layer !== "i2c")) return records;
	const decoder = new Decoder();
	return records.flatMap(record => (record.layer === "i2c" ? [record, ...decoder.decode(record)] : record));
}

function describe(records: readonly TraceRecord[]): string {
	return records
		.map(record =>
			record.layer === "t1"
				? record.block
				: record.layer === "apdu"
					? `${record.command} ${record.status ?? ""}`.trim()
					: "",
		)
		.join(", ");
}

/** Adds what a transaction meant to the exchange that it belongs to. */
function add(exchange: Exchange, transaction: TransactionRecord, meaning: readonly TraceRecord[]): void {
	exchange.transactions.push(transaction);
	exchange.meanings.set(transaction, describe(meaning));
	for (const record of meaning) {
		if (record.layer === "apdu") exchange.name = record.command;
		if (record.layer === "t1" && exchange.name === "" && !record.block.startsWith("I")) exchange.name = record.block;
		exchange.status = (record.layer === "apdu" ? record.status : undefined) ?? exchange.status;
	}
}

/** Whether a transaction is earlier than the one before it: another run was appended to the trace. */
function isAnotherRun({ time }: TransactionRecord, last: Exchange | undefined): boolean {
	return time < (last?.transactions[last.transactions.length - 1]?.time ?? 0);
}

/** A trace by the host's requests. Of the transactions only: what else the simulator recorded is left out. */
export function exchangesOf(records: readonly TraceRecord[]): Exchange[] {
	const decoder = new Decoder();
	const exchanges: Exchange[] = [];
	for (const record of records) {
		if (record.layer !== "i2c") continue;
		const last = exchanges[exchanges.length - 1];
		if (last === undefined || decoder.begins(record) || isAnotherRun(record, last))
			exchanges.push({ name: "", status: undefined, transactions: [], meanings: new Map() });
		add(exchanges[exchanges.length - 1]!, record, decoder.decode(record));
	}
	return exchanges;
}
