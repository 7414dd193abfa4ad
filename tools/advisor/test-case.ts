// SPDX-License-Identifier: MIT
import type { FirmwareSettings } from "../device/simulated-device.js";
import type { IotCore } from "../iot-core/core.js";
import type { EndpointScenario, PacketRule } from "../iot-core/testing.js";
import type { SerialEvent } from "../lib/serial-lines.js";
import type { Recording } from "./recording.js";
import type { Judgement } from "./verdict.js";

/** A device under test, and the endpoint that tests it. */
export interface Bench {
	core: IotCore;
	recording: Recording;
	clientId: string;
	topic: string;
	/** What the device was built or started with. */
	settings: FirmwareSettings;
	/** The serial line's events; empty for a board, whose serial line is not here. */
	events: readonly SerialEvent[];
	/** Documents of the policies that are attached to the device's certificate. */
	policies: readonly string[];
	/** From now on packets go through this rule, too, on all connections; undefined: through the test case's scenario only. */
	treat(rule: PacketRule | undefined): void;
	/** Waits until something is there. @throws Missing after so many seconds. */
	until<T>(what: string, find: () => T | undefined | false, seconds?: number): Promise<T>;
	/** Waits so many milliseconds. */
	pause(milliseconds: number): Promise<void>;
}

/** What a test case waited for did not come. */
export class Missing extends Error {
	override readonly name = "Missing";
}

/** One test case of AWS IoT Device Advisor. */
export interface TestCase {
	/** As AWS IoT names it. */
	id: string;
	/** Required by the AWS Device Qualification Program. */
	required: boolean;
	/** Takes a few seconds: part of the short form. */
	fast: boolean;
	/** What the endpoint does to the device. */
	scenario?: EndpointScenario;
	/** FirmwareSettings of the device beside the common ones. */
	settings?: FirmwareSettings;
	/** Life of a persistent session of a device that is away, in milliseconds. */
	sessionExpiry?: number;
	judge(bench: Bench): Promise<Judgement>;
}
