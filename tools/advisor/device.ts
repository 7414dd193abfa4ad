// SPDX-License-Identifier: MIT
import { join } from "node:path";
import type { Built } from "../build/build.js";
import { startFirmware } from "../device/firmware.js";
import { trustedRoots } from "../device/roots.js";
import type { IotCore } from "../iot-core/core.js";
import { parseEvent, type SerialEvent } from "../lib/serial-lines.js";
import { type DeviceNames, deviceNames } from "../provision/identity.js";
import { startSimulator } from "../se050-sim/simulator.js";
import { clientIdForm } from "./settings.js";
import type { Settings } from "./test-case.js";

/** A device that can be tested. */
export interface DeviceUnderTest {
	names: DeviceNames;
	/** PEM. */
	certificate: string;
	/** The serial line's events so far. */
	events: readonly SerialEvent[];
	/** Lets it connect. */
	connect(core: IotCore, settings: Settings): void;
	stop(): Promise<void>;
}

/** A board in the same network: it connects by itself, and again and again. */
export function board(names: DeviceNames, certificate: string): DeviceUnderTest {
	return { names, certificate, events: [], connect: () => undefined, stop: async () => undefined };
}

function pemOf(der: Uint8Array): string {
	return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der)
		.toString("base64")
		.replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;
}

/**
 * The firmware on a simulated chip of its own.
 * @param folder for the chip
 * @param seed makes the chip's random numbers repeat, and with them the jitter
 * @param onLine takes each line of the serial output
 */
export async function simulatedDevice(
	built: Built,
	folder: string,
	seed: string,
	onLine?: (line: string) => void,
): Promise<DeviceUnderTest> {
	const chip = await startSimulator({
		stateFile: join(folder, "chip.json"),
		listen: { path: join(folder, "chip.sock") },
		clock: "real",
		seed,
	});
	const events: SerialEvent[] = [];
	const take = (line: string) => {
		onLine?.(line);
		const event = parseEvent(line);
		if (event) events.push(event);
	};
	let stop = async () => chip.close();
	return {
		names: deviceNames(Buffer.from(chip.uid).toString("hex"), clientIdForm),
		certificate: pemOf(chip.certificate),
		events,
		connect({ endpoint, devicePort, rootCaFile }, settings) {
			const config = {
				...settings,
				endpoint,
				port: devicePort,
				address: "127.0.0.1",
				trustedRoots: trustedRoots(rootCaFile),
				bus: chip.address,
			};
			const firmware = startFirmware({ ...built, config, onLine: take, onError: take });
			stop = async () => {
				await firmware.stop();
				await chip.close();
			};
		},
		stop: () => stop(),
	};
}
