// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { webcrypto } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
	AttachPolicyCommand,
	type CertificateStatus,
	CreatePolicyCommand,
	IoTClient,
	RegisterCertificateWithoutCACommand,
} from "@aws-sdk/client-iot";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { type IotCore, type IotCoreOptions, startIotCore } from "../../../tools/iot-core/core.js";
import { certificateIdFromDer } from "../../../tools/iot-core/registry/certificate.js";
import { X509CertificateGenerator } from "../../../tools/iot-core/x509.js";
import { stateFolder } from "./state-folder.js";

/** A device's certificate, self-signed: its issuer does not matter. */
export interface DeviceIdentity {
	certificateId: string;
	certificate: string;
	key: string;
	certificateFile: string;
	keyFile: string;
}

/** A policy statement as AWS writes it. */
export interface StatementJson {
	Effect: "Allow" | "Deny";
	Action: string | string[];
	Resource: string | string[];
	Condition?: Record<string, Record<string, string | string[]>>;
}

const waitMs = 240_000;
const ec = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;

/** Everything is allowed, as in the try-out that this project comes from. */
export const allowAll: StatementJson[] = [
	{
		Effect: "Allow",
		Action: ["iot:Connect", "iot:Publish", "iot:Receive", "iot:Subscribe", "iot:RetainPublish"],
		Resource: "*",
	},
];

/** A running iot-core in a folder of its own, with the log's lines and what an operator does. */
export class Fixture {
	readonly folder: string;
	readonly core: IotCore;
	readonly lines: string[];
	readonly client: IoTClient;
	#names = 0;
	readonly #watchers: Set<() => void>;

	private constructor(folder: string, core: IotCore, lines: string[], watchers: Set<() => void>) {
		this.#watchers = watchers;
		this.folder = folder;
		this.core = core;
		this.lines = lines;
		this.client = new IoTClient({
			endpoint: core.controlUrl,
			region: core.region,
			maxAttempts: 1,
			credentials: { accessKeyId: "any", secretAccessKey: "any" },
		});
	}

	static async start(options: Partial<IotCoreOptions> = {}): Promise<Fixture> {
		const folder = options.stateDir ?? (await stateFolder(mkdtempSync(join(tmpdir(), "iot-core-"))));
		const lines: string[] = [];
		const watchers = new Set<() => void>();
		const log = (line: string) => {
			lines.push(line);
			watchers.forEach(watcher => watcher());
		};
		const core = await startIotCore({
			devicePort: 0,
			controlPort: 0,
			...options,
			stateDir: folder,
			log,
			// Tests may connect again at once, unless it is that what they test.
			limits: { connectRate: Infinity, ...options.limits },
		});
		return new Fixture(folder, core, lines, watchers);
	}

	/** Stops, and removes the folder unless it is to be used again. */
	async close(keep = false): Promise<void> {
		this.client.destroy();
		await this.core.close();
		if (!keep) rmSync(this.folder, { recursive: true });
	}

	/** The first line of the log that matches, now or soon. */
	async logged(pattern: RegExp): Promise<string> {
		const find = () => this.lines.find(line => pattern.test(line));
		return (
			find() ??
			(await new Promise<string>((resolve, reject) => {
				const timer = setTimeout(() => {
					this.#watchers.delete(check);
					reject(new Error(`the log has no line like ${pattern}:\n${this.lines.join("\n")}`));
				}, waitMs);
				const check = () => {
					const line = find();
					if (line === undefined) return;
					clearTimeout(timer);
					this.#watchers.delete(check);
					resolve(line);
				};
				this.#watchers.add(check);
			}))
		);
	}

	/** Makes a certificate and its key, as PEM files too. */
	async makeDevice(subject = "CN=device"): Promise<DeviceIdentity> {
		const keys = await webcrypto.subtle.generateKey(ec, true, ["sign", "verify"]);
		const certificate = await X509CertificateGenerator.createSelfSigned({
			name: subject,
			keys,
			signingAlgorithm: ec,
			notBefore: new Date(Date.now() - dayMs),
			notAfter: new Date(Date.now() + dayMs),
		});
		const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
		const key = `-----BEGIN PRIVATE KEY-----\n${der.toString("base64")}\n-----END PRIVATE KEY-----\n`;
		const path = join(this.folder, `test-device-${++this.#names}`);
		const device = {
			certificateId: certificateIdFromDer(new Uint8Array(certificate.rawData)),
			certificate: `${certificate.toString("pem")}\n`,
			key,
			certificateFile: `${path}.crt.pem`,
			keyFile: `${path}.key.pem`,
		};
		writeFileSync(device.certificateFile, device.certificate);
		writeFileSync(device.keyFile, device.key);
		return device;
	}

	certificateArn({ certificateId }: DeviceIdentity): string {
		return `arn:aws:iot:${this.core.region}:${this.core.account}:cert/${certificateId}`;
	}

	async register({ certificate }: DeviceIdentity, status: CertificateStatus = "ACTIVE"): Promise<void> {
		await this.client.send(new RegisterCertificateWithoutCACommand({ certificatePem: certificate, status }));
	}

	/** Creates a policy of its own for a device and attaches it; returns its name. */
	async allow(device: DeviceIdentity, statements: StatementJson[]): Promise<string> {
		const policyName = `test-policy-${++this.#names}`;
		await this.client.send(
			new CreatePolicyCommand({
				policyName,
				policyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
			}),
		);
		await this.client.send(new AttachPolicyCommand({ policyName, target: this.certificateArn(device) }));
		return policyName;
	}

	/** A device that is registered, ACTIVE, and may do what the statements say: by default everything. */
	async makeRegisteredDevice(statements = allowAll, subject?: string): Promise<DeviceIdentity> {
		const device = await this.makeDevice(subject);
		await this.register(device);
		await this.allow(device, statements);
		return device;
	}

	/** An MQTT.js client of a device, which does not reconnect. */
	connect({ certificate, key }: DeviceIdentity, options: IClientOptions = {}): MqttClient {
		return mqtt.connect({
			host: "127.0.0.1",
			port: this.core.devicePort,
			protocol: "mqtts",
			servername: this.core.endpoint,
			ca: this.core.rootCa,
			cert: certificate,
			key,
			reconnectPeriod: 0,
			keepalive: 60,
			...options,
		});
	}
}

/** Settles when the emitter emits; rejects when that takes too long. */
export function happened(client: MqttClient, event: "connect" | "close"): Promise<void> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error(`no ${event} within ${waitMs} ms`)), waitMs);
		client.once(event, () => {
			clearTimeout(timer);
			resolve();
		});
	});
}

/** The next message that a client gets, as "topic payload". */
export function nextMessage(client: MqttClient): Promise<string> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error(`no message within ${waitMs} ms`)), waitMs);
		client.once("message", (topic, payload) => {
			clearTimeout(timer);
			resolve(`${topic} ${payload.toString()}`);
		});
	});
}

/** What a program wrote, and its exit status. */
export interface Run {
	status: number | null;
	stdout: string;
	stderr: string;
}

/** Runs a program to its end; each character of `input` is a byte. */
export function run(
	command: string,
	args: string[],
	options: { env?: Record<string, string>; input?: string } = {},
): Promise<Run> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, {
			env: { PATH: process.env.PATH, ...options.env },
			stdio: ["pipe", "pipe", "pipe"],
			timeout: 60_000,
		});
		const output = { stdout: "", stderr: "" };
		child.stdout.on("data", data => (output.stdout += data));
		child.stderr.on("data", data => (output.stderr += data));
		child.on("error", error =>
			reject(new Error(`${command} could not be run (${error.message}): install it from Debian`)),
		);
		child.on("close", status => resolve({ status, ...output }));
		child.stdin.on("error", () => {});
		child.stdin.end(options.input ?? "", "latin1");
	});
}
