// SPDX-License-Identifier: MIT
import type { FirmwareSettings } from "../../../tools/device/simulated-device.js";
/** A bench without device and endpoint: a test writes down what a device did, and has it judged. */

import { failureOf } from "../../../tools/advisor/bench.js";
import { Recording } from "../../../tools/advisor/recording.js";
import { testSettings } from "../../../tools/advisor/settings.js";
import { type Bench, Missing } from "../../../tools/advisor/test-case.js";
import { testCases } from "../../../tools/advisor/test-cases.js";
import type { Judgement } from "../../../tools/advisor/verdict.js";
import type { IotCore } from "../../../tools/iot-core/core.js";
import type { PacketSender, PacketVerdict } from "../../../tools/iot-core/scenario/filter.js";
import { type ObservedPacket, packetType } from "../../../tools/iot-core/scenario/packet.js";
import type { SerialEvent } from "../../../tools/lib/serial-lines.js";

type PacketName = keyof typeof packetType;

const empty: ObservedPacket = {
	type: 0,
	bytes: Buffer.alloc(0),
	id: undefined,
	topic: undefined,
	qos: 0,
	dup: false,
	payloadLength: 0,
	clean: true,
	sessionPresent: false,
};

/** A device's deeds, as the endpoint saw them. */
export class Deeds {
	readonly recording = new Recording();
	readonly events: SerialEvent[] = [];
	/** Policies attached to its certificate. */
	policies: string[] = [];
	/** What happens when the test publishes to the device, or ends its connection. */
	onPublish: (payload: Buffer | string) => void = () => undefined;
	onDisconnect: () => void = () => undefined;
	#now = 1_000;

	at(milliseconds: number): this {
		this.#now += milliseconds;
		return this;
	}

	hello(...suites: number[]): this {
		this.recording.onClientHello(suites, this.#now);
		return this;
	}

	packet(
		name: PacketName,
		fields: Partial<ObservedPacket> = {},
		{
			connection = 1,
			from = "device",
			verdict = "pass",
		}: { connection?: number; from?: PacketSender; verdict?: PacketVerdict } = {},
	): this {
		this.recording.onPacket({
			connection,
			at: this.#now,
			from,
			verdict,
			packet: { ...empty, type: packetType[name], ...fields },
		});
		return this;
	}

	/** The same from the endpoint. */
	answer(name: PacketName, fields: Partial<ObservedPacket> = {}, connection = 1): this {
		return this.packet(name, fields, { connection, from: "server" });
	}

	close(connection = 1): this {
		this.recording.onClosed(connection, this.#now);
		return this;
	}

	log(line: string): this {
		this.recording.log.push(line);
		return this;
	}

	announce(seconds: number): this {
		this.events.push({ seconds: 0, name: "retry", fields: { seconds: String(seconds) } });
		return this;
	}

	/** Connections that end, each so long before the next, the answered ones with a SUBACK; step by step. */
	*connections(waits: readonly number[], answered: (connection: number) => boolean = () => false): Generator<void> {
		for (const [index, wait] of [...waits, 0].entries()) {
			const connection = index + 1;
			yield void this.hello();
			this.packet("CONNECT", {}, { connection });
			yield answered(connection) ? void this.answer("SUBACK", {}, connection) : undefined;
			if (index < waits.length) this.at(100).close(connection).at(wait);
		}
	}
}

function isIterator(value: unknown): value is Iterator<unknown> {
	return typeof value === "object" && value !== null && "next" in value;
}

/**
 * Judges a device by a row of the table.
 * @param act what the device does when the row begins to look, at once or step by step; then nothing comes any more: what the row
 * waits for is there, or missing
 */
export async function judge(
	id: string,
	act: (deeds: Deeds) => unknown,
	settings: FirmwareSettings = {},
): Promise<Judgement> {
	const deeds = new Deeds();
	let script: Iterator<unknown> | undefined;
	const begin = () => {
		if (script) return script;
		const begun = act(deeds);
		script = isIterator(begun) ? begun : [][Symbol.iterator]();
		return script;
	};
	const testCase = testCases.find(known => known.id === id);
	if (!testCase) throw new RangeError(`there is no test case ${id}`);
	const core = {
		publish: async (_topic: string, payload: Buffer | string) => deeds.onPublish(payload),
		disconnect: () => {
			deeds.onDisconnect();
			return true;
		},
	} as unknown as IotCore;
	const bench: Bench = {
		core,
		recording: deeds.recording,
		clientId: "BABQ",
		topic: "dev/BABQ/echo",
		settings: { ...testSettings, ...testCase.settings, ...settings },
		events: deeds.events,
		treat: () => undefined,
		pause: async () => undefined,
		get policies() {
			begin();
			return deeds.policies;
		},
		async until(what, find) {
			for (const steps = begin(); ; ) {
				const found = find();
				if (found !== undefined && found !== false) return found;
				if (steps.next().done) throw new Missing(`${what} did not come`);
			}
		},
	};
	try {
		return await testCase.judge(bench);
	} catch (error) {
		return failureOf(error, deeds.events);
	}
}
