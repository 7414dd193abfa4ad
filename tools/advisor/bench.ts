// SPDX-License-Identifier: MIT

import { setTimeout as delay } from "node:timers/promises";
import type { FirmwareSettings } from "../device/simulated-device.js";
import { startIotCore } from "../iot-core/core.js";
import { type EndpointScenario, type PacketRule, passAll } from "../iot-core/testing.js";
import type { SerialEvent } from "../lib/serial-lines.js";
import type { DeviceUnderTest } from "./device.js";
import { type PolicyName, register } from "./operator.js";
import { Recording } from "./recording.js";
import { type Bench, Missing, type TestCase } from "./test-case.js";
import type { Judgement } from "./verdict.js";

/** How often it is looked whether something is there, in milliseconds. */
const pollMs = 10;
/** How long something may take that needs no waiting, in seconds. */
const patience = 120;

/** Where the endpoint is for a test case. */
export interface Place {
	stateDir: string;
	/** 0: any. */
	port: number;
	/** Address to listen on; default: loopback. */
	address?: string;
	/** The settings of the device besides those of the test case. */
	settings: FirmwareSettings;
	/** What is attached to the device's certificate. */
	policy: PolicyName;
}

async function until<T>(what: string, find: () => T | undefined | false, seconds = patience): Promise<T> {
	for (const end = performance.now() + seconds * 1_000; performance.now() < end; await delay(pollMs)) {
		const found = find();
		if (found !== undefined && found !== false) return found;
	}
	throw new Missing(`${what} did not come within ${seconds} s`);
}

/** The topic of a device: as the provisioning tool has it. */
export function topicOf(thingName: string): string {
	return `dev/${thingName}/echo`;
}

/** A scenario through which a further rule can be laid while it runs. */
class Treatment {
	#rule: PacketRule | undefined;
	readonly scenario: EndpointScenario;

	constructor(scenario: EndpointScenario = {}) {
		this.scenario = {
			...scenario,
			packets: connection => {
				const own = scenario.packets?.(connection) ?? passAll;
				return (packet, from) => {
					const verdict = this.#rule?.(packet, from) ?? "pass";
					return verdict === "pass" ? own(packet, from) : verdict;
				};
			},
		};
	}

	readonly treat = (rule: PacketRule | undefined): void => {
		this.#rule = rule;
	};
}

/** What it means when a test case cannot be judged to its end: what did not come is the device's failure, anything else the test's. */
export function failureOf(error: unknown, events: readonly SerialEvent[]): Judgement {
	const told = events.filter(({ name }) => name === "error").at(-1)?.fields.message;
	const message = error instanceof Error ? error.message : String(error);
	return {
		verdict: error instanceof Missing ? "FAIL" : "ERROR",
		evidence: told === undefined ? message : `${message}; the device: ${told}`,
	};
}

/** Puts a device to one test case, with an endpoint of its own. */
export async function put(device: DeviceUnderTest, testCase: TestCase, place: Place): Promise<Judgement> {
	const { stateDir, port, address, policy } = place;
	const { clientId, thingName } = device.names;
	const topic = topicOf(thingName),
		settings = { ...place.settings, ...testCase.settings, topic };
	const recording = new Recording(),
		{ scenario, treat } = new Treatment(testCase.scenario);
	const core = await startIotCore({
		stateDir,
		devicePort: port,
		deviceAddress: address,
		controlPort: 0,
		scenario,
		sessionExpiry: testCase.sessionExpiry,
		observer: recording,
		log: line => recording.log.push(line),
	});
	try {
		const policies = await register(core, device.names, device.certificate, policy);
		device.connect(core, settings);
		const bench: Bench = {
			core,
			recording,
			clientId,
			topic,
			settings,
			policies,
			events: device.events,
			treat,
			until,
			pause: milliseconds => delay(milliseconds),
		};
		return await testCase.judge(bench);
	} catch (error) {
		return failureOf(error, device.events);
	} finally {
		await device.stop();
		await core.close();
	}
}
