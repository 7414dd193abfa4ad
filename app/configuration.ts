// SPDX-License-Identifier: MIT
import type { Fields } from "../modules/iot/events.js";
import type { Timers } from "../modules/iot/mqtt.js";
import { type ByteTaker, InputLines, type LineTaker } from "./input-lines.js";
import { readSerialCommand, type SerialCommand } from "./serial-command.js";
import { type Config, isConfigurable, settingText } from "./settings.js";
import type { SettingsStore, StoredSettings } from "./settings-store.js";

/**
 * The settings that differ from place to place and from fleet to fleet. The others belong to the image: the pins of the
 * chip's bus, because a wrong pin can stop the board before it reads a line (GPIO 6 to 11 are the flash of an ESP32); the
 * trusted roots and SCP03's keys, because the serial line must not decide whom the device believes; `network`, which
 * names what is built in; and the times that are the application's.
 */
export const configurable: readonly string[] = Object.freeze([
	"ssid",
	"password",
	"sntp",
	"endpoint",
	"port",
	"address",
	"topic",
	"clientId",
	"key",
	"keepAlive",
	"persistent",
	"interval",
]);

/** What is the same in each run: on the board it is in flash. */
export interface ConfigurationOptions {
	store: SettingsStore;
	/** mc/config. */
	compiledIn: Config;
	/** What a connection needs and the settings lack, as a sentence. @throws Error for a setting that is wrong */
	check(config: Config): string | undefined;
	/** Hands on what comes over the serial line; false when nothing can come. */
	input(taker: ByteTaker): boolean;
	/** UTF-8; throws for bytes that are not UTF-8. */
	decode(bytes: Uint8Array): string;
	timer: Timers;
	/** Starts the firmware again. */
	restart(): void;
}

/** Milliseconds between two lines that say what the device waits for. */
const reminder = 30_000;
/** Milliseconds from the answer to the restart: the answer goes out first. */
const restartDelay = 200;

/** Settings as JSON, which takes less memory than an object; undefined for none. */
function asText(values: StoredSettings): string | undefined {
	return Object.keys(values).length > 0 ? JSON.stringify(values) : undefined;
}

function parse(text: string | undefined): StoredSettings {
	return text === undefined ? {} : JSON.parse(text);
}

/** What a person does about settings that are wrong. */
const remedy = "Over the serial line, set gives another value, and erase returns to the settings of the build.";

function isEqual(one: StoredSettings, other: StoredSettings): boolean {
	const names = Object.keys(one);
	return names.length === Object.keys(other).length && names.every(name => one[name] === other[name]);
}

/** What is wrong is said by its place: it may be a password that stands in the wrong one. @throws Error */
function checkNames(names: readonly string[]): void {
	const wrong = names.findIndex(name => !configurable.includes(name));
	if (wrong >= 0)
		throw new Error(
			`Word ${wrong + 2} names a setting that cannot be given over the serial line; these can: ${configurable.join(", ")}.`,
		);
}

/** Settings given over the serial line, in place of those compiled in. What is stored is used from the next start on. */
export class Configuration implements LineTaker {
	readonly #options: ConfigurationOptions;
	readonly #report: (event: string, fields?: Fields) => void;
	/** What was stored when this run began. */
	#used: string | undefined;
	/** What is stored now. */
	#kept: string | undefined;
	#hasInput = false;
	/** Why the device has not started. */
	#waiting: string | undefined;

	constructor(options: ConfigurationOptions, report: (event: string, fields?: Fields) => void) {
		this.#options = options;
		this.#report = report;
	}

	/** The settings of this run: those compiled in, with those that were stored at the start in their place. */
	get config(): Config {
		return this.#used === undefined ? this.#options.compiledIn : this.#over(parse(this.#used));
	}

	/**
	 * Begins to listen, and reads what is stored; called once, before anything that a wrong setting can stop. A build with
	 * configure=0 does neither.
	 */
	start(): void {
		const { compiledIn, input, decode } = this.#options;
		if (!isConfigurable(compiledIn)) return;
		this.#hasInput = input(new InputLines(this, decode));
		const { values, isDamaged } = this.#read();
		const names = Object.keys(values);
		this.#used = this.#kept = asText(values);
		if (names.length > 0) this.#report("configured", { settings: String(names) });
		if (isDamaged) this.#warn(names.length > 0 ? "those stored before" : "the settings of the build");
	}

	/** Whether no setting of this run is wrong. Otherwise waits for others. @throws Error where none can be given, or none helps */
	isRight(): boolean {
		try {
			this.#options.check(this.config);
			return true;
		} catch (error) {
			if (!this.#hasInput || !this.#isCorrectable()) throw error;
			this.#wait(`${(error as Error).message} ${remedy}`);
			return false;
		}
	}

	/** Whether this run has what a connection needs. Otherwise waits for it. @throws Error where it cannot be given */
	isComplete(): boolean {
		const missing = this.#options.check(this.config);
		if (missing !== undefined) this.#wait(missing);
		return missing === undefined;
	}

	take(line: string): void {
		try {
			const command = readSerialCommand(line);
			if (command) this.#run(command);
		} catch (error) {
			this.#report("refused", { message: (error as Error).message });
		}
	}

	drop(why: string): void {
		this.#report("refused", { message: why });
	}

	#run(command: SerialCommand): void {
		if (command.name === "set") this.#set(command.pairs);
		else if (command.name === "erase") this.#erase(command.names);
		else if (command.name === "show") this.#show();
		else if (command.name === "restart") this.#restart();
		else this.#help();
	}

	#set(pairs: readonly (readonly [string, string])[]): void {
		const names = pairs.map(([name]) => name);
		checkNames(names);
		const values = { ...parse(this.#kept), ...Object.fromEntries(pairs) };
		const missing = this.#options.check(this.#over(values));
		this.#store(values);
		this.#changed("stored", names, values, missing);
	}

	#erase(names: readonly string[]): void {
		checkNames(names);
		const stored = Object.entries(parse(this.#kept));
		const values = Object.fromEntries(stored.filter(([name]) => names.length > 0 && !names.includes(name)));
		this.#store(values);
		this.#changed("erased", names.length > 0 ? names : configurable, values, this.#problem(values));
	}

	/** @throws Error of one sentence when nothing was stored */
	#store(values: StoredSettings): void {
		const { store } = this.#options;
		const text = asText(values);
		try {
			if (text === undefined) store.erase();
			else if (!isEqual(parse(this.#kept), values) || this.#read().isDamaged) store.write(values);
			if (!isEqual(this.#read().values, values)) throw new Error("it does not keep what is written");
		} catch (error) {
			throw new Error(`The settings were not changed: the storage failed (${(error as Error).message}). Try again.`);
		}
		this.#kept = text;
	}

	/** @param problem why the device cannot start with the new settings */
	#changed(event: string, names: readonly string[], values: StoredSettings, problem: string | undefined): void {
		const isReady = this.#waiting !== undefined && problem === undefined;
		this.#report(event, { settings: String(names), restart: isReady ? "now" : this.#restartFor(values) });
		if (isReady) return this.#restart();
		if (this.#waiting === undefined) return;
		this.#waiting = problem;
		this.#report("waiting", { message: problem });
	}

	/** Everything in use from the next start on, without the password. */
	#show(): void {
		const values = parse(this.#kept);
		const config = this.#over(values);
		const fields: Record<string, string> = {
			stored: String(Object.keys(values)) || "none",
			restart: this.#restartFor(values),
		};
		for (const name of configurable) fields[name] = settingText(config, name);
		if (fields.password !== "") fields.password = "(hidden)";
		this.#report("settings", fields);
	}

	#help(): void {
		this.#report("help", {
			commands: "set name=value …, show, erase [name …], restart",
			settings: String(configurable),
		});
	}

	#restart(): void {
		const { timer, restart } = this.#options;
		this.#report("restart");
		timer.set(() => restart(), restartDelay);
	}

	#warn(instead: string): void {
		this.#report("warning", {
			message: `The stored settings are damaged, or another version of the firmware wrote them: ${instead} are used. Give them again with set, or delete them with erase.`,
		});
	}

	/** The device cannot start: says so, now and at intervals. It restarts when other settings are there. */
	#wait(message: string): void {
		if (!this.#hasInput) throw new Error(message);
		this.#waiting = message;
		this.#remind();
	}

	#remind(): void {
		this.#report("waiting", { message: this.#waiting });
		this.#options.timer.set(() => this.#remind(), reminder);
	}

	/** Whether what is wrong is among what the serial line can set: without all that it can, nothing is wrong. */
	#isCorrectable(): boolean {
		const others = Object.entries(this.#options.compiledIn).filter(([name]) => !configurable.includes(name));
		try {
			this.#options.check(Object.fromEntries(others));
			return true;
		} catch {
			return false;
		}
	}

	#restartFor(values: StoredSettings): "needed" | "no" {
		return isEqual(values, parse(this.#used)) ? "no" : "needed";
	}

	/** Only what this firmware knows: a later one may have stored others. */
	#read(): { values: StoredSettings; isDamaged: boolean } {
		const { values, isDamaged } = this.#options.store.read();
		const known = Object.entries(values).filter(([name]) => configurable.includes(name));
		return { values: Object.fromEntries(known), isDamaged };
	}

	/** The settings compiled in are the prototype: a copy of them takes memory. */
	#over(values: StoredSettings): Config {
		return Object.setPrototypeOf({ ...values }, this.#options.compiledIn);
	}

	#problem(values: StoredSettings): string | undefined {
		try {
			return this.#options.check(this.#over(values));
		} catch (error) {
			return (error as Error).message;
		}
	}
}
