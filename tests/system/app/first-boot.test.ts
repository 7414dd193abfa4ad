// SPDX-License-Identifier: MIT
/**
 * Boards whose first boots are disturbed: at each block that crosses the bus, a bit is wrong under a right CRC, so that nothing
 * below the application notices. No such boot may leave anything behind that stops a later one.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Operator } from "../../../tools/device/operator.js";
import { trustedRoots } from "../../../tools/device/roots.js";
import { startIotCore } from "../../../tools/iot-core/core.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { Device, startChip, withCleanUp } from "./picture.js";

/** Bits to invert, in the blocks' content: at the beginning (tags, lengths, the certificate's header), and further on. */
const bits = [8 * 9 + 7, 8 * 12 + 1, 8 * 60 + 2];
/** A process that ends with status 1 is started again, as a board starts again. */
const starts = 3;
/** Milliseconds that a start never takes. */
const hangs = 30_000;

interface Kept {
	base64: string;
}

/** The certificate in a board's flash; undefined when there is none. */
function keptCertificate(preferences: string): Buffer | undefined {
	if (!existsSync(preferences)) return undefined;
	const entries = JSON.parse(readFileSync(preferences, "utf8")) as [string, string, Kept][];
	const record = entries.find(([domain, name]) => domain === "se050" && name === "certificate")?.[2];
	return record && Buffer.from(record.base64, "base64").subarray(-1_000);
}

test("a board whose first boots are corrupted at every block comes in by itself, and keeps the right certificate only", () =>
	withCleanUp(async (folder, onEnd) => {
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
		const chip = await startChip(folder, "chip", "instant");
		onEnd(() => chip.close());
		await operator.register(
			`-----BEGIN CERTIFICATE-----\n${Buffer.from(chip.certificate).toString("base64")}\n-----END CERTIFICATE-----\n`,
		);
		const boot = (preferences: string) =>
			Device.start({
				endpoint: core.endpoint,
				port: core.devicePort,
				address: "127.0.0.1",
				trustedRoots: trustedRoots(core.rootCaFile),
				bus: chip.address,
				messages: 1,
				interval: 100,
				backoffBase: 1,
				backoffCap: 20,
				preferences,
			});

		chip.setFaults([]);
		assert.is((await (await boot(join(folder, "undisturbed.json"))).ended).status, 0);
		const exchanges = chip.exchanges;
		assert.ok(exchanges >= 7, `${exchanges} blocks of the host`);

		const disturbances = Array.from({ length: exchanges }, (_, index) =>
			bits.map(bit => ({ exchange: index + 1, bit })),
		);
		for (const { exchange, bit } of disturbances.flat()) {
			const preferences = join(folder, `flash-${exchange}-${bit}.json`);
			const lines: string[] = [];
			chip.setFaults([{ exchange, kind: "collision", from: "chip", bit }]);
			let status: number | null = null;
			for (let start = 0; start < starts && status !== 0; start += 1) {
				const device = await boot(preferences);
				const hang = setTimeout(() => void device.stop(), hangs);
				({ status } = await device.ended);
				clearTimeout(hang);
				lines.push(...device.lines);
			}
			assert.is(status, 0, `block ${exchange}, bit ${bit}:\n${lines.join("\n")}`);
			const kept = keptCertificate(preferences);
			if (kept) assert.ok(kept.includes(Buffer.from(chip.certificate)), `block ${exchange}: another one is kept`);
			chip.setFaults([]);
			const after = await boot(preferences);
			assert.is((await after.ended).status, 0, after.lines.join("\n"));
			assert.is(after.named("error").length, 0, after.lines.join("\n"));
		}
	}));

test.run();
