// SPDX-License-Identifier: MIT
import { fromUnsigned, toHex } from "../../lib/bytes.js";
import type { TraceListener } from "../../lib/chip-bus/records.js";
import { encodeResponse, type LinkRequest, ProtocolError, responseTypes } from "../link/link-protocol.js";
import type { BusClock } from "./clock.js";
import type { BusTarget } from "./i2c.js";

/** SCL clocks for a byte and its acknowledgement. */
const clocksPerByte = 9;

type Write = Extract<LinkRequest, { type: "write" }>;
type Read = Extract<LinkRequest, { type: "read" }>;

/** What a request of the link has begun: how long it takes, and what it does and answers when that time has passed. */
interface Transaction {
	microseconds: number;
	end(): Uint8Array;
}

/** The bus between one host and the chip: what each request of the link does, and the time that it takes. */
export class Bus {
	readonly #target: BusTarget;
	readonly #clock: BusClock;
	readonly #trace: TraceListener | undefined;
	/** Microseconds that a byte takes. */
	#byteTime = 0;
	/** A transaction that takes its time: a host that died may have left it unfinished. */
	#unfinished: Promise<void> | undefined;

	constructor(target: BusTarget, clock: BusClock, trace: TraceListener | undefined) {
		this.#target = target;
		this.#clock = clock;
		this.#trace = trace;
	}

	/** Does what a request asks for and gives the response, when its time has come: without a promise if that is now. */
	perform(request: LinkRequest): Uint8Array | Promise<Uint8Array> {
		switch (request.type) {
			case "hello":
				this.#byteTime = (clocksPerByte * 1e6) / request.hz;
				return this.#respond(
					responseTypes.welcome,
					Uint8Array.of(request.version, this.#clock.kind === "virtual" ? 1 : 0),
				);
			case "write":
				return this.#afterLast(() => this.#write(request));
			case "read":
				return this.#afterLast(() => this.#read(request));
			case "sleep":
				return this.#run(() => this.#sleep(request.microseconds));
			case "after":
				// Otherwise the transaction of a host that died meanwhile would reach the chip.
				if (this.#clock.kind === "real") throw new ProtocolError("AFTER is only for virtual time: use SLEEP");
				this.#run(() => this.#sleep(request.microseconds));
				return this.perform(request.transaction);
			case "time":
				return this.#respond(responseTypes.ack);
			case "ena":
				return this.#enable(request.level);
		}
	}

	/** One transaction after the other. */
	#afterLast(begin: () => Transaction): Uint8Array | Promise<Uint8Array> {
		const result = this.#unfinished ? this.#unfinished.then(() => this.#run(begin)) : this.#run(begin);
		if (result instanceof Promise) this.#remember(result);
		return result;
	}

	#remember(result: Promise<unknown>): void {
		const forget = (): void => {
			if (this.#unfinished === unfinished) this.#unfinished = undefined;
		};
		const unfinished = result.then(forget, forget);
		this.#unfinished = unfinished;
	}

	#run(begin: () => Transaction): Uint8Array | Promise<Uint8Array> {
		const transaction = begin();
		return this.#clock.elapse(transaction.microseconds)?.then(() => transaction.end()) ?? transaction.end();
	}

	#respond(type: number, payload?: Uint8Array): Uint8Array {
		return encodeResponse(type, this.#clock.now(), payload);
	}

	#write({ address, bytes, stop }: Write): Transaction {
		const start = this.#clock.now();
		const acknowledged = this.#target.acknowledges(address, bytes.length, start);
		const sent = acknowledged === undefined ? 0 : Math.min(acknowledged + 1, bytes.length);
		return {
			microseconds: (1 + sent) * this.#byteTime,
			end: () => {
				// One time for the chip and the trace, which in real time takes a moment to write.
				const end = this.#clock.now();
				const complete = acknowledged === bytes.length;
				this.#trace?.({
					layer: "i2c",
					time: start,
					end,
					operation: "write",
					address,
					bytes: toHex(bytes),
					...(!complete && { nackedAfter: acknowledged ?? 0 }),
				});
				if (acknowledged !== undefined) this.#target.write(bytes.subarray(0, acknowledged), end, stop);
				return this.#respond(complete ? responseTypes.ack : responseTypes.nack, fromUnsigned(acknowledged ?? 0, 2));
			},
		};
	}

	#read({ address, count }: Read): Transaction {
		const start = this.#clock.now();
		const bytes = this.#target.read(address, count, start);
		return {
			microseconds: (1 + (bytes?.length ?? 0)) * this.#byteTime,
			end: () => {
				this.#trace?.({
					layer: "i2c",
					time: start,
					end: this.#clock.now(),
					operation: "read",
					address,
					count,
					...(bytes ? { bytes: toHex(bytes) } : { nackedAfter: 0 }),
				});
				return bytes ? this.#respond(responseTypes.data, bytes) : this.#respond(responseTypes.nack, fromUnsigned(0, 2));
			},
		};
	}

	#sleep(microseconds: number): Transaction {
		const time = this.#clock.now();
		return {
			microseconds,
			end: () => {
				this.#trace?.({ layer: "i2c", time, end: this.#clock.now(), operation: "sleep" });
				return this.#respond(responseTypes.ack);
			},
		};
	}

	#enable(level: boolean): Uint8Array {
		const time = this.#clock.now();
		this.#target.enable(level, time);
		this.#trace?.({ layer: "i2c", time, end: this.#clock.now(), operation: level ? "enable" : "disable" });
		return this.#respond(responseTypes.ack);
	}
}
