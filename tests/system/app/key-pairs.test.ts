// SPDX-License-Identifier: MIT
/** Setting `key`: the device comes in with any of the factory's pairs; a chip that lacks it says so. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Operator } from "../../../tools/device/operator.js";
import { trustedRoots } from "../../../tools/device/roots.js";
import { startIotCore } from "../../../tools/iot-core/core.js";
import type { ApduRecord } from "../../../tools/lib/chip-bus/records.js";
import { startSimulator } from "../../../tools/se050-sim/simulator.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { Device, withCleanUp } from "./picture.js";

/** A file of the chip, as its state holds it. */
function fileOf(stateFile: string, id: string): Uint8Array | undefined {
	const { objects } = JSON.parse(readFileSync(stateFile, "utf8")) as { objects: { id: string; data?: string }[] };
	const data = objects.find(object => object.id === id)?.data;
	return data === undefined ? undefined : Buffer.from(data, "hex");
}

interface Run {
	device: Device;
	status: number | null;
	commands: string[];
	registered: X509Certificate | undefined;
}

/** Registers the certificate of a pair and runs the firmware with that pair, to its first echo or its error. */
function run(settings: Record<string, string>, variant: string, check: (run: Run) => void): Promise<void> {
	return withCleanUp(async (folder, onEnd) => {
		const core = await startIotCore({
			stateDir: await stateFolder(join(folder, "iot-core")),
			devicePort: 0,
			controlPort: 0,
		});
		onEnd(() => core.close());
		const commands: string[] = [],
			stateFile = join(folder, "chip.json");
		const chip = await startSimulator({
			stateFile,
			variant,
			listen: { path: join(folder, "chip.sock") },
			clock: "real",
			latency: "instant",
			trace: record =>
				record.layer === "apdu" && record.from === "host" && commands.push((record as ApduRecord).command ?? ""),
		});
		onEnd(() => chip.close());
		const operator = new Operator(core.controlUrl, core.region);
		onEnd(() => operator.close());
		await operator.createPolicy();
		const { key = "F0000100" } = settings;
		const der = fileOf(stateFile, `0x${(Number.parseInt(key, 16) + 1).toString(16).toUpperCase()}`);
		const registered = der && new X509Certificate(der);
		if (registered) await operator.register(registered.toString());
		const device = await Device.start({
			endpoint: core.endpoint,
			port: core.devicePort,
			address: "127.0.0.1",
			trustedRoots: trustedRoots(core.rootCaFile),
			bus: chip.address,
			messages: 1,
			interval: 100,
			...settings,
		});
		onEnd(() => device.stop());
		const { status } = await device.ended;
		check({ device, status, commands, registered });
	});
}

for (const [key, type, signature] of [
	["F0000100", "ec", "ECDSASign"],
	["F0000102", "ec", "ECDSASign"],
	["0xf0000000", "ec", "ECDSASign"],
	["F0000110", "rsa", "RSADecrypt"],
] as const)
	test(`with key=${key} the device shows that pair's certificate, ${type}, and the chip signs by ${signature}`, () =>
		run({ key }, "SE050C1", ({ device, status, commands, registered }) => {
			assert.is(registered?.publicKey.asymmetricKeyType, type);
			assert.is(status, 0, device.lines.join("\n"));
			assert.is(
				device.named("certificate")[0]?.fields.certificateId,
				registered?.fingerprint256.replaceAll(":", "").toLowerCase(),
			);
			assert.equal(
				commands.filter(command => /Sign|Decrypt/.test(command)),
				[signature],
			);
		}));

for (const [key, variant, object] of [
	["F0000110", "SE050E2", "0xF0000111"],
	["F0000100", "SE050B1", "0xF0000101"],
] as const)
	test(`an ${variant}, which has no pair ${key}, is reported with the object that is missing`, () =>
		run({ key }, variant, ({ device, status }) => {
			assert.is(status, 1);
			const [error] = device.named("error");
			assert.is(error?.fields.step, "start");
			assert.match(
				error?.fields.message ?? "",
				new RegExp(`object ${object} is not in this chip; which objects the factory puts in`),
			);
			assert.is(device.named("error").length, 1);
		}));

test("a key that is no pair of the factory's is refused with those that are", () =>
	run({ key: "F0000101" }, "SE050C1", ({ device, status }) => {
		assert.is(status, 1);
		assert.match(
			device.named("error")[0]?.fields.message ?? "",
			/"F0000101" is not a key pair of the factory: use one of 0xF0000100 \(P-256\)/,
		);
	}));

test.run();
