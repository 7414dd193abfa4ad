// SPDX-License-Identifier: MIT
import type { Built } from "../build/build.js";
import { endpointSettings, type FirmwareSettings, SimulatedDevice } from "../device/simulated-device.js";
import type { IotCore } from "../iot-core/core.js";
import type { SerialEvent } from "../lib/serial-lines.js";
import { type DeviceNames, deviceNames } from "../provision/identity.js";
import { testedClientIdForm } from "./settings.js";

/** A device that can be tested. */
export interface DeviceUnderTest {
	names: DeviceNames;
	/** PEM. */
	certificate: string;
	/** The serial line's events so far. */
	events: readonly SerialEvent[];
	/** Lets it connect. */
	connect(core: IotCore, settings: FirmwareSettings): void;
	stop(): Promise<void>;
}

/** A board in the same network: it connects by itself, and again and again. */
export function board(names: DeviceNames, certificate: string): DeviceUnderTest {
	return { names, certificate, events: [], connect: () => undefined, stop: async () => undefined };
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
	onLine: (line: string) => void = () => undefined,
): Promise<DeviceUnderTest> {
	const device = await SimulatedDevice.make({ folder, seed });
	device.onLine = onLine;
	return {
		names: deviceNames(device.uid, testedClientIdForm),
		certificate: device.certificate,
		events: device.events,
		connect: (core, settings) => void device.switchOn({ built, settings: { ...settings, ...endpointSettings(core) } }),
		stop: () => device.stop(),
	};
}
