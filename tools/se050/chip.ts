// SPDX-License-Identifier: MIT
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { PlatformKeys } from "../../se050/scp03.js";
import { build } from "../build/build.js";
import { fromHex, toHex } from "../lib/bytes.js";
import type { ChipCalls } from "./calls.js";

export interface ChipConnection {
	/** As the driver takes it: sim:PATH, sim:HOST:PORT, /dev/i2c-N. */
	bus: string;
	/** How Platform SCP03 is opened: as the firmware takes it, or own keys; absent: not at all. */
	scp03?: string | PlatformKeys;
}

/** What the driver threw: its message, and what a program can tell it by. */
export class ChipError extends Error {
	/** The driver's class: StatusError, MissingObjectError, LinkError, UnknownOutcomeError, … */
	override readonly name: string;
	/** The chip's status word, where it answered with one. */
	readonly sw: number | undefined;
	/** A LinkError's code. */
	readonly code: string | undefined;

	constructor({ name, message, sw, code }: Failure) {
		super(message);
		this.name = name;
		this.sw = sw;
		this.code = code;
	}
}

interface Failure {
	name: string;
	message: string;
	sw?: number;
	code?: string;
}

interface Outcome {
	result?: unknown;
	error?: Failure;
}

function inJson(value: unknown): unknown {
	return value instanceof Uint8Array ? { bytes: toHex(value) } : value;
}

function revive(_: string, value: unknown): unknown {
	const digits = typeof value === "object" && value !== null && "bytes" in value ? value.bytes : undefined;
	return typeof digits === "string" ? fromHex(digits) : value;
}

/** A chip as a program asks it: the firmware's driver on XS, in a process of its own. Every method throws ChipError. */
export class ChipProcess {
	readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
	readonly #lines: AsyncIterator<string>;
	#complaints = "";

	/** Starts the driver and opens the bus; nothing is said to the chip yet. */
	static async open({ bus, scp03 = "" }: ChipConnection): Promise<ChipProcess> {
		const { executable, modules } = await build();
		const chip = new ChipProcess(executable, modules);
		try {
			await chip.call("open", bus, scp03);
		} catch (error) {
			await chip.close();
			throw error;
		}
		return chip;
	}

	private constructor(executable: string, modules: string) {
		this.#process = spawn(executable, [modules, "tools/se050/driver.xs"], { stdio: ["pipe", "pipe", "pipe"] });
		this.#lines = createInterface({ input: this.#process.stdout, crlfDelay: Infinity })[Symbol.asyncIterator]();
		this.#process.stderr.setEncoding("utf8").on("data", (text: string) => (this.#complaints += text));
		this.#process.stdin.on("error", () => {}); // the answer that does not come says it
	}

	/** One call of the driver, and its result. */
	async call<Name extends keyof ChipCalls>(
		name: Name,
		...given: Parameters<ChipCalls[Name]>
	): Promise<ReturnType<ChipCalls[Name]>> {
		this.#process.stdin.write(`${JSON.stringify({ call: name, arguments: given.map(inJson) })}\n`);
		const line = await this.#lines.next();
		if (line.done)
			throw new Error(`The driver ended in the middle of ${name}: ${this.#complaints.trim() || "it said nothing"}.`);
		const { result, error } = JSON.parse(line.value, revive) as Outcome;
		if (error) throw new ChipError(error);
		return result as ReturnType<ChipCalls[Name]>;
	}

	/** The driver's process. */
	get processId(): number | undefined {
		return this.#process.pid;
	}

	/** Ends the driver, which gives the bus back. */
	async close(): Promise<void> {
		const ended =
			this.#process.exitCode === null && this.#process.signalCode === null ? once(this.#process, "exit") : undefined;
		this.#process.stdin.end();
		await ended;
	}
}

/** Opens a chip for a piece of work, and closes it whatever happens. */
export async function withChip<Result>(
	connection: ChipConnection,
	work: (chip: ChipProcess) => Promise<Result>,
): Promise<Result> {
	const chip = await ChipProcess.open(connection);
	try {
		return await work(chip);
	} finally {
		await chip.close();
	}
}
