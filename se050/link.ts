// SPDX-License-Identifier: MIT

import { maximumClock } from "./atr.js";
import { LinkError, type LinkStep, resultCode } from "./link-error.js";
import { type ChannelCounting, type ChannelKeys, channelCounting } from "./scp03.js";
import { StatusError } from "./status.js";

/** Of fast mode plus, Hz: the fastest of an SE050 that does not stretch the clock (datasheet, section I2C interface). */
const fastestClock = 1_000_000;

/** Below this the native side's results are its own; from here on they are the chip's status words. */
const firstStatusWord = 0x6000;
/** Added to the result of a command that failed: the chip may have executed it (DELIVERED of native/link_binding.c). */
const delivered = 0x100;

export interface LinkOptions {
	/** "sim:/path/to/socket", "sim:host:port" or "/dev/i2c-1" on Linux. */
	bus: string;
	/** 7-bit I2C address; an SE050's is 0x48. */
	address?: number;
	/** Bus clock in Hz, where the bus can set it; 400,000 by default, at most 1,000,000. A Linux adapter has its own. */
	hz?: number;
}

/** What crossed the bus since the link was opened. */
export interface BusCounts {
	/** Write and read transactions, whatever became of them. */
	writes: number;
	reads: number;
	/** Transactions that the chip did not acknowledge: polls while it computes. */
	nacked: number;
	/** Blocks that were sent or asked for again; none on a good bus. */
	repeats: number;
	/** Transactions and sleeps that the bus failed at. */
	errors: number;
	/** Bytes of the transactions that succeeded, address bytes not included. */
	bytesOut: number;
	bytesIn: number;
}

/** T=1 over I2C to one chip. One object at a time may own a bus; `close` releases it. */
export default class Link extends Native("xs_se050_link_destructor") {
	/** Where the bus sets it, Hz. */
	readonly #hz: number | undefined;

	/** Opens the bus; sends nothing to the chip. @throws {LinkError} BUS_NOT_OPENED */
	constructor({ bus, address = 0x48, hz = 400_000 }: LinkOptions) {
		super();
		if (!Number.isInteger(address) || address < 0x08 || address > 0x77)
			throw new RangeError(`I2C address ${address}: 7-bit addresses of devices are 0x08 to 0x77`);
		if (!Number.isInteger(hz) || hz < 1 || hz > fastestClock)
			throw new RangeError(`I2C clock of ${hz} Hz: choose 100000, 400000 or 1000000`);
		const name = String(bus);
		if (name.startsWith("i2c:") || name.startsWith("sim:")) this.#hz = hz;
		const reason = this.#open(name, address, hz);
		if (reason !== undefined) throw new LinkError("opening the SE050's bus", "BUS_NOT_OPENED", reason);
	}

	/**
	 * Resets the data link (S(soft reset)) and returns the ATR. The applet must be selected afterwards. A chip that no reset
	 * reaches is switched off and on where its enable pin is wired.
	 * @throws {LinkError} CLOCK_TOO_FAST, or the way to the chip failed
	 */
	reset(): ArrayBuffer {
		const step = "resetting the SE050";
		const atr = this.#bytes(step, this.#reset());
		const fastest = maximumClock(new Uint8Array(atr));
		if (this.#hz !== undefined && fastest !== undefined && this.#hz > fastest)
			throw new LinkError(step, "CLOCK_TOO_FAST", `its answer to reset says at most ${fastest} Hz, and hz=${this.#hz}`);
		return atr;
	}

	/**
	 * Sends one command APDU, of any length, and returns the response with its status word.
	 * @throws {LinkError} its `executed` says whether a command that changes something may be repeated
	 */
	transceive(apdu: Uint8Array): ArrayBuffer {
		return this.#bytes("sending a command to the SE050", this.#transceive(apdu));
	}

	/**
	 * Opens a secure channel (Platform SCP03) to what is selected: from here on every command and response is encrypted and
	 * carries a MAC. A reset ends it; a channel that was lost lets nothing pass until then.
	 * @throws {LinkError} SCP03_WRONG_KEYS, or the way to the chip failed
	 * @throws {StatusError} the chip refused
	 */
	secure({ enc, mac, version }: ChannelKeys, counting: ChannelCounting): void {
		const step = "opening the SE050's secure channel";
		const outcome = this.#secure(enc, mac, version, channelCounting.indexOf(counting));
		if (outcome !== undefined && outcome >= firstStatusWord) throw new StatusError("Platform SCP03 handshake", outcome);
		if (outcome !== 0) this.#bytes(step, outcome);
	}

	/** A copy of the counts, as they are now. @throws {LinkError} CLOSED */
	get counts(): BusCounts {
		const counts = this.#counts();
		if (counts === undefined) throw new LinkError("counting what crossed the SE050's bus", "CLOSED");
		/* The native side's names, spelled out: the SDK's linker defines identifiers for names in JavaScript only. */
		const { writes, reads, nacked, repeats, errors, bytesOut, bytesIn } = counts;
		return { writes, reads, nacked, repeats, errors, bytesOut, bytesIn };
	}

	/** Releases the bus; sends nothing to the chip. May be called twice. */
	close(): void {
		native("xs_se050_link_close").call(this);
	}

	#bytes(step: LinkStep, outcome: ArrayBuffer | number | undefined): ArrayBuffer {
		if (outcome === undefined) throw new LinkError(step, "CLOSED", undefined, "no");
		if (typeof outcome !== "number") return outcome;
		const code = resultCode(outcome & ~delivered);
		throw new LinkError(
			step,
			code,
			code === "BUS_ERROR" ? this.#reason() : undefined,
			outcome & delivered ? "unknown" : "no",
		);
	}

	#open(bus: string, address: number, hz: number): string | undefined {
		return native("xs_se050_link_open").call(this, bus, address, hz) as string | undefined;
	}

	#reset(): ArrayBuffer | number | undefined {
		return native("xs_se050_link_reset").call(this) as ArrayBuffer | number | undefined;
	}

	#transceive(apdu: Uint8Array): ArrayBuffer | number | undefined {
		return native("xs_se050_link_transceive").call(this, apdu) as ArrayBuffer | number | undefined;
	}

	#secure(enc: Uint8Array, mac: Uint8Array, version: number, counting: number): number | undefined {
		return native("xs_se050_link_secure").call(this, enc, mac, version, counting) as number | undefined;
	}

	#counts(): BusCounts | undefined {
		return native("xs_se050_link_counts").call(this) as BusCounts | undefined;
	}

	#reason(): string | undefined {
		return native("xs_se050_link_reason").call(this) as string | undefined;
	}
}
