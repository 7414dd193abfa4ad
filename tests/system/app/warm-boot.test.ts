// SPDX-License-Identifier: MIT
/** The certificate is read from the chip once: what a board that starts again asks its chip for. */
import { X509Certificate } from "node:crypto";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Operator } from "../../../tools/device/operator.js";
import { trustedRoots } from "../../../tools/device/roots.js";
import { type IotCore, startIotCore } from "../../../tools/iot-core/core.js";
import type { ApduRecord } from "../../../tools/lib/chip-bus/records.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { type Chip, Device, startChip, withCleanUp } from "./picture.js";

interface Scene {
	folder: string;
	/** The board's flash. */
	preferences: string;
	/** Puts a chip in: the one whose state is in a file of that name. Its certificate is registered. */
	chip(name?: string): Promise<Chip>;
	/** Starts the board on a chip, to its first echo. */
	boot(chip: Chip, settings?: Record<string, string>): Promise<Boot>;
}

interface Boot {
	device: Device;
	commands: string[];
	source: string[];
	status: number | null;
}

const commandsOf = (chip: Chip) =>
	chip.trace
		.filter((record): record is ApduRecord => record.layer === "apdu" && record.from === "host")
		.map(({ command }) => command);

function pem(der: Uint8Array): string {
	return new X509Certificate(der).toString();
}

async function boot(core: IotCore, chip: Chip, preferences: string, settings: Record<string, string>): Promise<Boot> {
	const device = await Device.start({
		endpoint: core.endpoint,
		port: core.devicePort,
		address: "127.0.0.1",
		trustedRoots: trustedRoots(core.rootCaFile),
		bus: chip.address,
		messages: 1,
		interval: 100,
		backoffBase: 100,
		backoffCap: 1_000,
		preferences,
		...settings,
	});
	const { status } = await device.ended;
	return {
		device,
		commands: commandsOf(chip),
		source: device.named("certificate").map(({ fields }) => fields.source ?? ""),
		status,
	};
}

function scene(body: (given: Scene) => Promise<void>): Promise<void> {
	return withCleanUp(async (folder, onEnd) => {
		const core = await startIotCore({
			stateDir: await stateFolder(join(folder, "iot-core")),
			devicePort: 0,
			controlPort: 0,
			limits: { connectRate: Infinity },
		});
		onEnd(() => core.close());
		const operator = new Operator(core.controlUrl, core.region);
		onEnd(() => operator.close());
		await operator.createPolicy();
		const preferences = join(folder, "flash.json");
		await body({
			folder,
			preferences,
			async chip(name = "chip") {
				const chip = await startChip(folder, name, "instant");
				onEnd(() => chip.close());
				await operator.register(pem(chip.certificate));
				return chip;
			},
			boot: (chip, settings = {}) => boot(core, chip, preferences, settings),
		});
	});
}

const cold = ["SELECT", "ReadObject", "ReadObject", "ECDSASign"];
const warm = ["SELECT", "ReadObject", "ECDSASign"];

test("a cold start takes four APDUs and a warm boot three: SELECT, the UID, one signature", () =>
	scene(async given => {
		const chip = await given.chip();
		const first = await given.boot(chip);
		assert.equal(first.commands, cold);
		assert.equal(first.source, ["chip"]);
		chip.trace.length = 0;
		const second = await given.boot(chip);
		assert.equal(second.commands, warm);
		assert.equal(second.source, ["cache"]);
		assert.equal([first.status, second.status], [0, 0]);
		assert.is(
			second.device.named("certificate")[0]?.fields.certificateId,
			first.device.named("certificate")[0]?.fields.certificateId,
		);
		assert.ok(second.device.lines.includes("-----BEGIN CERTIFICATE-----"), "the certificate is shown at each start");
	}));

test("another chip on the same board is read again, and is the one that comes in", () =>
	scene(async given => {
		await given.boot(await given.chip("first"));
		const second = await given.chip("second");
		const { commands, source, status, device } = await given.boot(second);
		assert.equal(commands, cold);
		assert.equal(source, ["chip"]);
		assert.is(status, 0);
		assert.is(device.named("identity")[0]?.fields.uid, Buffer.from(second.uid).toString("hex"));
	}));

interface StoredObject {
	id: string;
	[property: string]: unknown;
}

/** Gives a chip, which is off, the key and the certificate of another one; it keeps its UID. */
function replacePair(stateFile: string, otherFile: string): void {
	const state = JSON.parse(readFileSync(stateFile, "utf8")) as { objects: StoredObject[] };
	const other = JSON.parse(readFileSync(otherFile, "utf8")) as { objects: StoredObject[] };
	const pair = ["F0000100", "F0000101"];
	const ofPair = ({ id }: StoredObject) => pair.includes(String(id).toUpperCase().replace("0X", ""));
	assert.is(state.objects.filter(ofPair).length, 2, "the state file has the pair");
	state.objects = [...state.objects.filter(object => !ofPair(object)), ...other.objects.filter(ofPair)];
	writeFileSync(stateFile, JSON.stringify(state));
}

test("a certificate and key that were replaced in the same chip are found out by the refusal, and read again", () =>
	scene(async given => {
		const chip = await given.chip(),
			donor = await given.chip("donor");
		await given.boot(chip);
		await chip.close();
		await donor.close();
		replacePair(chip.stateFile, donor.stateFile);
		const changed = await given.chip();
		const { source, status, device } = await given.boot(changed);
		assert.is(status, 0, device.lines.join("\n"));
		assert.equal(source, ["cache", "chip"]);
		assert.match(device.named("error")[0]?.fields.message ?? "", /alert|signature/);
		changed.trace.length = 0;
		const next = await given.boot(changed);
		assert.equal(next.source, ["cache"], "and kept");
		assert.equal(next.commands, warm);
	}));

test("flash that is damaged counts as empty, is reported, and is written again", () =>
	scene(async given => {
		const chip = await given.chip();
		for (const damage of [
			"",
			"{",
			"\u{0}\u{1}",
			'[["se050","certificate"]]',
			'[["se050","certificate",{"base64":"AAAA"}]]',
		]) {
			writeFileSync(given.preferences, damage);
			const { source, status } = await given.boot(chip);
			assert.equal([source, status], [["chip"], 0], damage);
		}
		chip.trace.length = 0;
		assert.equal((await given.boot(chip)).commands, warm);
		assert.is(statSync(given.preferences).mode & 0o777, 0o600);
	}));

test("flash that cannot be written is a warning, and the device works", () =>
	scene(async given => {
		const chip = await given.chip();
		const { status, device } = await given.boot(chip, { preferences: join(given.folder, "nowhere", "flash.json") });
		assert.is(status, 0);
		assert.ok(
			device
				.named("warning")
				.some(({ fields }) => /certificate is not kept.*nowhere.*No such file/.test(fields.message ?? "")),
			device.lines.join("\n"),
		);
		rmSync(given.preferences, { force: true });
	}));

test.run();
