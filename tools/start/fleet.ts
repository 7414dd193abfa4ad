// SPDX-License-Identifier: MIT
import { createWriteStream } from "node:fs";
import { join, relative } from "node:path";
import type { Built } from "../build/build.js";
import { endpointSettings, type FirmwareSettings, SimulatedDevice } from "../device/simulated-device.js";
import type { IotCore } from "../iot-core/core.js";
import { printable } from "../lib/printable.js";
import { systemErrorSentence } from "../lib/process-end.mjs";
import type { SerialEvent } from "../lib/serial-lines.js";

export interface FleetDeviceOptions {
	name: string;
	stateDir: string;
	built: Built;
	core: IotCore;
	/** Settings of the firmware beside those that the fleet gives it. */
	settings: FirmwareSettings;
	onLine(name: string, line: string): void;
	/** Registers the chip's certificate (PEM) before the device is switched on, as operators do. */
	register(name: string, pem: string): Promise<void>;
}

/** How a device's run went. */
export interface DeviceRun {
	name: string;
	/** Null when a signal ended it. */
	status: number | null;
	signal: NodeJS.Signals | null;
	echoes: number;
	/** The last error that the device told. */
	lastError: string | undefined;
}

/** One device of the fleet: a simulated device that counts its echoes and keeps a log. */
export class FleetDevice {
	readonly name: string;
	readonly logFile: string;
	readonly outcome: Promise<DeviceRun>;
	#device: SimulatedDevice;
	#echoes = 0;
	#lastError: string | undefined;

	static async start(options: FleetDeviceOptions): Promise<FleetDevice> {
		const { name, stateDir } = options;
		const device = await SimulatedDevice.make({ folder: stateDir, name });
		await options.register(name, device.certificate);
		return new FleetDevice(options, device);
	}

	private constructor({ name, stateDir, built, core, settings, onLine }: FleetDeviceOptions, device: SimulatedDevice) {
		this.name = name;
		this.#device = device;
		this.logFile = join(stateDir, `${name}.log`);
		const log = createWriteStream(this.logFile);
		log.on("error", error => onLine(name, `cannot be logged: ${systemErrorSentence(error) ?? error.message}`));
		device.onLine = line => {
			log.write(`${printable(line)}\n`);
			onLine(name, line);
		};
		device.onEvent = event => this.#observe(event);
		const preferences = join(stateDir, `${name}.preferences.json`);
		const firmware = device.switchOn({ built, settings: { ...settings, ...endpointSettings(core), preferences } });
		this.outcome = firmware.ended.then(({ status, signal }) => {
			log.end();
			return { name, status, signal, echoes: this.#echoes, lastError: this.#lastError };
		});
	}

	/** Its log, as a person types it. */
	get log(): string {
		return relative(process.cwd(), this.logFile);
	}

	get progress(): Pick<DeviceRun, "name" | "echoes" | "lastError"> {
		return { name: this.name, echoes: this.#echoes, lastError: this.#lastError };
	}

	stop(): Promise<void> {
		return this.#device.stop();
	}

	#observe({ name, fields }: SerialEvent): void {
		if (name === "receive" && fields.own === "true") this.#echoes += 1;
		if (name === "error") this.#lastError = fields.message;
	}
}
