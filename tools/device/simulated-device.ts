// SPDX-License-Identifier: MIT
import { createHash, X509Certificate } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Built } from "../build/build.js";
import type { IotCore } from "../iot-core/core.js";
import { parseEvent, type SerialEvent } from "../lib/serial-lines.js";
import { type Simulator, type SimulatorOptions, startSimulator } from "../se050-sim/simulator.js";
import { type Firmware, startFirmware } from "./firmware.js";
import { trustedRoots } from "./roots.js";

/** Settings of the firmware (app/settings), by their names. */
export type FirmwareSettings = Readonly<Record<string, string | number>>;

/** Where the chip is kept, and how it behaves. */
export interface SimulatedChipOptions extends Pick<SimulatorOptions, "seed" | "latency" | "trace"> {
	/** The chip's state file and its socket are in here. Paths of Unix sockets must be short. */
	folder: string;
	/** Name of the chip's files, without extension; default: "chip". */
	name?: string;
	/** The host is at the end of a serial line: an emulated board. */
	isLine?: boolean;
}

/** How the firmware is run. */
export interface PowerOptions {
	built: Built;
	/** "pipe": commands come from the process' standard input. */
	input?: "pipe";
	settings: FirmwareSettings;
	/** The module to run; default: the firmware's own. */
	module?: string;
	/** Runs it in a machine with the board's memory, and writes the peaks to this file. */
	heap?: string;
}

/** The settings with which a device finds an endpoint that runs on this machine. */
export function endpointSettings({
	endpoint,
	devicePort,
	rootCaFile,
}: Pick<IotCore, "endpoint" | "devicePort" | "rootCaFile">): FirmwareSettings {
	return { endpoint, port: devicePort, address: "127.0.0.1", trustedRoots: trustedRoots(rootCaFile) };
}

/**
 * A simulated SE050 in real time, and the firmware on it when it is switched on.
 * Register `certificate` before, as operators do (Operator).
 */
export class SimulatedDevice {
	readonly chip: Simulator;
	/** The chip's certificate, PEM. */
	readonly certificate: string;
	/** The chip's UID as the firmware prints it: 36 hexadecimal digits. */
	readonly uid: string;
	readonly stateFile: string;
	/** Events of the serial line so far. */
	readonly events: SerialEvent[] = [];
	/** Takes each line of the serial output, and what the process writes to standard error. */
	onLine: (line: string) => void = () => undefined;
	/** Takes each event of the serial line. */
	onEvent: (event: SerialEvent) => void = () => undefined;
	#firmware: Firmware | undefined;
	readonly #seed: FirmwareSettings;

	/** Starts a chip; makes a new one where the folder has none. */
	static async make({ folder, name = "chip", isLine, ...behaviour }: SimulatedChipOptions): Promise<SimulatedDevice> {
		mkdirSync(folder, { recursive: true });
		const stateFile = join(folder, `${name}.json`);
		const listen = { path: join(folder, `${name}.sock`), isLine };
		const simulator = await startSimulator({ stateFile, listen, clock: "real", ...behaviour });
		return new SimulatedDevice(simulator, stateFile, behaviour.seed);
	}

	/** @param seed of the chip's random numbers; the firmware's jitter then repeats, too */
	private constructor(chip: Simulator, stateFile: string, seed: string | undefined) {
		this.chip = chip;
		this.stateFile = stateFile;
		this.#seed = seed === undefined ? {} : { seed: createHash("sha256").update(seed).digest("hex") };
		this.certificate = new X509Certificate(chip.certificate).toString();
		this.uid = Buffer.from(chip.uid).toString("hex");
	}

	/** The firmware that was started last. */
	get firmware(): Firmware | undefined {
		return this.#firmware;
	}

	/** Starts the firmware. The settings get the chip's bus. */
	switchOn({ built, input, settings, module, heap }: PowerOptions): Firmware {
		const take = (line: string) => {
			this.onLine(line);
			const event = parseEvent(line);
			if (event) this.events.push(event);
			if (event) this.onEvent(event);
		};
		const config = { ...this.#seed, ...settings, bus: this.chip.address };
		this.#firmware = startFirmware({ ...built, input, module, heap, config, onLine: take, onError: take });
		return this.#firmware;
	}

	/** Ends the firmware, if it runs. */
	async switchOff(): Promise<void> {
		await this.#firmware?.stop();
	}

	/** Ends the firmware and the chip. */
	async stop(): Promise<void> {
		await this.switchOff();
		await this.chip.close();
	}
}
