// SPDX-License-Identifier: MIT
/** `npm run board -- configure` against the real firmware behind a pseudo-terminal, and the firmware's commands by hand. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { Operator } from "../../../tools/device/operator.js";
import { endpointSettings, type FirmwareSettings, SimulatedDevice } from "../../../tools/device/simulated-device.js";
import { type IotCore, startIotCore } from "../../../tools/iot-core/core.js";
import { root } from "../../../tools/lib/root.js";
import type { SerialEvent } from "../../../tools/lib/serial-lines.js";
import { withCleanUp } from "../app/picture.js";
import { CommandLine, runTool } from "../command-line.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { SerialLine } from "../provision/serial-line.js";

const secret = "hunter2-hunter2";

type OnEnd = (close: () => unknown) => void;

/** A firmware on a simulated chip, whose serial line is a pseudo-terminal, and whose flash outlives its processes. */
class Board {
	readonly lines: string[] = [];
	/** What becomes of text on its way to the board; a character is a byte. */
	disturb = (text: string): string => text;

	static async make(folder: string, onEnd: OnEnd, name: string): Promise<Board> {
		const device = await SimulatedDevice.make({ folder, name, latency: "instant" });
		onEnd(() => device.stop());
		const line = await SerialLine.open();
		onEnd(() => line.close());
		return new Board(device, line, join(folder, `${name}-flash.json`));
	}

	private constructor(
		readonly device: SimulatedDevice,
		readonly line: SerialLine,
		readonly flash: string,
	) {
		device.onLine = text => {
			this.lines.push(text);
			line.write(text);
		};
		line.onWritten(text => device.firmware?.process.stdin?.write(Buffer.from(this.disturb(text), "latin1")));
	}

	async switchOn(settings: FirmwareSettings): Promise<void> {
		this.device.switchOn({
			built: await build(),
			input: "pipe",
			settings: { interval: 500, backoffCap: 2_000, preferences: this.flash, ...settings },
		});
	}

	/** Sends bytes, as any terminal does. */
	type(data: string | Uint8Array): void {
		this.device.firmware?.process.stdin?.write(data);
	}

	named(name: string): SerialEvent[] {
		return this.device.events.filter(event => event.name === name);
	}

	/** Waits for the event number `count` of a name. */
	async event(name: string, count = 1): Promise<SerialEvent> {
		for (let waited = 0; waited < 240_000; waited += 20) {
			const found = this.named(name)[count - 1];
			if (found) return found;
			await delay(20);
		}
		throw new Error(`No ${count}. event "${name}" within 240 s:\n${this.lines.join("\n")}`);
	}
}

async function startCloud(folder: string, onEnd: OnEnd): Promise<{ core: IotCore; operator: Operator }> {
	const core = await startIotCore({ stateDir: await stateFolder(join(folder, "core")), devicePort: 0, controlPort: 0 });
	onEnd(() => core.close());
	const operator = new Operator(core.controlUrl, core.region);
	onEnd(() => operator.close());
	await operator.createPolicy();
	return { core, operator };
}

test("one image, two boards: each waits, is given its own settings by the tool, and echoes; they stay, and can be erased", () =>
	withCleanUp(async (folder, onEnd) => {
		const { core, operator } = await startCloud(folder, onEnd);
		const boards = [await Board.make(folder, onEnd, "one"), await Board.make(folder, onEnd, "two")];
		const { endpoint, port, address, trustedRoots } = endpointSettings(core);
		for (const board of boards) {
			await operator.register(board.device.certificate);
			await board.switchOn({ trustedRoots: trustedRoots ?? "" });
			const { fields } = await board.event("waiting");
			assert.match(fields.message ?? "", /^The setting "endpoint" is missing/);
			assert.is(board.named("identity").length, 1, "the chip is read meanwhile, so that it can be registered");
		}
		const ports = boards.flatMap(({ line }) => ["--port", line.path]);
		const given = [
			`endpoint=${endpoint}`,
			`port=${port}`,
			`address=${address}`,
			"ssid=My Network ä",
			`password=${secret}`,
		];
		const { status, stdout, stderr } = await runTool("board", ["configure", ...ports, ...given]);
		assert.is(status, 0, stdout + stderr);
		for (const board of boards) {
			assert.match(
				stdout,
				new RegExp(
					`^${board.line.path}: stored endpoint, port, address, ssid, password; the board has restarted$`,
					"m",
				),
			);
			await board.event("receive");
			assert.match(readFileSync(board.flash, "utf8"), /My Network ä/);
		}
		assert.match(stdout, /^ {2}ssid {8}stored {2}My Network ä$/m);
		assert.match(stdout, /^ {2}password {4}stored {2}\(hidden\)$/m);
		assert.match(stdout, /^ {2}topic {7}build {3}test_topic\/esp32$/m);
		for (const text of [stdout, stderr, ...boards.flatMap(({ lines }) => lines)])
			assert.not.ok(text.includes(secret), text);

		const [one] = boards as [Board, Board];
		await one.device.switchOff();
		await one.switchOn({ trustedRoots: trustedRoots ?? "" });
		await one.event("configured", 2);
		const echoes = one.named("receive").length;
		await one.event("receive", echoes + 1);

		const erased = await runTool("board", ["configure", "--port", one.line.path, "--erase"]);
		assert.is(erased.status, 0, erased.stderr);
		assert.match(erased.stdout, /: erased ssid, .*; the board has restarted$/m);
		assert.match(erased.stdout, /^ {2}endpoint {4}build {3}—$/m);
		await one.event("waiting", 2);
		assert.not.ok(readFileSync(one.flash, "utf8").includes(secret));
	}));

test("a value that is wrong is refused in one sentence, and nothing of that command is stored", () =>
	withCleanUp(async (folder, onEnd) => {
		const board = await Board.make(folder, onEnd, "one");
		await board.switchOn({});
		const { status, stdout, stderr } = await runTool("board", [
			"configure",
			"--port",
			board.line.path,
			"ssid=home",
			"port=70000",
		]);
		assert.is(status, 1);
		assert.is(stdout, "");
		assert.is(stderr, `${board.line.path} refuses: The setting port=70000 must be a whole number from 1 to 65535.\n`);
		board.type("show\n");
		assert.is((await board.event("settings")).fields.stored, "none");
	}));

test("settings change while the device is connected, with the password from standard input", () =>
	withCleanUp(async (folder, onEnd) => {
		const { core, operator } = await startCloud(folder, onEnd);
		const board = await Board.make(folder, onEnd, "one");
		await operator.register(board.device.certificate);
		await board.switchOn({ ...endpointSettings(core) });
		await board.event("receive");
		const command = new CommandLine(
			[
				"sh",
				"-c",
				`printf '%s\\n' ${secret} | "$0" "$@"`,
				process.execPath,
				"tools/run.mjs",
				"board",
				"configure",
				"--port",
				board.line.path,
				"password",
				"topic=changed/topic",
			],
			{},
		);
		onEnd(() => command.kill());
		const { status, stdout, stderr } = await command.ended;
		assert.is(status, 0, stdout + stderr);
		assert.is(stderr, "");
		assert.match(stdout, /: stored password, topic; the board has restarted$/m);
		const subscribed = await board.event("subscribed", 2);
		assert.is(subscribed.fields.topic, "changed/topic");
		assert.match(readFileSync(board.flash, "utf8"), new RegExp(secret));
		assert.not.ok(board.lines.some(line => line.includes(secret)));
	}));

test("a flash that is damaged is reported; the settings of the build are used, and new ones are taken", () =>
	withCleanUp(async (folder, onEnd) => {
		const board = await Board.make(folder, onEnd, "one");
		writeFileSync(
			board.flash,
			JSON.stringify([
				["settings", "a", "1 00000000 1 {}"],
				["settings", "b", 7],
			]),
		);
		await board.switchOn({});
		assert.match((await board.event("warning")).fields.message ?? "", /damaged/);
		await board.event("waiting");
		board.type("set ssid=home\nrestart\n");
		await board.event("configured");
		assert.is(board.named("warning").filter(({ fields }) => /damaged/.test(fields.message ?? "")).length, 1);
	}));

test("a half line when the power goes stores nothing; a damaged terminal's noise is not answered", () =>
	withCleanUp(async (folder, onEnd) => {
		const board = await Board.make(folder, onEnd, "one");
		await board.switchOn({});
		await board.event("waiting");
		board.type("set ssid=home endpoint=half.exam");
		await board.device.switchOff();
		await board.switchOn({});
		await board.event("waiting", 2);
		const before = board.lines.length;
		board.type(Uint8Array.from({ length: 4_096 }, (_, index) => (index * 7 + 128) & 0xff));
		board.type("\nset ssid=half\0name\nset ssid=name\0\n\0set ssid=name\n");
		board.type("\n\0\0\0\nMIIB\n    0.034 identity    uid=0\n");
		board.type("show\n");
		assert.is((await board.event("settings")).fields.stored, "none");
		const answers = board.lines.slice(before).filter(line => !line.includes(" settings "));
		assert.ok(
			answers.every(line => line.includes(" refused ")),
			answers.join("\n"),
		);
	}));

test("2,000 lines of noise, commands and damage while it is connected: the session goes on, and each line is readable", () =>
	withCleanUp(async (folder, onEnd) => {
		const { core, operator } = await startCloud(folder, onEnd);
		const board = await Board.make(folder, onEnd, "one");
		await operator.register(board.device.certificate);
		await board.switchOn({ ...endpointSettings(core), password: secret });
		await board.event("receive");
		const words = [
			"set",
			"erase x",
			"show",
			"ssid=",
			"port=x",
			"\0",
			"\r",
			'"',
			"\u001b[2J",
			"é",
			"x".repeat(700),
			"y".repeat(3_000),
		];
		words.push(`password=${secret}`, "=", "help", 'ssid="a\\u0000"', "topic=a/#");
		let state = 5;
		const random = (bound: number) => {
			state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
			return (state >> 8) % bound;
		};
		for (let count = 0; count < 2_000; count++) {
			const line = Array.from({ length: 1 + random(6) }, () => words[random(words.length)]).join(" ");
			if (line !== `set password=${secret}`) board.type(`${line}\n`);
			if (count % 100 === 0) board.type(Uint8Array.from({ length: 1_000 }, () => random(256)));
		}
		board.type("\nerase interval\n");
		await board.event("erased");
		const echoes = board.named("receive").length;
		await board.event("receive", echoes + 2);
		assert.is(board.named("connect").length, 1);
		assert.ok(board.named("refused").length > 500);
		assert.not.ok(board.lines.some(line => line.includes(secret)));
		assert.not.ok(board.lines.some(line => /[\0-\u0008\u000b-\u001f\u007f]/.test(line)));
	}));

test("a line that the board marks as cut stores nothing and is reported; the tool sends it again", () =>
	withCleanUp(async (folder, onEnd) => {
		const board = await Board.make(folder, onEnd, "one");
		await board.switchOn({});
		await board.event("waiting");
		for (const line of [`set password=${secret}\xff`, "\xffset ssid=end", "set ssid=be\xffgun endpoint=a.b", "\xff"])
			board.type(Buffer.from(`${line}\n`, "latin1"));
		board.type("show\n");
		assert.is((await board.event("settings")).fields.stored, "none");
		const refused = board.named("refused");
		assert.is(refused.length, 4);
		for (const { fields } of refused) assert.match(fields.message ?? "", /^Bytes of the serial input were lost/);

		let left = 1;
		board.disturb = text =>
			text.replace(/hunter2-hunter2 ssid=h/, cut => {
				left -= 1;
				return left < 0 ? cut : "hun\xff";
			});
		const given = [`password=${secret}`, "ssid=home"];
		const { status, stdout, stderr } = await runTool("board", ["configure", "--port", board.line.path, ...given]);
		assert.is(status, 0, stdout + stderr);
		assert.is(board.named("refused").length, 5);
		const [password, ssid] = [secret, "home"].map(value => new RegExp(`[^0-9a-z]${value}[^0-9a-z]`));
		assert.match(readFileSync(board.flash, "utf8"), password as RegExp);
		assert.match(readFileSync(board.flash, "utf8"), ssid as RegExp);
	}));

/** A board that loses the end of the first two `set`, at the end of a value and in a name, and shows `shown`. Runs `configure`; returns what it has been sent, too. */
async function configureLossy(
	onEnd: OnEnd,
	shown: string,
): Promise<{ sent: string[]; status: number | null; stderr: string }> {
	const line = await SerialLine.open();
	onEnd(() => line.close());
	const sent: string[] = [];
	line.onWritten(text => {
		for (const command of text.split(/[\r\n]+/)) {
			if (command.startsWith("set ")) {
				const names = [...command.matchAll(/(\w+)=/g)].map(([, name]) => name);
				const kept = sent.length === 0 ? names.slice(0, -1) : names;
				if (sent.length === 1) line.write('    1.000 refused     message="Word 3 is not name=value"');
				else line.write(`    1.000 stored      settings=${kept} restart=no`);
				sent.push(command);
			} else if (command === "show") line.write(`    1.000 settings    stored=ssid,endpoint restart=no ${shown}`);
		}
	});
	const given = ["ssid=home", "endpoint=whole.example", `password=${secret}`];
	const { status, stderr } = await runTool("board", ["configure", "--port", line.path, ...given]);
	return { sent, status, stderr };
}

test("a command that loses its end is sent again; a value that lost its end is reported", () =>
	withCleanUp(async (_, onEnd) => {
		const whole = await configureLossy(onEnd, "ssid=home endpoint=whole.example password=(hidden)");
		assert.is(whole.status, 0, whole.stderr);
		assert.equal(whole.sent, Array(3).fill(`set password=${secret} ssid=home endpoint=whole.example`));
		const cut = await configureLossy(onEnd, "ssid=home endpoint=whole.exam password=(hidden)");
		assert.is(cut.status, 1);
		assert.match(cut.stderr, /stored endpoint=whole\.exam, not whole\.example: bytes were lost on the serial line\./);
	}));

test("boards that do not answer: silent, older firmware, configure=0, a debug build, a port that is not there", () =>
	withCleanUp(async (folder, onEnd) => {
		const silent = await SerialLine.open(),
			older = await SerialLine.open(),
			debug = await SerialLine.open();
		onEnd(() => [silent, older, debug].map(line => line.close()));
		older.onWritten(() => older.write("    1.000 publish     qos=0 topic=a bytes=3"));
		debug.onWritten(() => debug.send("\r\n<?xs.3FFB2F00?>\r\n<xsbug><log>x</log></xsbug>\r\n"));
		const board = await Board.make(folder, onEnd, "one");
		await board.switchOn({ endpoint: "a.invalid", configure: 0 });
		await board.event("connect");
		const explain = async (path: string) => {
			const { status, stdout, stderr } = await runTool("board", ["configure", "--port", path, "--time-limit", "6"]);
			assert.is(status, 1, stdout);
			return stderr;
		};
		assert.match(await explain(silent.path), /^Nothing answers at .*check that it is the board's port/);
		assert.match(await explain(older.path), /prints, but does not answer: its firmware is older/);
		assert.match(await explain(board.line.path), /prints, but does not answer: .*configure=0/);
		assert.match(
			await explain(debug.path),
			/has a debug build, whose serial line belongs to xsbug: it takes no settings/,
		);
		assert.match(await explain("/dev/none"), /^There is no serial port \/dev\/none/);
		assert.match(await explain(basename(board.flash)), /no serial port|not a serial port/);
	}));

test("on a terminal the password is asked for and not shown; Ctrl-C sends nothing", async () => {
	for (const [typed, words] of [
		[`hunX\u007fter2-hunter2\r`, /There is no serial port \/dev\/none/],
		["hunter2\u0003", /Interrupted: nothing was sent\./],
	] as const) {
		const line = `${process.execPath} tools/run.mjs board configure --port /dev/none password`;
		const terminal = spawn("script", ["-qfec", line, "/dev/null"], { cwd: root, stdio: ["pipe", "pipe", "ignore"] });
		let shown = "";
		terminal.stdout.on("data", (data: Buffer) => {
			const before = shown;
			shown += data.toString();
			// Only now: what is typed before the prompt, the terminal itself shows.
			if (shown.includes("Wi-Fi password: ") && !before.includes("Wi-Fi password: ")) terminal.stdin.write(typed);
		});
		const [status] = await once(terminal, "exit");
		assert.is(status, 1);
		assert.match(shown, words);
		assert.not.match(shown, /hun/);
	}
});

test("what is typed wrong on the command line is refused before a port is opened, without repeating it", async () => {
	for (const [args, words] of [
		[["--show", "ssid=a"], /^--show stands alone/],
		[["ssid=home", secret], /^Setting 2 is not name=value/],
		[[`topic=${"x".repeat(1_100)}`], /have 1110 bytes together; a board takes 1024 at a time/],
	] as const) {
		const { status, stderr } = await runTool("board", ["configure", "--port", "/dev/none", ...args]);
		assert.is(status, 1);
		assert.match(stderr, words);
		assert.not.ok(stderr.includes(secret));
	}
});

test.run();
