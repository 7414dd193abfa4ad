// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TraceListener } from "../lib/chip-bus/records.js";
import { trimDer } from "../lib/der.js";
import { takeLock } from "../lib/lock.mjs";
import { UserError } from "../lib/user-error.js";
import { objectIds } from "./applet/codes.js";
import type { SimulatedChip } from "./applet/commands/command.js";
import { ObjectStore } from "./applet/objects.js";
import { Bus } from "./bus/bus.js";
import { RealClock, VirtualClock } from "./bus/clock.js";
import { ErrataTarget, type Erratum } from "./bus/errata.js";
import { I2CTarget } from "./bus/i2c.js";
import { instantLatency } from "./bus/latency.js";
import { Card } from "./card/card.js";
import type { TlvLength } from "./card/tlv.js";
import { repeatableRandom, systemRandom } from "./crypto/random.js";
import { DataLink, initialState } from "./data-link/t1.js";
import { openManufacturer } from "./factory/manufacturer.js";
import { identifierLength, provision } from "./factory/personality.js";
import { type ChipVariant, factoryPlatform, se050c, variantTable } from "./factory/variants.js";
import { type ChipFault, FaultPlan, type Faults } from "./faults/fault.js";
import { FaultyLink } from "./faults/faulty-link.js";
import { FaultyTarget } from "./faults/faulty-target.js";
import { seededFaults } from "./faults/seed.js";
import type { HostConnectionOptions } from "./link/host-connection.js";
import { type Endpoint, LinkServer } from "./link/link-server.js";
import { type SerialEndpoint, SerialServer } from "./link/serial-server.js";
import { corrupt } from "./state/files.js";
import { type ChipState, createChip, loadChip, saveChip } from "./state/state.js";
import { dataLinkTrace } from "./trace.js";

export type { TraceListener, TraceRecord } from "../lib/chip-bus/records.js";
export { UserError } from "../lib/user-error.js";
export type { ChipFault, FaultAction, Faults } from "./faults/fault.js";
export { readFaults } from "./faults/script.js";
export type { Endpoint } from "./link/link-server.js";
export type { SerialEndpoint } from "./link/serial-server.js";
export { traceToFile } from "./trace.js";

export interface SimulatorOptions {
	/** The chip: a JSON file, made on first start. It holds private keys; one simulator uses it at a time. */
	stateFile: string;
	/** Which part a new chip is, as `VARIANTS` names it; default: SE050C1. Of a chip that exists it must be its own. */
	variant?: string;
	/** Whether a new chip has all pairs of its variant, those of RSA 4096 too, which take seconds to make; default: no. */
	allKeys?: boolean;
	/** The simulated manufacturer's CAs, made on first use; default: `manufacturer.json` next to `stateFile`. */
	manufacturerFile?: string;
	/** A socket, or a serial port at whose other end a board is. */
	listen: Endpoint | SerialEndpoint;
	/** Real: the chip is as slow as a chip. Virtual: time passes only in the figures. */
	clock: "real" | "virtual";
	/** Typical: computing takes as long as measured on parts. Instant: no time. Default: typical. */
	latency?: "typical" | "instant";
	/** Form of the lengths of byte strings in answers; default: long. */
	tlvLength?: TlvLength;
	/** Makes random numbers and signatures repeat from run to run. Default: the machine's random numbers. */
	seed?: string;
	/** Defects of real parts that this one is to have; default: none. */
	errata?: readonly Erratum[];
	/** What goes wrong; default: nothing. */
	faults?: Faults;
	/** Called with every transaction, block and APDU, in the order in which they are known. */
	trace?: TraceListener;
	/** Called when a request failed for a reason outside the chip (a full disk); default: an unhandled rejection. */
	onError?: (error: unknown) => void;
}

/** A running simulator. */
export interface Simulator {
	/** For the driver's `bus`: `sim:/path/to/socket` or `sim:127.0.0.1:port`; or the serial port's path. */
	readonly address: string;
	/** 18 bytes. */
	readonly uid: Uint8Array;
	/** The certificate of object 0xF0000101, or of 0xF0000111 on parts without it, DER without its file's padding. */
	readonly certificate: Uint8Array;
	/** How many blocks of the host have reached the chip, since the start or the last `setFaults`. */
	readonly exchanges: number;
	/** From now on these faults come, and exchanges are counted from 1 again. */
	setFaults(faults: Faults): void;
	/** Drops the host and keeps the chip's session for the next start, as if the chip stayed powered. */
	close(): Promise<void>;
}

/** Starts one simulated SE050. Throws UserError. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
	const { stateFile, manufacturerFile = join(dirname(stateFile), "manufacturer.json") } = options;
	await createMissingChip(stateFile, manufacturerFile, options);
	const release = lockChip(stateFile);
	try {
		return await powerUp(options, release);
	} catch (error) {
		release();
		throw error;
	}
}

/** Keeps a chip's file to one simulator: two that write it would undo each other's work. */
function lockChip(stateFile: string): () => void {
	const path = `${stateFile}.lock`;
	return takeLock(path, {
		held: holder =>
			new UserError(
				`${stateFile} is in use by the simulator of process ${holder}: stop that one, or use another file.`,
			),
		failed: ({ message }) => new UserError(`Cannot write ${path} (${message}): check its folder's permissions.`),
	});
}

/** @param release gives the chip's file free */
async function powerUp(options: SimulatorOptions, release: () => void): Promise<Simulator> {
	const { stateFile, listen, trace, onError = rethrow } = options;
	const state = loadChip(stateFile);
	if (!state) throw new UserError(`${stateFile} was removed while the simulator started: start it again.`);
	if (options.variant !== undefined && options.variant !== state.variant)
		throw new UserError(
			`${stateFile} is an ${state.variant}, not an ${options.variant}: choose another file for a new chip.`,
		);
	const identity = identify(stateFile, state);
	const part = new PoweredChip(state, variantOf(stateFile, state), options);
	const connection = { bus: new Bus(part.bus, part.clock, trace), now: () => part.clock.now(), onError };
	const { server, address } = await openLink(listen, connection);
	part.save(false);
	const close = async (): Promise<void> => {
		await server.close();
		part.save(true);
		release();
	};
	return {
		address,
		...identity,
		close,
		get exchanges() {
			return part.plan.exchange;
		},
		setFaults: faults => part.setFaults(faults),
	};
}

async function openLink(listen: SimulatorOptions["listen"], connection: HostConnectionOptions) {
	if ("serial" in listen) {
		const server = new SerialServer(connection);
		return { server, address: await server.listen(listen) };
	}
	const server = new LinkServer(connection);
	return { server, address: await server.listen(listen) };
}

function rethrow(error: unknown): void {
	void Promise.reject(error);
}

async function createMissingChip(
	stateFile: string,
	manufacturerFile: string,
	{ variant: name = se050c.name, allKeys }: SimulatorOptions,
): Promise<void> {
	if (existsSync(stateFile)) return;
	const variant = variantTable.get(name);
	if (!variant)
		throw new UserError(`There is no variant "${name}": choose one of ${[...variantTable.keys()].join(", ")}.`);
	const objects = await provision(variant, await openManufacturer(manufacturerFile), allKeys);
	createChip(stateFile, { variant: name, boots: 0, platform: factoryPlatform(variant), objects, session: undefined });
}

function variantOf(stateFile: string, { variant }: ChipState): ChipVariant {
	const known = variantTable.get(variant);
	if (!known) throw corrupt(stateFile, `it is of the variant "${variant}", which this version does not know`);
	return known;
}

function identify(stateFile: string, { objects }: ChipState): { uid: Uint8Array; certificate: Uint8Array } {
	const file = (id: number): Uint8Array => {
		const object = objects.find(candidate => candidate.id === id);
		return object?.type === "binary" ? object.data : new Uint8Array(0);
	};
	const uid = file(objectIds.uniqueId);
	const certificate = trimDer(file(objectIds.cloudCertificate)) ?? trimDer(file(objectIds.rsaCloudKey + 1));
	if (uid.length !== identifierLength || !certificate)
		throw corrupt(stateFile, "it lacks the chip's UID or certificate");
	return { uid, certificate };
}

/** All layers of one chip, and the file that it is kept in. */
class PoweredChip {
	readonly clock: RealClock | VirtualClock;
	readonly target: I2CTarget;
	/** The target as the bus sees it: with its faults. */
	readonly bus: FaultyTarget;
	readonly plan = new FaultPlan();
	readonly #stateFile: string;
	readonly #chip: SimulatedChip;
	readonly #card: Card;
	readonly #link: DataLink;
	/** When the chip was last started. */
	#startedAt = 0;

	constructor({ objects, boots, platform, session }: ChipState, variant: ChipVariant, options: SimulatorOptions) {
		this.#stateFile = options.stateFile;
		this.clock = options.clock === "virtual" ? new VirtualClock() : new RealClock();
		this.#chip = {
			variant,
			latency: options.latency === "instant" ? instantLatency : variant.latency,
			objects: new ObjectStore([...objects, ...(session?.transientObjects ?? [])], () => this.save(false)),
			platform: platform ?? factoryPlatform(variant),
			keep: () => this.save(false),
			random: options.seed === undefined ? systemRandom : repeatableRandom(options.seed),
			tlvLength: options.tlvLength ?? "long",
			boots: session ? boots : boots + 1,
			uptime: () => this.clock.now() - this.#startedAt,
		};
		const { latency } = this.#chip;
		this.#card = new Card(
			this.#chip,
			session?.card ?? { selected: undefined, channel: undefined },
			() => (this.#startedAt = this.clock.now()),
		);
		const listener = dataLinkTrace(options.trace);
		this.#link = new DataLink(this.#card, variant, latency, session?.link ?? initialState(), listener);
		const onFault = (fault: ChipFault, time: number): void => options.trace?.({ layer: "fault", time, fault });
		const faultyLink = new FaultyLink({
			link: this.#link,
			plan: this.plan,
			blockTime: latency.block,
			onFault,
			reset: now => this.#reset(now),
		});
		this.target = new I2CTarget(faultyLink, latency.boot, session ? 0 : latency.boot, session?.pending);
		this.bus = new FaultyTarget(new ErrataTarget(this.target, options.errata ?? []), this.plan, onFault);
		this.setFaults(options.faults ?? []);
	}

	setFaults(faults: Faults): void {
		this.plan.start(
			"seed" in faults
				? seededFaults(faults.seed, faults.rate)
				: exchange => faults.filter(fault => fault.exchange === exchange),
		);
		this.bus.restart();
	}

	#reset(now: number): void {
		this.target.enable(false, now);
		this.target.enable(true, now);
	}

	/** Writes the chip's file: the session too, or only what a chip without power keeps. */
	save(withSession: boolean): void {
		const all = this.#chip.objects.list();
		const session = {
			card: this.#card.state,
			pending: this.target.pending,
			link: this.#link.state,
			transientObjects: all.filter(object => object.transient),
		};
		saveChip(this.#stateFile, {
			variant: this.#chip.variant.name,
			boots: this.#chip.boots,
			platform: this.#chip.platform,
			objects: all.filter(object => !object.transient),
			session: withSession && this.target.powered ? session : undefined,
		});
	}
}
