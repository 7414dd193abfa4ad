// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Erratum } from "../../../tools/se050-sim/bus/errata.js";
import { startSimulator } from "../../../tools/se050-sim/simulator.js";
import { bytes, Host, requestTypes, responseTypes } from "./host.js";

const resyncRequest = bytes("5AC000FFFC");

const errata = suite<{ folder: string }>("errata");
errata.before(context => {
	context.folder = mkdtempSync(join(tmpdir(), "se050-errata-"));
});
errata.after(({ folder }) => rmSync(folder, { recursive: true }));

async function withChip(folder: string, list: Erratum[], action: (host: Host) => Promise<void>): Promise<void> {
	const chip = await startSimulator({
		stateFile: join(folder, "chip.json"),
		listen: { path: join(folder, "s") },
		clock: "virtual",
		latency: "instant",
		errata: list,
	});
	const host = await Host.connect(chip.address);
	await host.ena(0);
	await host.ena(1);
	try {
		await action(host);
	} finally {
		await host.close();
		await chip.close();
	}
}

const works = async (host: Host): Promise<boolean> =>
	(await host.write(resyncRequest)).type === responseTypes.ack && (await host.read(5)).payload[1] === 0xe0;

/** A write that no STOP follows. */
const writeWithoutStop = (host: Host) =>
	host.request(requestTypes.write, Buffer.concat([Buffer.of(0x48, 1), resyncRequest]));

for (const on of [true, false]) {
	errata(
		`an empty write ${on ? "makes the next frame unheard until a read" : "does nothing where the erratum is off"}`,
		({ folder }) =>
			withChip(folder, on ? ["empty-write"] : [], async host => {
				assert.is((await host.write(Buffer.alloc(0))).type, responseTypes.ack);
				assert.is(await works(host), !on);
				assert.is(await works(host), true);
			}),
	);

	errata(
		`a read after a repeated start ${on ? "hangs the chip until power goes" : "works where the erratum is off"}`,
		({ folder }) =>
			withChip(folder, on ? ["repeated-start"] : [], async host => {
				await writeWithoutStop(host);
				assert.is((await host.read(5)).type === responseTypes.data, !on);
				assert.is(await works(host), !on);
				await host.ena(0);
				await host.ena(1);
				assert.is(await works(host), true);
			}),
	);

	errata(
		`writing on and on over half an answer ${on ? "hangs the chip until power goes" : "is refused, and the rest can be read"}`,
		({ folder }) =>
			withChip(folder, on ? ["half-read"] : [], async host => {
				await host.write(resyncRequest);
				await host.read(2);
				for (let attempt = 0; attempt < 8; attempt++)
					assert.is((await host.write(resyncRequest)).type, responseTypes.nack);
				assert.is((await host.read(3)).type === responseTypes.data, !on);
				assert.is(await works(host), !on);
				await host.ena(0);
				await host.ena(1);
				assert.is(await works(host), true);
			}),
	);
}

errata("a host that drains half an answer in time does not hang the chip", ({ folder }) =>
	withChip(folder, ["half-read"], async host => {
		await host.write(resyncRequest);
		await host.read(2);
		await host.write(resyncRequest);
		await host.read(3);
		assert.is(await works(host), true);
	}),
);

errata.run();
