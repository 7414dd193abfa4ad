// SPDX-License-Identifier: MIT
/** What iot-core refuses, the device explains; and once the operator mends it, the running device comes in by itself. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import {
	AttachPolicyCommand,
	type CertificateStatus,
	CreatePolicyCommand,
	DetachPolicyCommand,
	IoTClient,
	RegisterCertificateWithoutCACommand,
	UpdateCertificateCommand,
} from "@aws-sdk/client-iot";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { issue } from "../../../tools/bench/tls/pki.js";
import { certificateId } from "../../../tools/device/operator.js";
import { trustedRoots } from "../../../tools/device/roots.js";
import { type IotCore, startIotCore } from "../../../tools/iot-core/core.js";
import { pemOf } from "../../../tools/lib/pem.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { type Chip, Device, startChip, withCleanUp } from "./picture.js";

/** The longest wait before the next connection, in milliseconds: after a refusal too, where it is 30 s at first otherwise. */
const longestWait = 1_000;

type Action = "Connect" | "Subscribe" | "Receive" | "Publish";
const everything: readonly Action[] = ["Connect", "Subscribe", "Receive", "Publish"];

/** A running iot-core, its log, and what an operator does with AWS' SDK. */
class Cloud {
	readonly core: IotCore;
	readonly log: string[];
	#client: IoTClient;

	static async start(folder: string): Promise<Cloud> {
		const log: string[] = [];
		return new Cloud(
			await startIotCore({
				stateDir: await stateFolder(`${folder}/iot-core`),
				devicePort: 0,
				controlPort: 0,
				log: line => log.push(line),
			}),
			log,
		);
	}

	private constructor(core: IotCore, log: string[]) {
		this.core = core;
		this.log = log;
		this.#client = new IoTClient({
			endpoint: core.controlUrl,
			region: core.region,
			credentials: { accessKeyId: "any", secretAccessKey: "any" },
		});
	}

	async close(): Promise<void> {
		this.#client.destroy();
		await this.core.close();
	}

	async register(pem: string, status: CertificateStatus): Promise<void> {
		await this.#client.send(new RegisterCertificateWithoutCACommand({ certificatePem: pem, status }));
	}

	async setStatus(pem: string, newStatus: CertificateStatus): Promise<void> {
		await this.#client.send(new UpdateCertificateCommand({ certificateId: certificateId(pem), newStatus }));
	}

	/** Makes a policy that allows these actions on everything, and attaches it. */
	async allow(pem: string, policyName: string, actions: readonly Action[]): Promise<void> {
		const statement = { Effect: "Allow", Action: actions.map(action => `iot:${action}`), Resource: "*" };
		await this.#client.send(
			new CreatePolicyCommand({
				policyName,
				policyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
			}),
		);
		await this.#client.send(new AttachPolicyCommand({ policyName, target: this.#arn(pem) }));
	}

	async detach(pem: string, policyName: string): Promise<void> {
		await this.#client.send(new DetachPolicyCommand({ policyName, target: this.#arn(pem) }));
	}

	#arn(pem: string): string {
		return `arn:aws:iot:${this.core.region}:${this.core.account}:cert/${certificateId(pem)}`;
	}

	async logged(pattern: RegExp): Promise<void> {
		for (let tries = 0; tries < 12_000; tries += 1) {
			if (this.log.some(line => pattern.test(line))) return;
			await delay(20);
		}
		throw new Error(`the log has no line like ${pattern}:\n${this.log.join("\n")}`);
	}
}

interface Scene {
	cloud: Cloud;
	chip: Chip;
	/** The chip's certificate. */
	pem: string;
	clientId: string;
	/** Starts the firmware on the chip. */
	device(config?: Record<string, string | number>): Promise<Device>;
}

function scene(body: (given: Scene) => Promise<void>): Promise<void> {
	return withCleanUp(async (folder, onEnd) => {
		const cloud = await Cloud.start(folder);
		onEnd(() => cloud.close());
		const chip = await startChip(folder, "chip", "instant");
		onEnd(() => chip.close());
		const { core } = cloud;
		const device = async (config = {}) => {
			const started = await Device.start({
				endpoint: core.endpoint,
				port: core.devicePort,
				address: "127.0.0.1",
				trustedRoots: trustedRoots(core.rootCaFile),
				bus: chip.address,
				interval: 100,
				backoffBase: longestWait,
				backoffCap: longestWait,
				...config,
			});
			onEnd(() => started.stop());
			return started;
		};
		await body({
			cloud,
			chip,
			device,
			pem: pemOf(chip.certificate),
			clientId: Buffer.from(chip.uid).toString("base64"),
		});
	});
}

/** The device's first error has these words, it says when it comes again, and iot-core's log has the reason. */
async function refused({ cloud }: Scene, device: Device, words: RegExp, reason: RegExp): Promise<void> {
	const { fields } = await device.event("error");
	assert.match(fields.message ?? "", words);
	const {
		fields: { seconds },
	} = await device.event("retry");
	assert.ok(Number(seconds) <= longestWait / 1_000, seconds);
	await cloud.logged(reason);
}

async function comesIn(device: Device): Promise<void> {
	const { fields } = await device.event("receive", device.named("receive").length + 1);
	assert.is(fields.own, "true");
}

const refusedCertificate = /not registered.*not ACTIVE.*server name/;

test("an unregistered chip is refused by its certificate's id, and comes in when it is registered", () =>
	scene(async given => {
		const { cloud, pem } = given;
		const device = await given.device();
		await refused(
			given,
			device,
			refusedCertificate,
			new RegExp(`refused 127\\.0\\.0\\.1:\\d+: certificate ${certificateId(pem)} is not registered`),
		);
		await cloud.register(pem, "ACTIVE");
		await cloud.allow(pem, "all", everything);
		await comesIn(device);
	}));

test("an INACTIVE certificate is refused, and comes in when it is ACTIVE", () =>
	scene(async given => {
		const { cloud, pem } = given;
		await cloud.register(pem, "INACTIVE");
		await cloud.allow(pem, "all", everything);
		const device = await given.device();
		await refused(
			given,
			device,
			refusedCertificate,
			new RegExp(`certificate ${certificateId(pem)} is INACTIVE, not ACTIVE`),
		);
		await cloud.setStatus(pem, "ACTIVE");
		await comesIn(device);
	}));

test("a certificate that is made INACTIVE while the device is in ends the connection; it comes back when it is ACTIVE", () =>
	scene(async given => {
		const { cloud, pem } = given;
		await cloud.register(pem, "ACTIVE");
		await cloud.allow(pem, "all", everything);
		const device = await given.device();
		await device.event("receive");
		await cloud.setStatus(pem, "INACTIVE");
		await cloud.logged(/disconnecting .* is INACTIVE, not ACTIVE/);
		await device.event("error");
		await cloud.setStatus(pem, "ACTIVE");
		await device.event("subscribed", 2);
		await comesIn(device);
	}));

test("a server name that is not the endpoint's is refused, and the device is told to use the complete name", () =>
	scene(async given => {
		const { cloud, pem } = given;
		await cloud.register(pem, "ACTIVE");
		await cloud.allow(pem, "all", everything);
		const other = cloud.core.endpoint.replace(/^.{14}/, "a0000000000000");
		const device = await given.device({ endpoint: other });
		await refused(
			given,
			device,
			/unrecognized_name.*complete endpoint name/,
			new RegExp(`SNI names ${other}, the endpoint is ${cloud.core.endpoint}`),
		);
		assert.equal(device.named("secured"), []);
	}));

/** What `openssl s_client` says when it connects with a certificate. */
async function sClient({ core }: Cloud, args: readonly string[]): Promise<string> {
	const child = spawn(
		"openssl",
		["s_client", "-connect", `127.0.0.1:${core.devicePort}`, "-CAfile", core.rootCaFile, ...args],
		{ stdio: ["pipe", "pipe", "pipe"], timeout: 10_000 },
	);
	let output = "";
	child.stdout.on("data", (data: Buffer) => (output += data.toString()));
	child.stderr.on("data", (data: Buffer) => (output += data.toString()));
	await once(child, "close");
	return output;
}

for (const version of ["-tls1_2", "-tls1_3"])
	test(`a registered certificate without SNI is refused with missing_extension (openssl s_client ${version})`, () =>
		scene(async ({ cloud }) => {
			const identity = await issue({ subject: "CN=device" });
			await cloud.register(identity.cert, "ACTIVE");
			await cloud.allow(identity.cert, "all", everything);
			const output = await sClient(cloud, [
				version,
				"-cert",
				identity.certFile,
				"-key",
				identity.keyPemFile,
				"-noservername",
			]);
			assert.match(output, /alert missing extension|alert number 109/);
			await cloud.logged(new RegExp(`no SNI was sent, which certificate ${certificateId(identity.cert)} needs`));
		}));

for (const [action, allowed, words, reason] of [
	[
		"connect",
		["Subscribe", "Receive", "Publish"],
		/CONNACK.*iot:Connect on client\/CLIENT/,
		/no attached policy allows iot:Connect on CLIENT/,
	],
	[
		"subscribe",
		["Connect", "Receive", "Publish"],
		/SUBACK.*iot:Subscribe on topicfilter\/test_topic\/esp32/,
		/no attached policy allows iot:Subscribe on test_topic\/esp32/,
	],
	[
		"publish",
		["Connect", "Subscribe", "Receive"],
		/after a PUBLISH.*iot:Publish/,
		/no attached policy allows iot:Publish on test_topic\/esp32/,
	],
] as const)
	test(`a policy that forbids to ${action} is named by the device and by the log, and the device comes in when the policy allows it`, () =>
		scene(async given => {
			const { cloud, pem, clientId } = given;
			const of = (pattern: RegExp) => new RegExp(pattern.source.replace("CLIENT", clientId.replace(/[+/]/g, "\\$&")));
			await cloud.register(pem, "ACTIVE");
			await cloud.allow(pem, "too-little", allowed);
			const device = await given.device();
			await refused(given, device, of(words), of(reason));
			await cloud.allow(pem, "all", everything);
			await comesIn(device);
		}));

test("a policy that is taken away ends the connection, and the device names what it lacks", () =>
	scene(async given => {
		const { cloud, pem } = given;
		await cloud.register(pem, "ACTIVE");
		await cloud.allow(pem, "all", everything);
		const device = await given.device();
		await device.event("receive");
		await cloud.detach(pem, "all");
		await cloud.logged(/no attached policy allows iot:(Connect|Publish)/);
		await device.event("error");
		await cloud.allow(pem, "again", everything);
		await device.event("subscribed", 2);
		await comesIn(device);
	}));

test.run();
