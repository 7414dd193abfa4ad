// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SettingsStore, type StoredSettings } from "../../../app/settings-store.js";
import { crc32 } from "../../../se050/crc32.js";

/** Non-volatile storage that loses power before a step: `set` deletes first and then writes, as the SDK's does. */
class Flash {
	readonly values = new Map<string, unknown>();
	/** Steps until the power fails. */
	power = Number.POSITIVE_INFINITY;
	steps = 0;

	#step(act: () => void): void {
		if (this.power <= 0) throw new Error("power failure");
		this.power -= 1;
		this.steps += 1;
		act();
	}

	get(domain: string, name: string): unknown {
		assert.is(domain, "settings");
		return this.values.get(name);
	}

	set(_domain: string, name: string, value: string): void {
		this.delete("settings", name);
		this.#step(() => this.values.set(name, value));
	}

	delete(_domain: string, name: string): void {
		this.#step(() => this.values.delete(name));
	}
}

const checksum = (text: string) => crc32(Buffer.from(text));
const on = (storage: Flash) => new SettingsStore({ storage, checksum });
const home = { ssid: "home", password: "old-password" };
const work = { ssid: "work", password: "new-password", endpoint: "a.b" };

test("an empty storage has no settings, and nothing is wrong with it", () => {
	assert.equal(on(new Flash()).read(), { values: {}, isDamaged: false });
});

test("settings are read as they were written, also after many writes, and one record stays", () => {
	const flash = new Flash(),
		store = on(flash);
	for (let round = 0; round < 20; round++) {
		const values = { ssid: `network ${round}`, password: '"\\ä€😀\u0001' };
		store.write(values);
		assert.equal(on(flash).read(), { values, isDamaged: false });
		assert.is(flash.values.size, 1);
	}
});

test("a power failure at any step of a write leaves all the old settings or all the new ones", () => {
	for (let rounds = 0; rounds < 3; rounds++) {
		const seen = new Set<string>();
		for (let power = 0; power < 5; power++) {
			const flash = new Flash(),
				store = on(flash);
			for (let round = 0; round <= rounds; round++) store.write(home);
			flash.power = power;
			try {
				store.write(work);
			} catch (error) {
				assert.is((error as Error).message, "power failure");
			}
			flash.power = Number.POSITIVE_INFINITY;
			const { values, isDamaged } = on(flash).read();
			assert.not.ok(isDamaged);
			assert.ok(
				[home, work].some(one => JSON.stringify(one) === JSON.stringify(values)),
				JSON.stringify(values),
			);
			seen.add(values.ssid as string);
			on(flash).write(work);
			assert.equal(on(flash).read(), { values: work, isDamaged: false });
		}
		assert.equal([...seen].sort(), ["home", "work"]);
	}
});

test("a power failure while settings are erased leaves the newest ones or none, never older ones", () => {
	/** A flash in which an older record stays, with the newest in either place. */
	const both = (writes: number) => {
		const flash = new Flash(),
			store = on(flash);
		for (let count = 0; count < writes; count++) store.write(home);
		flash.power = 2; // the old record stays
		store.write(work);
		flash.power = Number.POSITIVE_INFINITY;
		assert.is(flash.values.size, 2);
		return flash;
	};
	for (const writes of [1, 2])
		for (let power = 0; power < 3; power++) {
			const flash = both(writes);
			flash.power = power;
			try {
				on(flash).erase();
			} catch (error) {
				assert.is((error as Error).message, "power failure");
			}
			const { values } = on(flash).read();
			assert.equal(values, power < 2 ? work : {});
		}
});

test("whatever is damaged is reported and not used; the next write or erasure repairs it", () => {
	const flash = new Flash();
	on(flash).write(home);
	const [[slot, whole]] = [...flash.values] as [[string, string]];
	const damages: unknown[] = [
		"",
		"garbage",
		42,
		true,
		new ArrayBuffer(8),
		whole.slice(0, -1),
		`${whole} `,
		whole.replace("1 ", "2 "), // another format
		whole.replace("home", "hOme"),
		whole.replace(/ 1 \{/, " 9 {"), // the number is part of the sum
	];
	for (const json of ["[1]", '["x"]', "null", '"text"', '{"ssid":1}', "{", ""])
		damages.push(`1 ${checksum(`1 ${json}`).toString(16).padStart(8, "0")} 1 ${json}`);
	for (const damaged of damages)
		for (const repair of [(store: SettingsStore) => store.write(work), (store: SettingsStore) => store.erase()]) {
			const hurt = new Flash();
			hurt.values.set(slot, damaged);
			assert.equal(on(hurt).read(), { values: {}, isDamaged: true }, String(damaged));
			repair(on(hurt));
			const { isDamaged, values } = on(hurt).read();
			assert.not.ok(isDamaged, String(damaged));
			assert.ok(hurt.values.size <= 1);
			assert.ok([{}, work].some((one: StoredSettings) => JSON.stringify(one) === JSON.stringify(values)));
		}
});

test("a damaged record next to a whole one is reported, and the whole one is used", () => {
	const flash = new Flash();
	on(flash).write(home);
	const [slot] = [...flash.values.keys()];
	flash.values.set(slot === "a" ? "b" : "a", "garbage");
	assert.equal(on(flash).read(), { values: home, isDamaged: true });
});

test("storage that cannot be read counts as damaged; storage that cannot be written leaves what is there", () => {
	const flash = new Flash();
	on(flash).write(home);
	const failing = Object.assign(Object.create(flash) as Flash, {
		get() {
			throw new Error("nvs get fail");
		},
	});
	assert.equal(on(failing).read(), { values: {}, isDamaged: true });
	flash.power = 0;
	assert.throws(() => on(flash).write(work), /power failure/);
	assert.equal(on(flash).read(), { values: home, isDamaged: false });
});

test.run();
