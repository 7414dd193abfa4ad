// SPDX-License-Identifier: MIT
import type { Acknowledged, BusTarget } from "../bus/i2c.js";
import type { ChipFault, FaultPlan } from "./fault.js";

type Transaction = "write" | "read";

/** An I2C target whose transactions suffer the plan's faults; those of blocks come from the link above it. */
export class FaultyTarget implements BusTarget {
	readonly #target: BusTarget;
	readonly #plan: FaultPlan;
	readonly #onFault: (fault: ChipFault, now: number) => void;
	/** How often each fault has come. */
	readonly #spent = new Map<string, number>();
	#silentUntil = 0;
	#lowUntil = 0;
	/** Whether what was acknowledged last goes nowhere. */
	#discards = false;

	constructor(target: BusTarget, plan: FaultPlan, onFault: (fault: ChipFault, now: number) => void) {
		this.#target = target;
		this.#plan = plan;
		this.#onFault = onFault;
	}

	/** Forgets what was under way: the plan was restarted. */
	restart(): void {
		this.#spent.clear();
		this.#silentUntil = 0;
		this.#lowUntil = 0;
	}

	acknowledges(address: number, length: number, now: number): Acknowledged {
		this.#discards = false;
		const acknowledged = this.#target.acknowledges(address, length, now);
		if (acknowledged !== undefined && length > 0) this.#begin("write", now);
		if (now < this.#lowUntil) {
			this.#discards = true;
			return length;
		}
		if (now < this.#silentUntil || acknowledged === undefined) return undefined;
		return length > 0 && this.#refuses("write", now) ? this.#partly(length) : acknowledged;
	}

	write(bytes: Uint8Array, now: number, stop = true): void {
		if (!this.#discards) this.#target.write(bytes, now, stop);
	}

	read(address: number, count: number, now: number): Uint8Array | undefined {
		const ready = this.#target.hasAnswer(address, now);
		if (ready) this.#begin("read", now);
		if (now < this.#lowUntil) return new Uint8Array(count);
		if (now < this.#silentUntil || (ready && this.#refuses("read", now))) return undefined;
		return this.#target.read(address, count, now);
	}

	hasAnswer(address: number, now: number): boolean {
		return this.#target.hasAnswer(address, now);
	}

	/** Power that goes lets SDA go. */
	enable(level: boolean, now: number): void {
		if (!level) this.#lowUntil = 0;
		this.#target.enable(level, now);
	}

	#faults(transaction: Transaction): readonly ChipFault[] {
		const faults = transaction === "write" ? this.#plan.upcoming : this.#plan.current;
		return faults.length === 0 ? faults : faults.filter(fault => "during" in fault && fault.during === transaction);
	}

	/** Whether a fault comes once more. */
	#spend(fault: ChipFault, times: number, now: number): boolean {
		const key = JSON.stringify(fault);
		const spent = this.#spent.get(key) ?? 0;
		if (spent >= times) return false;
		this.#spent.set(key, spent + 1);
		this.#onFault(fault, now);
		return true;
	}

	#begin(transaction: Transaction, now: number): void {
		for (const fault of this.#faults(transaction)) {
			if (fault.kind === "silent" && this.#spend(fault, 1, now)) this.#silentUntil = now + fault.microseconds;
			if (fault.kind === "sda-low" && this.#spend(fault, 1, now)) this.#lowUntil = now + fault.microseconds;
		}
	}

	#refuses(transaction: Transaction, now: number): boolean {
		const faults = this.#faults(transaction);
		if (faults.length === 0) return false;
		return faults.some(fault => fault.kind === "nack" && this.#spend(fault, fault.times, now));
	}

	/** A write that ends with a NACK at some byte; the chip throws away what came before. */
	#partly(length: number): Acknowledged {
		this.#discards = true;
		const [fault] = this.#faults("write").filter(candidate => candidate.kind === "nack");
		const after = fault?.kind === "nack" ? fault.after : 0;
		return after === 0 ? undefined : Math.min(after, length - 1);
	}
}
