// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { seedByteLength, seededRandom } from "../../modules/iot/random.js";
import type { Built } from "../build/build.js";
import { Operator } from "../device/operator.js";
import { type IotCore, startIotCore } from "../iot-core/core.js";
import { type ObservedPacket, type PacketRule, packetType } from "../iot-core/testing.js";
import { takeoverPacket } from "./application.js";
import { SoakDevice } from "./device.js";
import { type Planned, plan } from "./faults.js";

export interface SoakOptions {
	built: Built;
	/** In machines with the board's memory; default: in ones with plenty. */
	board?: boolean;
	devices: number;
	/** Ends of connections, of all devices together. */
	disconnects: number;
	/** QoS 1 messages each way, of all devices together. */
	messages: number;
	/** Makes the schedule, and the chips' random numbers, repeat. */
	seed: string;
	/** Seconds. */
	timeLimit: number;
	/** Called often. */
	onProgress?(devices: readonly SoakDevice[]): void;
	onLine?(device: string, line: string): void;
}

export interface Soaked {
	devices: readonly SoakDevice[];
	seconds: number;
	/** What kept the run from its end, if anything did. */
	failure: string | undefined;
}

/** How often it is looked how far the devices are, in milliseconds. */
const lookMs = 50;
/** What was acknowledged and has not arrived so long after the last end of a connection does not come; in seconds. Only a run that has lost a message waits so long. */
const settling = 600;

function randomOf(seed: string): () => number {
	return seededRandom(createHash("sha256").update(seed).digest().subarray(0, seedByteLength));
}

/** The schedules of all devices: the same for the same seed and counts. */
export function schedules({
	devices,
	disconnects,
	seed,
}: Pick<SoakOptions, "devices" | "disconnects" | "seed">): Planned[][] {
	let planned = 0;
	return Array.from({ length: devices }, (_, index) => {
		const count = Math.floor((disconnects + index) / devices),
			first = planned;
		planned += count;
		return plan(count, first, randomOf(`${seed} schedule ${index}`));
	});
}

/** The firmwares' connections, told from those of applications and takeovers by their CONNECT. */
class Connections {
	readonly devices: SoakDevice[] = [];
	readonly #byNumber = new Map<number, SoakDevice>();

	rule(connection: number): PacketRule {
		return (packet, from) => {
			if (packet.type === packetType.CONNECT) this.#identify(connection, packet);
			return this.of(connection)?.judge(packet, from) ?? "pass";
		};
	}

	of(connection: number): SoakDevice | undefined {
		return this.#byNumber.get(connection);
	}

	#identify(connection: number, { bytes }: ObservedPacket): void {
		const device = this.devices.find(
			({ clientId }) => bytes.includes(clientId) && !bytes.equals(takeoverPacket(clientId)),
		);
		if (device) this.#byNumber.set(connection, device);
	}
}

async function waitFor(
	isThere: () => boolean,
	devices: readonly SoakDevice[],
	seconds: number,
	onProgress?: SoakOptions["onProgress"],
): Promise<string | undefined> {
	for (const end = performance.now() + 1_000 * seconds; performance.now() < end; await delay(lookMs)) {
		onProgress?.(devices);
		const ended = devices.find(device => device.ended !== undefined);
		if (ended) return `${ended.clientId}: ${ended.ended}`;
		if (isThere()) return undefined;
	}
	return `it was not done within ${seconds} s`;
}

async function makeDevices(
	options: SoakOptions,
	core: IotCore,
	operator: Operator,
	folder: string,
): Promise<SoakDevice[]> {
	const { built, board = false, devices, messages, seed, onLine } = options;
	await operator.createPolicy();
	return Promise.all(
		schedules(options).map((ends, index) => {
			const name = `device-${index + 1}`;
			return SoakDevice.make({
				built,
				board,
				core,
				operator,
				folder,
				name,
				seed: `${seed} ${name}`,
				plan: ends,
				messages: Math.ceil(messages / devices),
				onLine: line => onLine?.(name, line),
			});
		}),
	);
}

/** Runs the soak. */
export async function soak(options: SoakOptions): Promise<Soaked> {
	const { timeLimit, onProgress } = options;
	const folder = mkdtempSync(join(tmpdir(), "soak-"));
	const connections = new Connections();
	const closes: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
	const begin = performance.now();
	try {
		const core = await startIotCore({
			stateDir: join(folder, "iot-core"),
			devicePort: 0,
			controlPort: 0,
			// In a few minutes connections end as often as at AWS in days: stored messages come without AWS' delay.
			limits: { storedRate: 1_000 },
			scenario: { packets: connection => connections.rule(connection) },
			observer: { onPacket: observation => connections.of(observation.connection)?.observe(observation) },
		});
		closes.push(() => core.close());
		const operator = new Operator(core.controlUrl, core.region);
		closes.push(() => operator.close());
		const devices = connections.devices;
		devices.push(...(await makeDevices(options, core, operator, folder)));
		for (const device of devices) {
			closes.push(() => device.stop());
			device.start();
		}
		const failure =
			(await waitFor(() => devices.every(({ done }) => done), devices, timeLimit, onProgress)) ??
			(await waitFor(() => devices.filter(device => !device.settle()).length === 0, devices, settling));
		return { devices, seconds: (performance.now() - begin) / 1_000, failure };
	} finally {
		for (const close of closes.reverse()) await close();
	}
}
