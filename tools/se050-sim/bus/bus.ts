// SPDX-License-Identifier: MIT
import { fromUnsigned, toHex } from "../../lib/bytes.js";
import type { TraceListener, TransactionRecord } from "../../lib/chip-bus/records.js";
import { encodeResponse, type LinkRequest, protocolVersion, responseTypes } from "../link/link-protocol.js";
import type { BusClock } from "./clock.js";
import type { BusTarget } from "./i2c.js";

/** SCL clocks for a byte and its acknowledgement. */
const clocksPerByte = 9;

type Write = Extract<LinkRequest, { type: "write" }>;
type Read = Extract<LinkRequest, { type: "read" }>;

/** The bus between one host and the chip: what each request of the link does, and the time that it takes. */
export class Bus {
	readonly #target: BusTarget;
	readonly #clock: BusClock;
	readonly #trace: TraceListener;
	/** Microseconds that a byte takes. */
	#byteTime = 0;
	/** The last transaction: a host that died may have left it unfinished. */
	#transaction: Promise<unknown> = Promise.resolve();

	constructor(target: BusTarget, clock: BusClock, trace: TraceListener) {
		this.#target = target;
		this.#clock = clock;
		this.#trace = trace;
	}

	/** Does what a request asks for and gives the response, when its time has come. */
	async perform(request: LinkRequest): Promise<Uint8Array> {
		switch (request.type) {
			case "hello":
				this.#byteTime = (clocksPerByte * 1e6) / request.hz;
				return this.#respond(
					responseTypes.welcome,
					Uint8Array.of(protocolVersion, this.#clock.kind === "virtual" ? 1 : 0),
				);
			case "write":
				return this.#afterLast(() => this.#write(request));
			case "read":
				return this.#afterLast(() => this.#read(request));
			case "sleep":
				return this.#sleep(request.microseconds);
			case "time":
				return this.#respond(responseTypes.ack);
			case "ena":
				return this.#enable(request.level);
		}
	}

	/** One transaction after the other. */
	#afterLast<T>(transaction: () => Promise<T>): Promise<T> {
		const result = this.#transaction.then(transaction);
		this.#transaction = result.catch(() => {});
		return result;
	}

	#respond(type: number, payload?: Uint8Array): Uint8Array {
		return encodeResponse(type, this.#clock.now(), payload);
	}

	#record(time: number, record: Omit<TransactionRecord, "layer" | "time" | "end">, end = this.#clock.now()): void {
		this.#trace({ layer: "i2c", time, end, ...record });
	}

	async #write({ address, bytes, stop }: Write): Promise<Uint8Array> {
		const start = this.#clock.now();
		const acknowledged = this.#target.acknowledges(address, bytes.length, start);
		const sent = acknowledged === undefined ? 0 : Math.min(acknowledged + 1, bytes.length);
		await this.#clock.elapse((1 + sent) * this.#byteTime);
		// One time for the chip and the trace, which in real time takes a moment to write.
		const end = this.#clock.now();
		const complete = acknowledged === bytes.length;
		const refusal = complete ? {} : { nackedAfter: acknowledged ?? 0 };
		this.#record(start, { operation: "write", address, bytes: toHex(bytes), ...refusal }, end);
		if (acknowledged !== undefined) this.#target.write(bytes.subarray(0, acknowledged), end, stop);
		return this.#respond(complete ? responseTypes.ack : responseTypes.nack, fromUnsigned(acknowledged ?? 0, 2));
	}

	async #read({ address, count }: Read): Promise<Uint8Array> {
		const start = this.#clock.now();
		const bytes = this.#target.read(address, count, start);
		await this.#clock.elapse((1 + (bytes?.length ?? 0)) * this.#byteTime);
		this.#record(start, {
			operation: "read",
			address,
			count,
			...(bytes ? { bytes: toHex(bytes) } : { nackedAfter: 0 }),
		});
		return bytes ? this.#respond(responseTypes.data, bytes) : this.#respond(responseTypes.nack, fromUnsigned(0, 2));
	}

	async #sleep(microseconds: number): Promise<Uint8Array> {
		const start = this.#clock.now();
		await this.#clock.elapse(microseconds);
		this.#record(start, { operation: "sleep" });
		return this.#respond(responseTypes.ack);
	}

	#enable(level: boolean): Uint8Array {
		const now = this.#clock.now();
		this.#target.enable(level, now);
		this.#record(now, { operation: level ? "enable" : "disable" });
		return this.#respond(responseTypes.ack);
	}
}
