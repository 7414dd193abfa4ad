// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type BuildVariant, build } from "../../../tools/build/build.js";
import { type Firmware, startFirmware } from "../../../tools/device/firmware.js";
import { SimulatedDevice } from "../../../tools/device/simulated-device.js";
import { parseEvent, type SerialEvent } from "../../../tools/lib/serial-lines.js";
import type { Simulator, TraceRecord } from "../../../tools/se050-sim/simulator.js";

/** A folder for one test, below the system's temporary folder: paths of Unix sockets must be short. */
export function scratchFolder(): string {
	return mkdtempSync(join(tmpdir(), "se050-"));
}

export interface Chip extends Simulator {
	trace: TraceRecord[];
	stateFile: string;
}

/**
 * A simulated chip in real time that remembers what crossed its bus.
 * @param seed makes the chip's random numbers, and with them the device's back-off, repeat from run to run
 */
export async function startChip(
	folder: string,
	name = "chip",
	latency: "typical" | "instant" = "typical",
	seed?: string,
): Promise<Chip> {
	const trace: TraceRecord[] = [];
	const { chip, stateFile } = await SimulatedDevice.make({
		folder,
		name,
		latency,
		seed,
		trace: record => trace.push(record),
	});
	return {
		...chip,
		address: chip.address,
		uid: chip.uid,
		certificate: chip.certificate,
		close: () => chip.close(),
		get exchanges() {
			return chip.exchanges;
		},
		trace,
		stateFile,
	};
}

/** What takes longer hangs, on any machine; in seconds. */
const hang = 240;

/** A firmware whose serial output a test reads. */
export class Device {
	readonly events: SerialEvent[] = [];
	readonly lines: string[] = [];
	readonly ended: Firmware["ended"];
	#firmware: Firmware;

	static async start(config: Record<string, string | number>, variant: BuildVariant = "release"): Promise<Device> {
		return new Device(await build({ variant }), config);
	}

	private constructor(built: { executable: string; modules: string }, config: Record<string, string | number>) {
		const take = (line: string) => {
			this.lines.push(line);
			const event = parseEvent(line);
			if (event) this.events.push(event);
		};
		this.#firmware = startFirmware({ ...built, config, onLine: take, onError: take });
		this.ended = this.#firmware.ended;
	}

	named(name: string): SerialEvent[] {
		return this.events.filter(event => event.name === name);
	}

	/** Waits for the event number `count` of a name; throws with all that was printed when it does not come. */
	async event(name: string, count = 1, seconds = hang): Promise<SerialEvent> {
		for (let waited = 0; waited < seconds * 1_000; waited += 20) {
			const found = this.named(name)[count - 1];
			if (found) return found;
			await delay(20);
		}
		throw new Error(
			`No ${count > 1 ? `${count}. ` : ""}event "${name}" within ${seconds} s:\n${this.lines.join("\n")}`,
		);
	}

	stop(): Promise<void> {
		return this.#firmware.stop();
	}
}

/** Runs a test's body with a folder and a list of things to close, and closes them whatever happens. */
export async function withCleanUp(
	body: (folder: string, onEnd: (close: () => unknown) => void) => Promise<void>,
): Promise<void> {
	const folder = scratchFolder();
	const closes: (() => unknown)[] = [];
	try {
		await body(folder, close => closes.push(close));
	} finally {
		for (const close of closes.reverse()) await close();
		rmSync(folder, { recursive: true, force: true });
	}
}
