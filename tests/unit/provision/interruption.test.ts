// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ProvisionJournal } from "../../../tools/provision/journal.js";
import { chip, type MadeChip } from "./chips.js";
import { FakeIot } from "./fake-iot.js";
import { runOnce, type Setup, temporaryFolder, type WatchedJournal } from "./harness.js";
import { seeded, VirtualPacingClock } from "./virtual-clock.js";

/** Lets so many events happen, and none after: the process is dead, though its memory goes on for a while. */
class Death {
	#left: number;

	constructor(left: number) {
		this.#left = left;
	}

	readonly event = (): void => {
		if (this.#left-- <= 0) throw new Error("dead");
	};

	/** False when the program ended before its death came. */
	get came(): boolean {
		return this.#left < 0;
	}

	/** Dies before or behind each of the journal's writes. */
	readonly watchJournal = (journal: ProvisionJournal): WatchedJournal => {
		const around = async (write: () => Promise<void>) => {
			this.event();
			await write();
			this.event();
		};
		return {
			state: id => journal.state(id),
			begun: (id, device) => around(() => journal.begun(id, device)),
			done: id => around(() => journal.done(id)),
			removing: (id, policies) => around(() => journal.removing(id, policies)),
			removed: id => around(() => journal.removed(id)),
			policiesToDelete: id => journal.policiesToDelete(id),
		};
	};
}

async function runUntilDeath(chips: readonly MadeChip[], setup: Setup, events: number): Promise<boolean> {
	const death = new Death(events);
	setup.fake.hook = death.event;
	await runOnce(chips, { ...setup, watchJournal: death.watchJournal }).catch(() => undefined);
	setup.fake.hook = () => undefined;
	return death.came;
}

async function uninterrupted(chips: readonly MadeChip[], setup: Partial<Setup>): Promise<object> {
	const fake = new FakeIot();
	await runOnce(chips, { fake, folder: temporaryFolder(), ...setup });
	return fake.state;
}

const chips = [0, 1, 2].map(index => chip(index));

const plus = ["BABQAYZBuu6b9x4EJzPSPh+Q", "BABQAbENPT+nWIUEJxnSPh+Q"].map((id, index) =>
	chip(index, { uid: Buffer.from(id, "base64").toString("hex") }),
);

const fleets: [string, MadeChip[], Partial<Setup>][] = [
	["a fleet's policy", chips, { runs: { concurrency: 1 } }],
	["a policy for each device", plus, { runs: { concurrency: 1, form: "base64" } }],
];

for (const [name, devices, setup] of fleets) {
	test(`killed at any point, the next run ends as if nothing had happened, with no write repeated and none refused: ${name}`, async () => {
		const expected = await uninterrupted(devices, setup);
		let points = 0;
		for (let died = true; died; points++) {
			const fake = new FakeIot();
			const folder = temporaryFolder();
			died = await runUntilDeath(devices, { fake, folder, ...setup }, points);
			await runOnce(devices, { fake, folder, ...setup });
			assert.equal(fake.state, expected, `point ${points}`);
			assert.is(
				new Set(fake.writes).size,
				fake.writes.length,
				`point ${points}: a write is repeated: ${fake.writes.join("\n")}`,
			);
			assert.equal(fake.refusals, [], `point ${points}`);
		}
		assert.ok(points > 30, `only ${points} points`);
	});
}

test("killed fifty times at random points with many under way, the end is the same, with no write repeated and none refused", async () => {
	const seed = Date.now() % 1_000_000;
	const random = seeded(seed);
	const many = Array.from({ length: 60 }, (_, index) => chip(index));
	const fake = new FakeIot();
	const folder = temporaryFolder();
	const setup = { fake, folder, clock: new VirtualPacingClock(random), runs: { concurrency: 8 } };
	for (let kill = 0; kill < 50; kill++) await runUntilDeath(many, setup, Math.floor(random() * 80));
	await runOnce(many, setup);
	const state = await uninterrupted(many, {});
	assert.equal(fake.state, state, `seed ${seed}`);
	assert.is(new Set(fake.writes).size, fake.writes.length, `seed ${seed}`);
	assert.equal(fake.refusals, [], `seed ${seed}`);
});

for (const [name, devices, options] of fleets) {
	test(`killed at any point of a removal, the next removal leaves nothing but the fleet's policy: ${name}`, async () => {
		let points = 0;
		for (let died = true; died; points++) {
			const fake = new FakeIot();
			const folder = temporaryFolder();
			const setup: Setup = { fake, folder, ...options };
			await runOnce(devices, setup);
			const shared = [...fake.policies.keys()].filter(policy => policy.startsWith("moddable-se050-thing-"));
			fake.writes.length = 0;
			died = await runUntilDeath(devices, { ...setup, mode: "remove" }, points);
			await runOnce(devices, { ...setup, mode: "remove" });
			assert.is(
				fake.certificates.size + fake.things.size + fake.attachedPolicies.size + fake.attachedThings.size,
				0,
				`point ${points}`,
			);
			assert.equal([...fake.policies.keys()], shared, `point ${points}`);
			assert.equal(fake.refusals, [], `point ${points}`);
			const results = await runOnce(devices, { ...setup, mode: "remove" });
			assert.ok(
				results.every(({ result }) => result === "absent"),
				`point ${points}`,
			);
		}
		assert.ok(points > 30, `only ${points} points`);
	});
}

test.run();
