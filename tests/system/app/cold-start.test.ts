// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Operator } from "../../../tools/device/operator.js";
import { trustedRoots } from "../../../tools/device/roots.js";
import { startIotCore } from "../../../tools/iot-core/core.js";
import type { ApduRecord, TraceRecord } from "../../../tools/lib/chip-bus/records.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { type Chip, Device, startChip, withCleanUp } from "./picture.js";

interface ColdStart {
	chip: Chip;
	device: Device;
}

/** A chip whose certificate is registered, and a firmware on it that ends after its first echo. */
function coldStart(
	check: (run: ColdStart) => void,
	variant: "release" | "sanitize" = "release",
	settings: Record<string, string> = {},
): Promise<void> {
	return withCleanUp(async (folder, onEnd) => {
		const core = await startIotCore({
			stateDir: await stateFolder(join(folder, "iot-core")),
			devicePort: 0,
			controlPort: 0,
		});
		onEnd(() => core.close());
		const chip = await startChip(folder);
		onEnd(() => chip.close());
		const operator = new Operator(core.controlUrl, core.region);
		onEnd(() => operator.close());
		await operator.createPolicy();
		await operator.register(new X509Certificate(chip.certificate).toString());
		const device = await Device.start(
			{
				endpoint: core.endpoint,
				port: core.devicePort,
				address: "127.0.0.1",
				trustedRoots: trustedRoots(core.rootCaFile),
				bus: chip.address,
				messages: 1,
				interval: 100,
				...settings,
			},
			variant,
		);
		onEnd(() => device.stop());
		const { status } = await device.ended;
		assert.is(status, 0, device.lines.join("\n"));
		check({ chip, device });
	});
}

const commands = (trace: readonly TraceRecord[]) =>
	trace.filter((record): record is ApduRecord => record.layer === "apdu" && record.from === "host");

test("a cold start, up to the first echo, takes four APDUs: SELECT, the UID, the certificate, one signature", async () => {
	await coldStart(({ chip }) => {
		assert.equal(
			commands(chip.trace).map(({ command }) => command),
			["SELECT", "ReadObject", "ReadObject", "ECDSASign"],
		);
	});
});

test("no private key of the chip crosses its bus, and the one that signs cannot be read", async () => {
	await coldStart(({ chip }) => {
		const { objects } = JSON.parse(readFileSync(chip.stateFile, "utf8")) as {
			objects: { type: string; privateKey?: string }[];
		};
		const crossed = chip.trace
			.map(record => ("bytes" in record ? (record.bytes ?? "") : ""))
			.join("\n")
			.toLowerCase();
		assert.ok(
			crossed.includes(Buffer.from(chip.certificate.slice(0, 64)).toString("hex")),
			"the trace sees what crosses",
		);
		const scalars = objects
			.filter(({ type }) => type === "ec-key-pair")
			.map(({ privateKey = "" }) => privateKey.toLowerCase());
		assert.ok(scalars.length >= 3, "the chip has three factory keys of P-256");
		for (const scalar of scalars) {
			assert.is(scalar.length, 64);
			assert.not(crossed.includes(scalar.slice(0, 16)), "not even its first bytes");
			assert.not(crossed.includes(scalar.slice(-16)), "nor its last ones");
		}
		for (const { privateKey } of objects)
			assert.not(privateKey !== undefined && crossed.includes(privateKey.toLowerCase()));
	});
});

test("the firmware tells UID, client id, certificate, each step and each message", async () => {
	await coldStart(({ chip, device }) => {
		assert.equal(
			[...new Set(device.events.map(({ name }) => name))].filter(name => name !== "warning"),
			[
				"start",
				"chip",
				"identity",
				"certificate",
				"connect",
				"connected",
				"secured",
				"accepted",
				"subscribed",
				"publish",
				...(device.named("puback").length ? ["puback"] : []),
				"receive",
				"done",
			],
		);
		const [identity] = device.named("identity");
		assert.is(identity?.fields.uid, Buffer.from(chip.uid).toString("hex"));
		assert.is(identity?.fields.clientId, Buffer.from(chip.uid).toString("base64"));
		assert.is(identity?.fields.clientId?.length, 24);
	});
});

test("with Platform SCP03 neither UID nor certificate nor signature crosses the bus in the clear", async () => {
	await coldStart(
		({ chip, device }) => {
			const blocks = chip.trace
				.map(record => (record.layer === "i2c" ? (record.bytes ?? "") : ""))
				.join("\n")
				.toLowerCase();
			assert.not(blocks.includes(Buffer.from(chip.uid).toString("hex")));
			assert.not(blocks.includes(Buffer.from(chip.certificate.slice(0, 16)).toString("hex")));
			assert.ok(device.named("receive").length > 0);
		},
		"release",
		{ scp03: "auto" },
	);
});

test("under ASan and UBSan the whole run is clean", async () => {
	await coldStart(({ device }) => {
		assert.not(
			device.lines.some(line => /AddressSanitizer|runtime error|LeakSanitizer/.test(line)),
			device.lines.join("\n"),
		);
	}, "sanitize");
});

test.run();
