// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { createWriteStream, mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { type Firmware, startFirmware } from "../device/firmware.js";
import { trustedRoots } from "../device/roots.js";
import type { IotCore } from "../iot-core/core.js";
import { parseEvent } from "../lib/serial-lines.js";
import { type Simulator, startSimulator } from "../se050-sim/simulator.js";

export interface DeviceOptions {
	name: string;
	stateDir: string;
	executable: string;
	modules: string;
	core: IotCore;
	/** Settings of the firmware beside those that the fleet gives it. */
	settings: Readonly<Record<string, string | number>>;
	onLine(name: string, line: string): void;
	/** Registers the chip's certificate (PEM) before the device is switched on, as operators do. */
	register(name: string, pem: string): Promise<void>;
}

/** How a device's run went. */
export interface Outcome {
	name: string;
	/** Null when a signal ended it. */
	status: number | null;
	signal: NodeJS.Signals | null;
	echoes: number;
	/** The last error that the device told. */
	lastError: string | undefined;
}

/** One device: the firmware in a process of its own, on a simulated chip of its own. */
export class Device {
	readonly name: string;
	readonly logFile: string;
	readonly outcome: Promise<Outcome>;
	#simulator: Simulator;
	#firmware: Firmware;
	#echoes = 0;
	#lastError: string | undefined;

	static async start(options: DeviceOptions): Promise<Device> {
		const { name, stateDir } = options;
		mkdirSync(stateDir, { recursive: true });
		const simulator = await startSimulator({
			stateFile: join(stateDir, `${name}.json`),
			listen: { path: join(stateDir, `${name}.sock`) },
			clock: "real",
		});
		await options.register(name, new X509Certificate(simulator.certificate).toString());
		return new Device(options, simulator);
	}

	private constructor(options: DeviceOptions, simulator: Simulator) {
		const { name, stateDir, executable, modules, core, settings } = options;
		this.name = name;
		this.#simulator = simulator;
		this.logFile = join(stateDir, `${name}.log`);
		const log = createWriteStream(this.logFile);
		const take = (line: string) => {
			log.write(`${line}\n`);
			options.onLine(name, line);
			this.#observe(line);
		};
		this.#firmware = startFirmware({
			executable,
			modules,
			onLine: take,
			onError: take,
			config: {
				...settings,
				endpoint: core.endpoint,
				port: core.devicePort,
				address: "127.0.0.1",
				trustedRoots: trustedRoots(core.rootCaFile),
				bus: simulator.address,
				preferences: join(stateDir, `${name}.preferences.json`),
			},
		});
		this.outcome = this.#firmware.ended.then(({ status, signal }) => {
			log.end();
			return { name, status, signal, echoes: this.#echoes, lastError: this.#lastError };
		});
	}

	/** Its log, as a person types it. */
	get log(): string {
		return relative(process.cwd(), this.logFile);
	}

	get progress(): Pick<Outcome, "name" | "echoes" | "lastError"> {
		return { name: this.name, echoes: this.#echoes, lastError: this.#lastError };
	}

	async stop(): Promise<void> {
		await this.#firmware.stop();
		await this.#simulator.close();
	}

	#observe(line: string): void {
		const event = parseEvent(line);
		if (event?.name === "receive" && event.fields.own === "true") this.#echoes += 1;
		if (event?.name === "error") this.#lastError = event.fields.message;
	}
}
