// SPDX-License-Identifier: MIT
/** Records of what crossed a chip's bus, one JSON object a line in a trace file. The simulator and the driver write them. */

/** One I2C transaction, or another request of the host, with its beginning and end. */
export interface TransactionRecord {
	layer: "i2c";
	/** Beginning, in microseconds of simulated time. */
	time: number;
	end: number;
	operation: "write" | "read" | "sleep" | "enable" | "disable";
	/** 7-bit; of writes and reads only. */
	address?: number;
	/** What was written or read, in hexadecimal digits. */
	bytes?: string;
	/** Bytes that were asked for by a read. */
	count?: number;
	/** Bytes acknowledged before a NACK; 0 where the address was not. Absent where all was acknowledged. */
	nackedAfter?: number;
}

/** One T=1 block, when it had come or when it could be read. */
export interface BlockRecord {
	layer: "t1";
	time: number;
	from: "host" | "chip";
	/** As ISO/IEC 7816-3 writes it: `I(0,1)`, `R(1) ACK`, `S(WTX request)`; or what is wrong with it. */
	block: string;
	bytes: string;
}

/** One APDU, when it had come or when it was computed. */
export interface ApduRecord {
	layer: "apdu";
	time: number;
	from: "host" | "chip";
	/** The command, as AN12413 calls it. */
	command: string;
	/** Status word of an answer, four hexadecimal digits. */
	status?: string;
	bytes: string;
}

/** A fault that came; of blocks, when the host's had come. */
export interface FaultRecord {
	layer: "fault";
	time: number;
	/** What went wrong, and at which exchange: tools/se050-sim/faults/fault.ts has the kinds. */
	fault: { kind: string; exchange: number };
}

export type TraceRecord = TransactionRecord | BlockRecord | ApduRecord | FaultRecord;
export type TraceListener = (record: TraceRecord) => void;
