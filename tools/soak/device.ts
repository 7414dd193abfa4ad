// SPDX-License-Identifier: MIT
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Built } from "../build/build.js";
import type { Operator } from "../device/operator.js";
import { endpointSettings, SimulatedDevice } from "../device/simulated-device.js";
import type { IotCore } from "../iot-core/core.js";
import {
	type Observation,
	type ObservedPacket,
	type PacketSender,
	type PacketVerdict,
	packetType,
} from "../iot-core/testing.js";
import { parseEvent, type SerialEvent } from "../lib/serial-lines.js";
import { deviceNames } from "../provision/identity.js";
import { Application } from "./application.js";
import type { Planned } from "./faults.js";
import { Ledger } from "./ledger.js";
import { Relay } from "./line.js";
import type { Sample } from "./memory.js";
import { Saboteur } from "./saboteur.js";
import { applicationInterval, soakSettings } from "./settings.js";

/** What a device of the soak needs. */
export interface SoakDeviceOptions {
	built: Built;
	core: IotCore;
	operator: Operator;
	folder: string;
	name: string;
	/** Makes the chip's random numbers repeat. */
	seed: string;
	plan: readonly Planned[];
	/** In a machine with the board's memory. */
	board: boolean;
	/** How many messages go each way, at least. */
	messages: number;
	onLine?(line: string): void;
}

/** main.ts' own messages at QoS 1, and the application's. */
const ownText = /^hello from ESP32 \(QOS1\) : (\d+) : /,
	applicationText = /^application : (\d+)$/;

function numberIn(text: string, pattern: RegExp): number | undefined {
	const digits = pattern.exec(text)?.[1];
	return digits === undefined ? undefined : Number(digits);
}

/** The firmware on a simulated chip, the way to the endpoint that is tampered with, and the application on the other side. */
export class SoakDevice {
	readonly clientId: string;
	/** From the firmware to the application, from the application to the firmware, and the firmware's own messages back to it. */
	readonly ledgers = { up: new Ledger(), down: new Ledger(), back: new Ledger() };
	/** What was in use while it was connected. */
	readonly samples: Sample[] = [];
	/** How often the firmware reported a failure of each step. */
	readonly errors = new Map<string, number>();
	readonly saboteur: Saboteur;
	connections = 0;
	/** How the process ended before it was told to, if it did. */
	ended: string | undefined;

	readonly #options: SoakDeviceOptions;
	readonly #topic: string;
	readonly #device: SimulatedDevice;
	#application!: Application;
	#relay!: Relay;
	#stopping = false;
	/** Numbers of the firmware's messages, by their packet ids. */
	readonly #numbers = new Map<number, number>();
	/** Numbers of the application's messages on the connection that stands, by their packet ids. */
	readonly #deliveries = new Map<number, number>();
	#published = 0;
	#connected = false;
	#settled = false;

	/** Makes a chip, registers its certificate, and connects the application; the firmware is started by `start`. */
	static async make(options: SoakDeviceOptions): Promise<SoakDevice> {
		const { core, operator, folder, name, seed } = options;
		const simulated = await SimulatedDevice.make({ folder, name, seed });
		const device = new SoakDevice(options, simulated);
		await operator.register(simulated.certificate);
		device.#application = await Application.start(core, operator, device.#topic, text => {
			const number = numberIn(text, ownText);
			if (number !== undefined) device.ledgers.up.arrive(number);
		});
		device.#relay = await Relay.start(core.devicePort, line => device.saboteur.begin(line));
		return device;
	}

	private constructor(options: SoakDeviceOptions, device: SimulatedDevice) {
		this.#options = options;
		this.#device = device;
		this.clientId = deviceNames(device.uid, "base64url").clientId;
		this.#topic = `dev/${this.clientId}/echo`;
		this.saboteur = new Saboteur(options.plan, {
			disconnect: () => options.core.disconnect(this.clientId),
			takeOver: () => this.#application.takeOver(this.clientId),
		});
	}

	start(): void {
		const { built, core, folder, name, board } = this.#options;
		this.#device.onEvent = event => this.#onEvent(event);
		this.#device.onLine = line => this.#onLine(line);
		const firmware = this.#device.switchOn({
			built,
			module: "tools/soak/soak.xs",
			heap: board ? join(folder, `${name}-heap.json`) : undefined,
			settings: { ...soakSettings, ...endpointSettings(core), port: this.#relay.port },
		});
		void firmware.ended.then(({ status, signal }) => {
			if (!this.#stopping) this.ended ??= `it ended by itself, ${signal ?? `status ${status}`}`;
		});
	}

	/** All faults came, and enough messages went both ways. */
	get done(): boolean {
		const { messages } = this.#options,
			{ up, down } = this.ledgers;
		return this.saboteur.left === 0 && up.acknowledged.size >= messages && down.acknowledged.size >= messages;
	}

	/** Whether all that was acknowledged has arrived; from then on nothing is counted any more. */
	settle(): boolean {
		this.#settled ||= Object.values(this.ledgers).every(({ missing }) => missing.length === 0);
		return this.#settled;
	}

	/** Judges a packet on a connection of the firmware. */
	judge(packet: ObservedPacket, from: PacketSender): PacketVerdict {
		if (packet.type === packetType.CONNECT) {
			this.connections += 1;
			this.#deliveries.clear();
		}
		return this.saboteur.judge(packet, from);
	}

	/** Learns the numbers behind packet ids. */
	observe({ packet: { type, id = 0, bytes, payloadLength }, from }: Observation): void {
		if (this.#settled) return;
		if (type === packetType.PUBACK && from === "device") this.#onTaken(id);
		if (type !== packetType.PUBLISH || id === 0) return;
		const text = bytes.toString("utf8", bytes.length - payloadLength);
		const number = numberIn(text, from === "device" ? ownText : applicationText);
		if (number !== undefined) (from === "device" ? this.#numbers : this.#deliveries).set(id, number);
	}

	async stop(): Promise<void> {
		this.#stopping = true;
		this.saboteur.close();
		await this.#device.switchOff();
		this.#relay.close();
		await this.#application.close();
		await this.#device.stop();
	}

	#onTaken(id: number): void {
		const number = this.#deliveries.get(id);
		if (number !== undefined) this.ledgers.down.taken.add(number);
	}

	#onEvent({ name, fields }: SerialEvent): void {
		if (this.#settled) return;
		switch (name) {
			case "accepted":
				this.#connected = true;
				return;
			case "subscribed":
				return void this.#publish();
			case "puback":
				return this.#onAcknowledged(Number(fields.id));
			case "receive":
				return this.#onReceived(fields.payload ?? "");
			case "error":
				this.#connected = false;
				this.errors.set(fields.step ?? "", (this.errors.get(fields.step ?? "") ?? 0) + 1);
				return;
			case "heap":
				if (this.#connected) this.#sample(Number(fields.slots) + Number(fields.chunks), Number(fields.native));
		}
	}

	#sample(javascript: number, native: number): void {
		const { pid } = this.#device.firmware?.process ?? {};
		try {
			this.samples.push({ javascript, native, files: readdirSync(`/proc/${pid}/fd`).length });
		} catch {
			// The process has just ended: that is reported elsewhere.
		}
	}

	#onAcknowledged(id: number): void {
		const number = this.#numbers.get(id);
		if (number === undefined) {
			this.ended ??= `it reported PUBACK ${id}, for which there was no PUBLISH`;
			return;
		}
		this.ledgers.up.acknowledged.add(number);
		this.ledgers.back.acknowledged.add(number);
	}

	#onReceived(text: string): void {
		const own = numberIn(text, ownText),
			number = numberIn(text, applicationText);
		if (own !== undefined) this.ledgers.back.arrive(own);
		if (number !== undefined) this.ledgers.down.arrive(number);
	}

	/** The application's messages, from the firmware's first subscription on: its session is kept from then on. */
	async #publish(): Promise<void> {
		if (this.#published > 0) return;
		while (this.#published < this.#options.messages && !this.#stopping) {
			const number = ++this.#published;
			void this.#application.publish(`application : ${number}`).then(
				() => this.ledgers.down.acknowledged.add(number),
				() => undefined,
			);
			await delay(applicationInterval);
		}
	}

	/** Serial lines, and what the sanitizers and uncaught exceptions print. */
	#onLine(line: string): void {
		this.#options.onLine?.(line);
		if (!parseEvent(line) && /ERROR: |runtime error|Uncaught|Unhandled/.test(line)) this.ended ??= line;
	}
}
