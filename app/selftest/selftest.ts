// SPDX-License-Identifier: MIT
import type { Description } from "./certificate.js";
import { Table } from "./table.js";
import { measure } from "./timing.js";

/** What the self-test needs of se050/link. */
export interface TestedLink {
	reset(): ArrayBuffer;
	/** What crossed the bus so far: transactions, those not acknowledged, blocks repeated, failures of the bus, bytes each way. */
	readonly counts: {
		writes: number;
		reads: number;
		nacked: number;
		repeats: number;
		errors: number;
		bytesOut: number;
		bytesIn: number;
	};
}

/** What the self-test needs of se050/se050. */
export interface Chip {
	select(): { major: number; minor: number; patch: number; config: number; secureBox: number; variant: string };
	uid(): Uint8Array;
	exists(id: number): boolean;
	size(id: number): number;
	certificate(id?: number): Uint8Array;
	random(byteLength: number): Uint8Array;
	key(id?: number): { sign(hashName: string, digest: Uint8Array): Uint8Array };
}

export interface SelfTestOptions {
	link: TestedLink;
	chip: Chip;
	/** Where the chip is, and its bus' clock in Hz. */
	bus: string;
	hz: number;
	/** Objects of the factory, by name. */
	objects: Readonly<Record<string, number>>;
	/** Reads a certificate; throws when it is not one. */
	describe(certificate: Uint8Array): Description;
	/** Checks a signature over a SHA-256 digest with a certificate's key; throws when it is wrong. */
	verify(certificate: Uint8Array, digest: Uint8Array, signature: Uint8Array): void;
	sha256(bytes: Uint8Array): Uint8Array;
	/** A monotonic clock. */
	microseconds(): number;
	/** Bytes: free now, the least that was free, the largest piece; undefined where there is no such limit. */
	memory(): { free: number; least: number; largest: number; stack: number } | undefined;
	/** Runs of each thing that is timed. */
	runs?: number;
	print(line: string): void;
}

export interface SelfTestResult {
	checks: number;
	failed: number;
}

const runsByDefault = 20;

function hex(bytes: Uint8Array | ArrayBuffer): string {
	return [...new Uint8Array(bytes)].map(byte => byte.toString(16).padStart(2, "0")).join("");
}

function check(condition: boolean, message: string): void {
	if (!condition) throw new Error(message);
}

/** Tries a chip and prints a table of what it said and how long it took: what a person with a board sends in. */
export class SelfTest {
	readonly #options: SelfTestOptions;
	readonly #table = new Table();
	#checks = 0;
	#failed = 0;

	constructor(options: SelfTestOptions) {
		this.#options = options;
	}

	run(): SelfTestResult {
		const { link, chip, bus, hz, microseconds, print } = this.#options;
		const start = microseconds();
		this.#note("bus", `${bus} at ${hz} Hz`);
		this.#timed("ATR", () => hex(link.reset()));
		this.#timed("applet", () => {
			const { major, minor, patch, config, secureBox, variant } = chip.select();
			return `${major}.${minor}.${patch}, configuration ${config.toString(16)}, secure box ${secureBox.toString(16)}: ${variant}`;
		});
		this.#timed("UID", () => hex(chip.uid()));
		this.#objects();
		this.#certificate();
		this.#signature();
		this.#random();
		this.#transactions();
		this.#memory();
		this.#note("whole test", `${((microseconds() - start) / 1_000_000).toFixed(1)} s`);
		this.#table.lines().forEach(line => print(line));
		return { checks: this.#checks, failed: this.#failed };
	}

	#note(name: string, result: string): void {
		this.#table.add(name, "", result);
	}

	/** Does it once for the result, then many times for the time; an error is the result of a check that failed. */
	#timed(name: string, body: () => string, runs = this.#options.runs ?? runsByDefault): void {
		this.#checks += 1;
		try {
			const result = body();
			this.#table.add(name, "ok", result, measure(runs, this.#options.microseconds, body));
		} catch (error) {
			this.#failed += 1;
			this.#table.add(name, "FAILED", (error as Error).message);
		}
	}

	#objects(): void {
		const { chip, objects } = this.#options;
		for (const name in objects) {
			const id = objects[name] as number;
			this.#timed(
				`object ${id.toString(16)}`,
				() => (chip.exists(id) ? `${name}: size ${chip.size(id)}` : `${name}: not on this part`),
				1,
			);
		}
	}

	#certificate(): void {
		const { chip, describe, sha256 } = this.#options;
		let found: Description | undefined;
		this.#timed("certificate", () => {
			const certificate = chip.certificate();
			found = describe(certificate);
			return `${certificate.length} bytes, SHA-256 ${hex(sha256(certificate))}`;
		});
		if (!found) return;
		this.#note("its key", found.key);
		this.#note("its dates", `${found.validFrom} to ${found.validTo}`);
		this.#note("its subject", found.subject);
		this.#note("its issuer", found.issuer);
	}

	#signature(): void {
		const { chip, verify, sha256 } = this.#options;
		const certificate = this.#attempt(() => chip.certificate());
		const key = chip.key(),
			digest = sha256(new Uint8Array([0x53, 0x45, 0x30, 0x35, 0x30]));
		this.#timed("signature", () => {
			verify(certificate ?? new Uint8Array(0), digest, key.sign("SHA-256", digest));
			return "by the chip's key, over SHA-256, right by the certificate's key";
		});
		this.#timed("signature alone", () => `${key.sign("SHA-256", digest).length} bytes`);
	}

	#random(): void {
		const { chip } = this.#options;
		this.#timed("random", () => {
			const first = chip.random(32),
				second = chip.random(32);
			check(first.length === 32 && second.length === 32, "not the 32 bytes that were asked for");
			check(hex(first) !== hex(second), "the same bytes twice");
			return "twice 32 bytes, different";
		});
	}

	#transactions(): void {
		const { writes, reads, nacked, repeats, errors, bytesOut, bytesIn } = this.#options.link.counts;
		this.#note("transactions", `${writes} writes, ${bytesOut} bytes; ${reads} reads, ${bytesIn} bytes`);
		this.#note("not acknowledged", `${nacked} of them: polls of a chip that computes`);
		this.#note("blocks repeated", `${repeats}`);
		this.#note("bus errors", `${errors}`);
	}

	#memory(): void {
		const memory = this.#options.memory();
		this.#note(
			"free heap",
			memory
				? `${memory.free} bytes, at least ${memory.least}, in one piece ${memory.largest}; native stack never used: ${memory.stack}`
				: "not limited here",
		);
	}

	#attempt<Result>(body: () => Result): Result | undefined {
		try {
			return body();
		} catch {
			return undefined;
		}
	}
}
