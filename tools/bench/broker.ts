// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect as connectTcp, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";
import { generate, type Packet, parser } from "mqtt-packet";
import { type BenchDevice, type CoreProcess, makeDevice, register, serverChain, startCore } from "./core-process.js";
import { cpuOf, endProcess } from "./measured-process.js";
import { findProgram, notInstalled } from "./programs.js";
import { type BenchFigure, type Contender, compare, type Quantity, type RowContext } from "./row.js";

/** A broker in a process of its own, and the device that may connect to it. */
export interface Broker {
	process: ChildProcess;
	port: number;
	serverName: string;
	/** PEM. */
	rootCa: string;
	device: BenchDevice;
}

export const topic = "bench/topic";
export const payload = Buffer.alloc(100, "x");
/** Messages at QoS 1 that mosquitto takes from a client before it has acknowledged one. */
const mosquittoInFlight = 100;
const startAttempts = 100,
	attemptInterval = 100;

/** Resolves when something listens on a port. @throws Error when nothing does for ten seconds */
async function listening(port: number, name: string): Promise<void> {
	for (let attempt = 0; attempt < startAttempts; attempt++) {
		const isReached = await new Promise<boolean>(resolve => {
			const socket = connectTcp(port, "127.0.0.1", () => {
				socket.destroy();
				resolve(true);
			}).on("error", () => resolve(false));
		});
		if (isReached) return;
		await delay(attemptInterval);
	}
	throw new Error(`${name} does not listen on port ${port}: run it with -v to see why.`);
}

/** mosquitto cannot choose a free port itself. */
function freePort(): Promise<number> {
	return new Promise(resolve => {
		const server = createServer().listen(0, "127.0.0.1", () => {
			const address = server.address();
			server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
		});
	});
}

/** mosquitto with iot-core's server certificate, for the same device. */
async function startMosquitto(
	program: string,
	core: CoreProcess,
	like: Broker,
	{ folder, closing }: RowContext,
): Promise<Broker> {
	const port = await freePort();
	const chain = join(folder, "chain.pem"),
		config = join(folder, "mosquitto.conf");
	writeFileSync(chain, serverChain(core));
	const lines = [
		...(process.getuid?.() === 0 ? ["user root"] : []),
		"allow_anonymous true",
		`listener ${port} 127.0.0.1`,
		`cafile ${like.device.ca.certFile}`,
		`certfile ${chain}`,
		`keyfile ${join(core.stateDir, "server-rsa.key.pem")}`,
		"require_certificate true",
		`max_inflight_messages ${mosquittoInFlight}`,
		"max_queued_messages 0",
		"log_type error",
	];
	writeFileSync(config, `${lines.join("\n")}\n`);
	const child = spawn(program, ["-c", config], { stdio: "ignore" });
	closing(() => endProcess(child));
	await listening(port, program);
	return { ...like, process: child, port };
}

/** A connected client; `onPacket` takes what comes after CONNACK. */
export function openClient(
	{ port, serverName, rootCa, device }: Broker,
	clientId: string,
	onPacket: (packet: Packet, socket: TLSSocket) => void = () => {},
): Promise<TLSSocket> {
	const { cert, key } = device.identity;
	return new Promise((resolve, reject) => {
		const socket = connect({ host: "127.0.0.1", port, servername: serverName, ca: rootCa, cert, key });
		const packets = parser();
		packets.on("packet", packet => (packet.cmd === "connack" ? resolve(socket) : onPacket(packet, socket)));
		socket.on("data", data => packets.parse(data));
		socket.on("error", reject);
		socket.on("secureConnect", () =>
			socket.write(
				generate({ cmd: "connect", clientId, protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 600 }),
			),
		);
	});
}

/** Subscribes; resolves when that was acknowledged. At QoS 1 it acknowledges each message. */
export async function openSubscriber(
	broker: Broker,
	clientId: string,
	qos: 0 | 1,
	onMessage: () => void,
): Promise<TLSSocket> {
	let subscribed = () => {};
	const acknowledged = new Promise<void>(resolve => (subscribed = resolve));
	const socket = await openClient(broker, clientId, (packet, connection) => {
		if (packet.cmd === "suback") subscribed();
		if (packet.cmd !== "publish") return;
		if (qos === 1 && packet.messageId !== undefined)
			connection.write(generate({ cmd: "puback", messageId: packet.messageId }));
		onMessage();
	});
	socket.write(generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos }] }));
	await acknowledged;
	return socket;
}

/** Rejects when one of the connections is lost before they are closed. */
export function whenLost(sockets: readonly TLSSocket[]): Promise<never> {
	const lost = new Promise<never>((_, reject) => {
		for (const socket of sockets) socket.once("close", () => reject(new Error("The broker has dropped a connection.")));
	});
	lost.catch(() => {}); // that they are closed in the end is no failure
	return lost;
}

/** CPU time of a broker for each message, in microseconds. */
async function cpuOfMessages(broker: Broker, messages: number, work: () => Promise<void>): Promise<number> {
	const before = cpuOf(broker.process);
	await work();
	return ((cpuOf(broker.process) - before) * 1e6) / messages;
}

/** Work that a broker has to do, and how it is measured. */
export interface BrokerLoad {
	quantity: Quantity;
	repetitions: number;
	/** How many messages `prepare`'s result sends. */
	messages: number;
	/** Connects; what it returns sends the messages and resolves when all have arrived, and closes the connections. */
	prepare(broker: Broker): Promise<{ send(): Promise<void>; close(): void }>;
}

/** The same load on iot-core and, where it is installed, on mosquitto. */
export async function compareBrokers(context: RowContext, load: BrokerLoad): Promise<BenchFigure[]> {
	const { quantity, repetitions, messages, prepare } = load;
	const contender = (name: string, broker: Broker): Contender => ({
		name,
		async measure() {
			const { send, close } = await prepare(broker);
			try {
				return [await cpuOfMessages(broker, messages, send)];
			} finally {
				close();
			}
		},
	});
	const device = await makeDevice();
	const core = await startCore(context);
	await register(core.controlUrl, device.identity.cert);
	const own: Broker = {
		process: core.process,
		port: core.devicePort,
		serverName: core.endpoint,
		rootCa: readFileSync(core.rootCaFile, "utf8"),
		device,
	};
	const program = findProgram("mosquitto");
	const peer: Contender =
		program === undefined
			? { name: "mosquitto", missing: notInstalled("mosquitto") }
			: contender("mosquitto", await startMosquitto(program, core, own, context));
	return compare(context, {
		quantities: [quantity],
		contenders: [contender("iot-core", own), peer],
		repetitions,
		warmUps: 1,
	});
}
