// SPDX-License-Identifier: MIT
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";
import {
	AttachPolicyCommand,
	CreatePolicyCommand,
	IoTClient,
	RegisterCertificateWithoutCACommand,
} from "@aws-sdk/client-iot";
import { generate, type Packet, parser } from "mqtt-packet";

import { root } from "../lib/root.js";
import { alignCells } from "./table.js";

const mosquitto = "/usr/sbin/mosquitto";
const messages = 20_000,
	inFlight = 50;
const fanOutMessages = 1_000,
	subscribers = 50;
/** Messages to one subscriber that may be on their way, so that nobody drops any. */
const fanOutAhead = 20;
const payload = Buffer.alloc(100, "x");
const topic = "bench/topic";
const lifeDays = "2";

/** A broker in a process of its own. */
interface Broker {
	name: string;
	process: ChildProcess;
	port: number;
	serverName: string;
	ca: string;
}

interface DeviceFiles {
	certificate: string;
	key: string;
	file: string;
}

/** CPU time of one message, in microseconds of user and system time. */
interface Cost {
	oneToOne: number;
	fanOut: number;
}

/** User and system time of a process, in microseconds (proc(5), stat, fields 14 and 15). */
function cpuMicroseconds({ pid }: ChildProcess): number {
	const ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
	const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticks;
}

function makeDevice(folder: string): DeviceFiles {
	const file = join(folder, "device.crt.pem"),
		keyFile = join(folder, "device.key.pem");
	const generateKey = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
	execFileSync("openssl", [...generateKey, "-keyout", keyFile, "-out", file, "-subj", "/CN=bench", "-days", lifeDays], {
		stdio: "ignore",
	});
	return { certificate: readFileSync(file, "utf8"), key: readFileSync(keyFile, "utf8"), file };
}

async function startIotCore(folder: string, device: DeviceFiles): Promise<Broker> {
	const args = ["tools/run.mjs", "iot-core", "--state", folder, "--port", "0", "--control-port", "0"];
	const child = spawn(process.execPath, [...args, "--page-port", "0", "--rates", "1000"], {
		cwd: root,
		stdio: ["ignore", "pipe", "inherit"],
	});
	let output = "";
	await new Promise<void>((resolve, reject) => {
		child.stdout.on("data", data => {
			output += data;
			if (output.includes("Stop with")) resolve();
		});
		child.once("exit", () => reject(new Error(`iot-core ended before it was ready: ${output}`)));
	});
	const found = (pattern: RegExp) => pattern.exec(output)?.[1] ?? "";
	const client = new IoTClient({
		endpoint: found(/control plane +(\S+)/),
		region: "ap-northeast-1",
		credentials: { accessKeyId: "any", secretAccessKey: "any" },
	});
	const policyName = "bench";
	const Statement = [{ Effect: "Allow", Action: "iot:*", Resource: "*" }];
	const policyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
	const { certificateArn } = await client.send(
		new RegisterCertificateWithoutCACommand({ certificatePem: device.certificate, status: "ACTIVE" }),
	);
	await client.send(new CreatePolicyCommand({ policyName, policyDocument }));
	await client.send(new AttachPolicyCommand({ policyName, target: certificateArn }));
	client.destroy();
	return {
		name: "iot-core",
		process: child,
		port: Number(found(/devices +127\.0\.0\.1:(\d+)/)),
		serverName: found(/endpoint +(\S+)/),
		ca: readFileSync(found(/root CA +(\S+)/), "utf8"),
	};
}

/** mosquitto with the same server's certificate and the same device's. */
async function startMosquitto(folder: string, device: DeviceFiles, like: Broker): Promise<Broker> {
	const port = await freePort();
	const chain = join(folder, "chain.pem");
	writeFileSync(
		chain,
		["server-rsa", "intermediate-ca-rsa"].map(name => readFileSync(join(folder, `${name}.crt.pem`), "utf8")).join(""),
	);
	const config = join(folder, "mosquitto.conf");
	const lines = [
		"user root",
		"allow_anonymous true",
		`listener ${port} 127.0.0.1`,
		`cafile ${device.file}`,
		`certfile ${chain}`,
		`keyfile ${join(folder, "server-rsa.key.pem")}`,
		"require_certificate true",
		`max_inflight_messages ${2 * inFlight}`,
		"max_queued_messages 0",
		"log_type error",
	];
	writeFileSync(config, `${lines.join("\n")}\n`);
	const child = spawn(mosquitto, ["-c", config], { stdio: "ignore" });
	await listening(port);
	return { ...like, name: "mosquitto", process: child, port };
}

/** Resolves when something listens on a port. @throws Error when nothing does for ten seconds */
async function listening(port: number): Promise<void> {
	for (let attempt = 0; attempt < 100; attempt++) {
		const reached = await new Promise<boolean>(resolve => {
			const socket = connectTcp(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
			socket.on("connect", () => socket.destroy());
		});
		if (reached) return;
		await delay(100);
	}
	throw new Error(`${mosquitto} does not listen on port ${port}: run it with -v to see why.`);
}

function freePort(): Promise<number> {
	return new Promise(resolve => {
		const server = createServer().listen(0, "127.0.0.1", () => {
			const address = server.address();
			server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
		});
	});
}

/** A connected client; `onPacket` takes what comes after CONNACK. */
function open(
	{ port, serverName, ca }: Broker,
	{ certificate, key }: DeviceFiles,
	clientId: string,
	onPacket: (packet: Packet, socket: TLSSocket) => void = () => {},
): Promise<TLSSocket> {
	return new Promise((resolve, reject) => {
		const socket = connect({ host: "127.0.0.1", port, servername: serverName, ca, cert: certificate, key });
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

/** Subscribes, and resolves when that was acknowledged and `count` messages came. */
async function subscriber(
	broker: Broker,
	device: DeviceFiles,
	{ clientId, qos, onMessage }: { clientId: string; qos: 0 | 1; onMessage(): void },
): Promise<TLSSocket> {
	let subscribed = () => {};
	const acknowledged = new Promise<void>(resolve => (subscribed = resolve));
	const socket = await open(broker, device, clientId, (packet, connection) => {
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

/** QoS 1 from one client to another, 100 B over TLS: CPU of the broker for a message. */
async function oneToOne(broker: Broker, device: DeviceFiles): Promise<number> {
	let received = 0;
	let done = () => {};
	const all = new Promise<void>(resolve => (done = resolve));
	const onMessage = () => {
		if (++received === messages) done();
	};
	const receiving = await subscriber(broker, device, { clientId: "to", qos: 1, onMessage });
	let sent = 0;
	const sending = await open(broker, device, "from", packet => {
		if (packet.cmd === "puback") send();
	});
	const send = () => {
		if (sent >= messages) return;
		const messageId = (sent++ % 65_535) + 1;
		sending.write(generate({ cmd: "publish", topic, payload, qos: 1, messageId, dup: false, retain: false }));
	};
	const before = cpuMicroseconds(broker.process);
	for (let count = 0; count < inFlight; count++) send();
	await all;
	const cost = (cpuMicroseconds(broker.process) - before) / messages;
	for (const socket of [sending, receiving]) socket.destroy();
	return cost;
}

/** QoS 0 from one client to fifty: CPU of the broker for a delivered message. */
async function fanOut(broker: Broker, device: DeviceFiles): Promise<number> {
	let received = 0;
	const sockets: TLSSocket[] = [];
	for (let number = 0; number < subscribers; number++)
		sockets.push(await subscriber(broker, device, { clientId: `s-${number}`, qos: 0, onMessage: () => received++ }));
	const sending = await open(broker, device, "from");
	const before = cpuMicroseconds(broker.process);
	const packet = generate({ cmd: "publish", topic, payload, qos: 0, dup: false, retain: false });
	const turn = () => new Promise(resolve => setImmediate(resolve));
	for (let sent = 0; sent < fanOutMessages; sent++) {
		sending.write(packet);
		while (sent * subscribers - received > fanOutAhead * subscribers) await turn();
	}
	while (received < fanOutMessages * subscribers) await turn();
	const cost = (cpuMicroseconds(broker.process) - before) / (fanOutMessages * subscribers);
	for (const socket of [sending, ...sockets]) socket.destroy();
	return cost;
}

async function measure(broker: Broker, device: DeviceFiles): Promise<Cost> {
	return { oneToOne: await oneToOne(broker, device), fanOut: await fanOut(broker, device) };
}

/** CPU of iot-core for a message, with mosquitto's in the same run where it is installed: a table. */
export async function brokerTable(): Promise<string> {
	const folder = mkdtempSync(join(tmpdir(), "bench-broker-"));
	const running: Broker[] = [];
	try {
		const device = makeDevice(folder);
		const own = await startIotCore(folder, device);
		running.push(own);
		const costs = [await measure(own, device)];
		if (existsSync(mosquitto)) {
			const peer = await startMosquitto(folder, device, own);
			running.push(peer);
			costs.push(await measure(peer, device));
		}
		const [ours, theirs] = costs;
		const row = (what: string, of: (cost: Cost) => number) => {
			const value = ours === undefined ? 0 : of(ours);
			const peer = theirs === undefined ? undefined : of(theirs);
			return [
				what,
				`${value.toFixed(1)} us`,
				peer === undefined ? "mosquitto is not installed" : `${peer.toFixed(1)} us`,
				peer === undefined ? "" : (value / peer).toFixed(1),
			];
		};
		return alignCells([
			["CPU of the broker, 100 B over TLS", "iot-core", "mosquitto", "ratio"],
			row(`QoS 1, one to one, ${inFlight} in flight, a message`, ({ oneToOne: cost }) => cost),
			row(`QoS 0, one to ${subscribers}, a delivered message`, ({ fanOut: cost }) => cost),
		]);
	} finally {
		for (const { process: child } of running) child.kill("SIGTERM");
		rmSync(folder, { recursive: true, force: true });
	}
}
