// SPDX-License-Identifier: MIT

/** Non-volatile storage of the SDK's form: its module `preference`. */
export interface SettingsStorage {
	get(domain: string, name: string): unknown;
	set(domain: string, name: string, value: string): void;
	delete(domain: string, name: string): void;
}

/** Settings by their names, all as text. */
export type StoredSettings = Readonly<Record<string, string>>;

export interface SettingsStoreOptions {
	storage: SettingsStorage;
	/** CRC-32 of a text's UTF-8. */
	checksum(text: string): number;
}

/** NVS on the ESP32 takes 15 characters of each. */
const domain = "settings";
const slots = Object.freeze(["a", "b"] as const);
type Slot = (typeof slots)[number];

/** The record's first word: it changes whenever the rest is laid out differently. */
const format = "1";

/** What stands in a slot; a record that is not whole has no values. */
interface Found {
	slot: Slot;
	/** The record with the highest number is the newest. */
	number: number;
	values: StoredSettings | undefined;
}

function isSettings(value: unknown): value is StoredSettings {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
	return Object.values(value).every(text => typeof text === "string");
}

/**
 * Settings in non-volatile storage. All are in one record, and there are two places for it: a new record goes into the
 * free one before the old one is deleted. So a power failure leaves all the old settings or all the new ones; the SDK's
 * `preference` deletes a value before it writes another one in its place.
 *
 * A record is a text: format, number, CRC-32 of number and values (hexadecimal), values as JSON.
 */
export class SettingsStore {
	readonly #options: SettingsStoreOptions;

	constructor(options: SettingsStoreOptions) {
		this.#options = options;
	}

	/** The settings, empty where none are stored; `isDamaged` when something is stored that cannot be used. */
	read(): { values: StoredSettings; isDamaged: boolean } {
		const records = this.#records();
		const isDamaged = records.some(record => record.values === undefined);
		return { values: this.#newest(records)?.values ?? {}, isDamaged };
	}

	/** Stores all of `values` in place of what was stored; none of it when it fails. @throws Error of the storage */
	write(values: StoredSettings): void {
		const records = this.#records();
		const newest = this.#newest(records);
		const free = newest?.slot === "a" ? "b" : "a";
		const content = `${(newest?.number ?? 0) + 1} ${JSON.stringify(values)}`;
		this.#options.storage.set(domain, free, `${format} ${this.#sum(content)} ${content}`);
		try {
			for (const record of records) if (record.slot !== free) this.#delete(record);
		} catch {
			// the new record is the newest
		}
	}

	/** Deletes what is stored: the newest record last, so that a power failure does not bring an older one back. */
	erase(): void {
		const records = this.#records();
		const newest = this.#newest(records);
		for (const record of records) if (record !== newest) this.#delete(record);
		if (newest) this.#delete(newest);
	}

	#delete({ slot }: Found): void {
		this.#options.storage.delete(domain, slot);
	}

	#records(): Found[] {
		const found: Found[] = [];
		for (const slot of slots) {
			const record = this.#record(slot);
			if (record) found.push(record);
		}
		return found;
	}

	#newest(records: readonly Found[]): Found | undefined {
		let newest: Found | undefined;
		for (const record of records) if (record.values && record.number > (newest?.number ?? 0)) newest = record;
		return newest;
	}

	#record(slot: Slot): Found | undefined {
		try {
			const text = this.#options.storage.get(domain, slot);
			return text === undefined || text === null ? undefined : { slot, ...this.#parse(text) };
		} catch {
			return { slot, number: 0, values: undefined };
		}
	}

	/** @throws Error for what is not a whole record */
	#parse(record: unknown): Omit<Found, "slot"> {
		const [of, sum, number = "", ...words] = String(record).split(" ");
		const json = words.join(" ");
		const values: unknown = of === format && sum === this.#sum(`${number} ${json}`) ? JSON.parse(json) : undefined;
		if (!isSettings(values)) throw new TypeError("not a record of settings");
		return { number: Number(number), values };
	}

	#sum(text: string): string {
		return this.#options.checksum(text).toString(16).padStart(8, "0");
	}
}
