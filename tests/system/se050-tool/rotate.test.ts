// SPDX-License-Identifier: MIT
import { readFileSync, statSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { factoryKeysOf } from "../../../se050/scp03.js";
import { ChipProcess, withChip } from "../../../tools/se050/chip.js";
import { generateKeys, type KeySet, readKeys } from "../../../tools/se050/key-file.js";
import { rotateKeys } from "../../../tools/se050/rotate.js";
import type { TraceRecord } from "../../../tools/se050-sim/simulator.js";
import { type Bench, endBench, hex, se050, startBench, told } from "./tool.js";

interface Context extends Bench {
	trace: TraceRecord[];
}

async function opens(bus: string, scp03: KeySet): Promise<boolean> {
	return withChip({ bus, scp03 }, chip => chip.call("uid")).then(
		() => true,
		() => false,
	);
}

for (const [variant, oef] of [
	["SE050C1", 0xa200],
	["SE050E2", 0xa921],
] as const) {
	const rotate = suite<Context>(`new SCP03 keys for an ${variant}`);

	rotate.before.each(async context => {
		context.trace = [];
		Object.assign(context, await startBench({ variant, trace: record => context.trace.push(record) }));
	});
	rotate.after.each(endBench);

	const old = factoryKeysOf(oef) as KeySet;

	rotate("the new keys open a channel, the old ones do not any more", async ({ chip, file }) => {
		const next = generateKeys(file("keys"));
		await rotateKeys(chip.address, old, next);
		assert.ok(await opens(chip.address, next));
		assert.not(await opens(chip.address, old));
	});

	rotate("keys that are not the chip's change nothing, and cost it no failed try", async ({ chip, file, trace }) => {
		const [wrong, next] = [generateKeys(file("wrong")), generateKeys(file("keys"))];
		trace.length = 0;
		const failure = await rotateKeys(chip.address, wrong, next).then(
			() => "",
			(error: Error) => error.message,
		);
		assert.match(failure, /SCP03_WRONG_KEYS.* NEITHER the old nor the new/);
		assert.not(trace.some(record => record.layer === "apdu" && record.command === "EXTERNAL AUTHENTICATE"));
		assert.ok(await opens(chip.address, old));
	});

	rotate("what is said after a chip that was reset at any block is true", async ({ chip, file }) => {
		const [first, second] = [generateKeys(file("first")), generateKeys(file("second"))];
		let [present, next] = [old, first];
		chip.setFaults([]);
		await rotateKeys(chip.address, present, next);
		const exchanges = chip.exchanges;
		[present, next] = [first, second];
		for (let exchange = 4; exchange <= exchanges; exchange += 2)
			for (const when of ["before", "after"] as const) {
				chip.setFaults([{ kind: "reset", when, exchange }]);
				const failure = await rotateKeys(chip.address, present, next).then(
					() => "",
					(error: Error) => error.message,
				);
				chip.setFaults([]);
				const isNew = await opens(chip.address, next);
				assert.is(isNew, failure === "", `reset ${when} block ${exchange}: ${failure}`);
				assert.is(/still has the OLD keys/.test(failure), !isNew, failure);
				if (isNew) [present, next] = [next, present];
			}
	});

	rotate.run();
}

const cli = suite<Bench & { trace: string[] }>("npm run se050 -- rotate-scp03");
cli.before(async context => {
	context.trace = [];
	Object.assign(context, await startBench({ trace: record => context.trace.push(JSON.stringify(record)) }));
});
cli.after(endBench);

cli("does nothing without the option that says what may happen", async ({ file, bus }) => {
	const { status, complaint } = await se050(
		"rotate-scp03",
		"--current",
		"auto",
		"--new-keys",
		file("keys"),
		"--generate",
		...bus,
	);
	assert.is(status, 1);
	assert.match(complaint, /WARNING: this replaces the three keys.*Nothing was done/s);
	assert.throws(() => statSync(file("keys")), /ENOENT/);
});

cli(
	"makes keys, puts them in and proves them; no key is shown, nor crosses the bus",
	async ({ file, bus, chip, trace }) => {
		const said = await se050(
			"rotate-scp03",
			"--current",
			"auto",
			"--new-keys",
			file("keys"),
			"--generate",
			"--i-understand-this-can-lock-the-chip",
			...bus,
		);
		assert.is(said.status, 0, said.complaint);
		assert.match(said.output, /has opened a channel with them/);
		const keys = Object.values(readKeys(file("keys")));
		for (const text of [said.output, said.complaint, trace.join("")])
			assert.not(keys.some(key => text.toUpperCase().includes(key)));
		assert.match(await told("info", "--scp03-keys", file("keys"), ...bus), new RegExp(hex(chip.uid)));
		const { complaint } = await se050("info", "--scp03", "auto", ...bus);
		assert.match(complaint, /SCP03_WRONG_KEYS/);
	},
);

cli(
	"takes the keys of a file as the present ones, and no key is in the list of processes meanwhile",
	async ({ file, chip }) => {
		const keys = readKeys(file("keys"));
		const driver = await ChipProcess.open({ bus: chip.address, scp03: keys });
		try {
			await driver.call("uid");
			const commandLine = readFileSync(`/proc/${driver.processId}/cmdline`, "utf8");
			assert.match(commandLine, /driver\.xs/);
			assert.not.match(commandLine, new RegExp(keys.enc, "i"));
		} finally {
			await driver.close();
		}
	},
);

cli.run();
