// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Configuration, configurable } from "../../../app/configuration.js";
import type { ByteTaker } from "../../../app/input-lines.js";
import { Report } from "../../../app/report.js";
import { type Config, missingSettings, settings } from "../../../app/settings.js";
import { SettingsStore } from "../../../app/settings-store.js";
import { crc32 } from "../../../se050/crc32.js";
import { keyPair } from "../../../se050/objects.js";
import { scp03Option } from "../../../se050/scp03.js";
import { parseEvent, type SerialEvent } from "../../../tools/lib/serial-lines.js";
import { VirtualTime } from "../virtual-time.js";

const secret = "hunter2-hunter2";

/** A device whose storage outlives its runs. */
class Device {
	readonly flash = new Map<string, string>();
	readonly lines: string[] = [];
	readonly events: SerialEvent[] = [];
	restarts = 0;
	failure: Error | undefined;
	configuration!: Configuration;
	time!: VirtualTime;
	#taker: ByteTaker | undefined;

	constructor(
		readonly compiledIn: Config,
		readonly hasInput = true,
	) {
		this.start();
	}

	/** Power on. @returns whether the program would connect */
	start(): boolean {
		this.time = new VirtualTime();
		this.#taker = undefined;
		const print = (line: string) => {
			this.lines.push(line);
			const event = parseEvent(line);
			if (event) this.events.push(event);
		};
		const report = new Report({ print, now: () => 0 });
		const storage = {
			get: (_: string, name: string) => this.flash.get(name),
			set: (_: string, name: string, value: string) => {
				if (this.failure) throw this.failure;
				this.flash.set(name, value);
			},
			delete: (_: string, name: string) => void this.flash.delete(name),
		};
		this.configuration = new Configuration(
			{
				store: new SettingsStore({ storage, checksum: text => crc32(Buffer.from(text)) }),
				compiledIn: this.compiledIn,
				check: config => missingSettings(settings(config, { key: keyPair, scp03: scp03Option }), ["ssid"]),
				input: taker => {
					this.#taker = taker;
					return this.hasInput;
				},
				decode: bytes => Buffer.from(bytes).toString(),
				timer: this.time.timer,
				restart: () => void (this.restarts += 1),
			},
			(name, fields) => report.event(name, fields),
		);
		this.configuration.start();
		return this.configuration.isRight() && this.configuration.isComplete();
	}

	get listens(): boolean {
		return this.#taker !== undefined;
	}

	/** Types lines; returns the events that they cause. */
	type(...lines: string[]): SerialEvent[] {
		const before = this.events.length;
		for (const line of lines) this.#taker?.push(Uint8Array.from(Buffer.from(`${line}\n`)).buffer);
		return this.events.slice(before);
	}

	/** The one event that a line causes. */
	answer(line: string): SerialEvent {
		const [event, ...more] = this.type(line);
		assert.ok(event && more.length === 0, `${line}: ${JSON.stringify([event, ...more])}`);
		return event as SerialEvent;
	}
}

const complete = { ssid: "built", endpoint: "built.example", bus: "i2c:sda=21,scl=22" };

test("stored settings take the place of those compiled in from the next start on, and erase brings those back", () => {
	const device = new Device(complete);
	assert.equal(device.answer(`set ssid="My Network" password=${secret} port=443`).fields, {
		settings: "ssid,password,port",
		restart: "needed",
	});
	assert.is(device.configuration.config.ssid, "built");
	assert.ok(device.start());
	assert.equal(device.events.at(-1)?.fields, { settings: "ssid,password,port" });
	const { ssid, password, port, endpoint, bus } = device.configuration.config;
	assert.equal([ssid, password, port, endpoint, bus], ["My Network", secret, "443", complete.endpoint, complete.bus]);
	assert.equal(device.answer("erase port").fields, { settings: "port", restart: "needed" });
	assert.equal(device.answer("erase").fields, { settings: String(configurable), restart: "needed" });
	assert.ok(device.start());
	assert.equal({ ...device.configuration.config }, complete);
	assert.is(device.flash.size, 0);
});

test("show says what is in effect and what is stored, without the password", () => {
	const device = new Device({ ...complete, password: "compiled-in-secret" });
	const before = device.answer("show").fields;
	assert.equal([before.stored, before.restart, before.ssid, before.password], ["none", "no", "built", "(hidden)"]);
	assert.equal([before.port, before.topic, before.sntp], ["8883", "test_topic/esp32", "pool.ntp.org"]);
	device.type(`set password=${secret} endpoint=other.example`);
	const after = device.answer("show").fields;
	assert.equal([after.stored, after.restart, after.endpoint], ["password,endpoint", "needed", "other.example"]);
	device.type("set password=");
	assert.is(device.answer("show").fields.password, "");
	assert.equal(Object.keys(after).slice(2), [...configurable]);
});

test("nothing is stored when one value is wrong, for each setting, in the words of a compiled-in one", () => {
	const device = new Device(complete);
	const wrong: Record<string, string> = {
		ssid: "x".repeat(33),
		password: "short",
		sntp: "a/b",
		endpoint: "https://a.b",
		port: "0",
		address: "1.2.3",
		topic: "a/#",
		clientId: "base32",
		key: "F0009999",
		keepAlive: "5",
		persistent: "2",
		interval: "1",
	};
	assert.equal(Object.keys(wrong), [...configurable]);
	for (const [name, value] of Object.entries(wrong)) {
		const given = name === "ssid" ? "topic=right" : "ssid=right";
		const { name: event, fields } = device.answer(`set ${given} ${name}=${value}`);
		assert.is(event, "refused", name);
		assert.is(device.flash.size, 0, name);
		try {
			settings({ ...complete, [name]: value }, { key: keyPair, scp03: scp03Option });
			assert.unreachable(name);
		} catch (error) {
			assert.is(fields.message, (error as Error).message);
		}
	}
});

test("what belongs to the image cannot be given", () => {
	const device = new Device(complete);
	for (const name of [
		"bus",
		"hz",
		"trustedRoots",
		"scp03",
		"network",
		"configure",
		"selftest",
		"preferences",
		"__proto__",
		"seed",
	]) {
		assert.match(
			device.answer(`set ssid=right ${name}=1`).fields.message ?? "",
			/^(Word 3 names a setting that cannot|Word 3 is not name=value)/,
		);
		assert.match(device.answer(`erase ${name}`).fields.message ?? "", /^Word 2 names a setting that cannot/);
	}
	assert.is(device.flash.size, 0);
});

test("a device without settings says what it waits for, again every 30 s, and restarts when it has all", () => {
	const device = new Device({});
	assert.match(device.events.at(-1)?.fields.message ?? "", /^The settings "ssid" and "endpoint" are missing/);
	device.time.advance(60_000);
	assert.is(device.events.filter(({ name }) => name === "waiting").length, 3);
	const [stored, waiting] = device.type("set ssid=home");
	assert.is(stored?.fields.restart, "needed");
	assert.match(waiting?.fields.message ?? "", /^The setting "endpoint" is missing/);
	assert.equal(
		device.type("set endpoint=a.b").map(({ name, fields }) => [name, fields.restart]),
		[
			["stored", "now"],
			["restart", undefined],
		],
	);
	assert.is(device.restarts, 0);
	device.time.advance(1_000);
	assert.is(device.restarts, 1);
	assert.ok(device.start());
});

test("a wrong setting of the build makes it wait, and a right one over the line repairs it", () => {
	const device = new Device({ ...complete, port: "abc" });
	assert.match(device.events.at(-1)?.fields.message ?? "", /port=abc must be a whole number.*set gives another value/);
	assert.equal(
		device.type("set port=8883").map(({ name }) => name),
		["stored", "restart"],
	);
	assert.ok(device.start());
});

test("a wrong setting that the serial line cannot set ends the program, without advice to set another value", () => {
	for (const wrong of [{ hz: 5 }, { scp03: "abc" }, { hz: 5, port: "abc" }])
		assert.throws(
			() => new Device({ ...complete, ...wrong }),
			({ message }: Error) => !message.includes("Over the serial line"),
		);
});

test("stored settings that a later firmware refuses can be corrected or erased", () => {
	for (const repair of ["set port=8883", "erase", "erase port"]) {
		const device = new Device(complete);
		const content = '7 {"port":"99999999","fromTheFuture":"1"}';
		device.flash.set("b", `1 ${crc32(Buffer.from(content)).toString(16).padStart(8, "0")} ${content}`);
		assert.not.ok(device.start());
		assert.is(device.configuration.config.fromTheFuture, undefined);
		assert.is(device.answer("show").fields.stored, "port");
		assert.is(device.type(repair)[0]?.fields.restart, "now", repair);
		assert.ok(device.start());
	}
});

test("damaged settings are reported, those of the build are used, and new ones are taken", () => {
	const device = new Device(complete);
	device.flash.set("a", "\u0001garbage");
	assert.ok(device.start());
	assert.match(device.events.at(-1)?.fields.message ?? "", /damaged.*the settings of the build are used/);
	assert.is(device.configuration.config.ssid, "built");
	device.type("set ssid=new");
	device.events.length = 0;
	assert.ok(device.start());
	assert.equal(
		device.events.map(({ name }) => name),
		["configured"],
	);
});

test("a failure of the storage is a refusal, and nothing has changed", () => {
	const device = new Device(complete);
	device.type("set ssid=first");
	device.failure = new Error("nvs set fail");
	assert.match(
		device.answer("set ssid=second").fields.message ?? "",
		/^The settings were not changed: the storage failed \(nvs set fail\)/,
	);
	device.failure = undefined;
	device.start();
	assert.is(device.configuration.config.ssid, "first");
});

test("settings that are stored already are not written again", () => {
	const device = new Device(complete);
	device.type("set ssid=same");
	device.failure = new Error("written");
	assert.is(device.answer("set ssid=same").name, "stored");
});

test("the same settings given again repair a storage in which another record is damaged", () => {
	const device = new Device(complete);
	device.type("set ssid=same");
	device.flash.set("b", "\u0001garbage");
	device.start();
	assert.match(device.events.at(-1)?.fields.message ?? "", /damaged.*those stored before are used/);
	assert.is(device.answer("set ssid=same").fields.restart, "no");
	device.events.length = 0;
	assert.ok(device.start());
	assert.equal(
		device.events.map(({ name }) => name),
		["configured"],
	);
	assert.is(device.flash.size, 1);
});

test("configure=0 neither listens nor reads what is stored", () => {
	const device = new Device({ ...complete });
	device.type("set ssid=stored");
	Object.assign(device.compiledIn, { configure: "0" });
	device.start();
	assert.not.ok(device.listens);
	assert.is(device.configuration.config.ssid, "built");
});

test("where nothing can be given, what is missing or wrong ends the program as before", () => {
	assert.throws(() => new Device({ ssid: "home" }, false), /"endpoint" is missing/);
	assert.throws(
		() => new Device({ ...complete, port: "abc" }, false),
		/^The setting port=abc must be a whole number from 1 to 65535\.$/,
	);
});

test("no password is printed, whatever is typed around it", () => {
	const device = new Device({ ...complete, password: `compiled-${secret}` });
	device.type(
		`set password=${secret}`,
		"show",
		`set password=${secret} port=0`,
		`set port=0 password=${secret}`,
		`set password="${secret}" bus=x`,
		`set passwrd=${secret}`,
		`set password ${secret}`,
		`erase ${secret}`,
		`${secret}`,
		`restart ${secret}`,
		`set password=${secret.repeat(9)}`,
		`set password=${secret}é`,
		`set x password=${secret.repeat(90)}`,
		"help",
		"erase password",
	);
	device.start();
	assert.not.ok(
		device.lines.some(line => line.includes("hunter2")),
		device.lines.join("\n"),
	);
	assert.ok(device.lines.length > 12);
});

test("10,000 random lines, long ones and null bytes: each answer is one readable line, and the device goes on", () => {
	const device = new Device(complete);
	let state = 11;
	const random = (bound: number) => {
		state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
		return (state >> 8) % bound;
	};
	const words = [
		"set",
		"erase",
		"show",
		"ssid=",
		"port=1",
		"port=x",
		"\0",
		"\r",
		'"',
		"topic=a/b",
		"\u001b[2J",
		"é",
		"x".repeat(700),
		"password=",
		"=",
		"help",
	];
	for (let count = 0; count < 10_000; count++) {
		let line = "";
		for (let word = random(7); word >= 0; word--) line += words[random(words.length)] + (random(3) === 0 ? "" : " ");
		device.type(line);
	}
	assert.is(device.lines.length, device.events.length);
	assert.not.ok(device.lines.some(line => /[^ -~À-￿]/.test(line)));
	device.type("");
	assert.is(device.answer("show").name, "settings");
});

test.run();
