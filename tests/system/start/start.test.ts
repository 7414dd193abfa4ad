// SPDX-License-Identifier: MIT
/** `npm start`: the whole picture as a person starts it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { withCleanUp } from "../app/picture.js";
import { CommandLine, processesOf, runTool } from "../command-line.js";

await build();

const devices = ["device-1", "device-2", "device-3"];

/** Runs `npm start` with a state folder of its own, and checks afterwards that nothing of it is left. */
function started(body: (start: (...args: string[]) => CommandLine, state: string) => Promise<void>): Promise<void> {
	return withCleanUp(async (folder, onEnd) => {
		const state = join(folder, "state");
		const commands: CommandLine[] = [];
		await body((...args) => {
			const command = CommandLine.tool("start", ["--state", state, ...args]);
			onEnd(() => command.kill());
			commands.push(command);
			return command;
		}, state);
		for (const command of commands) {
			await command.ended;
			assert.equal(processesOf(command.group), []);
		}
		const files = existsSync(state) ? readdirSync(state, { recursive: true, encoding: "utf8" }) : [];
		assert.equal(
			files.filter(file => /\.sock$|lock$/.test(file)),
			[],
		);
	});
}

const clientIds = (command: CommandLine) =>
	devices.map(name => command.events("identity", name)[0]?.fields.clientId ?? "");

function checkIdentities(command: CommandLine): void {
	for (const name of devices) {
		const { uid = "", clientId = "" } = command.events("identity", name)[0]?.fields ?? {};
		assert.is(clientId.length, 24);
		assert.is(clientId, Buffer.from(uid, "hex").toString("base64"));
		assert.is(uid.length, 36);
	}
	assert.is(new Set(clientIds(command)).size, 3);
}

function checkMessages(command: CommandLine): void {
	for (const name of devices)
		for (const sender of clientIds(command))
			for (const qos of ["0", "1"]) {
				const received = command
					.events("receive", name)
					.filter(({ fields }) => fields.qos === qos && fields.payload?.endsWith(` : ${sender}`));
				assert.ok(received.length > 0, `${name} has a message of ${sender} at QoS ${qos}`);
			}
}

test("three devices with identities of their own see their own and each other's messages at QoS 0 and 1, and a second start reads no certificate from a chip", () =>
	started(async (start, state) => {
		const first = start("--devices", "3", "--messages", "4");
		const { status } = await first.ended;
		assert.is(status, 0, first.lines.join("\n"));
		checkIdentities(first);
		checkMessages(first);
		for (const name of devices) {
			assert.is(first.events("done", name)[0]?.fields.echoes, "4");
			assert.match(readFileSync(join(state, "devices", `${name}.log`), "utf8"), / done +echoes=4/);
		}

		const from = performance.now();
		const second = start("--devices", "3", "--messages", "4", "--interval", "200");
		const seconds = await Promise.all(
			devices.map(async name => {
				await second.until(`echo of ${name}`, () =>
					second.events("receive", name).find(({ fields }) => fields.own === "true"),
				);
				return (performance.now() - from) / 1_000;
			}),
		);
		console.log(`first echo of a second start after ${seconds.map(value => value.toFixed(2)).join(", ")} s`);
		assert.is((await second.ended).status, 0, second.lines.join("\n"));
		assert.equal(clientIds(second), clientIds(first), "the chips are kept");
		for (const name of devices) assert.is(second.events("certificate", name)[0]?.fields.source, "cache");
	}));

test("Ctrl-C ends it with status 130, whenever it comes, and leaves nothing", () =>
	started(async start => {
		for (const moment of [/device endpoint/, / identity /, / receive .*own=true/]) {
			const command = start("--devices", "2", "--interval", "200");
			await command.line(moment);
			command.interrupt();
			const { status, stderr } = await command.ended;
			assert.is(status, 130, command.lines.join("\n"));
			assert.is(stderr, "");
		}
	}));

test("SIGTERM to its process alone ends it with status 143 and leaves nothing", () =>
	started(async start => {
		const command = start("--devices", "2", "--interval", "200");
		await command.line(/^device-2 .* receive /);
		process.kill(command.group, "SIGTERM");
		const { status, stderr } = await command.ended;
		assert.is(status, 143, command.lines.join("\n"));
		assert.is(stderr, "");
	}));

test("a time limit that is too short ends it with status 1 and a sentence a device", () =>
	started(async start => {
		const { status, stderr } = await start("--devices", "2", "--messages", "1000", "--time-limit", "1").ended;
		assert.is(status, 1);
		const sentences = stderr.trim().split("\n");
		assert.is(sentences.length, 2, stderr);
		for (const [index, sentence] of sentences.entries())
			assert.match(sentence, new RegExp(`^device-${index + 1} has not finished within 1 s after \\d+ of 1000 echoes`));
	}));

/** When a process started, in clock ticks since the machine did (proc(5), stat, field 22). */
function startOf(pid: number): number {
	const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
	return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
}

/** The process of a device's firmware: they start in the order of the devices. */
function firmwareOf(command: CommandLine, device: number): number {
	const firmwares = processesOf(command.group)
		.filter(entry => entry.endsWith(" xs"))
		.map(entry => Number(entry.split(" ")[0]))
		.sort((one, other) => startOf(one) - startOf(other) || one - other);
	const found = firmwares[device - 1];
	if (!found) throw new Error(`no process is the firmware of device-${device}`);
	return found;
}

test("a device that is killed is reported immediately; the others go on", () =>
	started(async start => {
		const command = start("--devices", "2", "--interval", "200");
		await command.line(/^device-2 .* receive /);
		process.kill(firmwareOf(command, 2), "SIGKILL");
		await command.line(/^device-2 │ +[\d.]+ was ended by SIGKILL/);
		const before = command.events("receive", "device-1").length;
		await command.until("message of device-1 after that", () => command.events("receive", "device-1")[before]);
		command.interrupt();
		assert.is((await command.ended).status, 130);
	}));

test("with --messages, a killed device makes status 1 and a sentence", () =>
	started(async start => {
		const command = start("--devices", "2", "--messages", "8", "--interval", "300");
		await command.line(/^device-1 .* receive /);
		process.kill(firmwareOf(command, 1), "SIGKILL");
		const { status, stderr } = await command.ended;
		assert.is(status, 1);
		assert.match(stderr, /^device-1 was ended by SIGKILL after \d+ of 8 echoes/);
	}));

test("SIGTERM to npm ends the whole fleet, and the next start works", () =>
	started(async (_start, state) => {
		const command = new CommandLine(["npm", "start", "--", "--devices", "2", "--interval", "200", "--state", state]);
		try {
			await command.line(/^device-2 .* receive /);
			process.kill(command.group, "SIGTERM");
			await command.ended;
			const polls = 12_000; // four minutes: only orphans are there so long
			for (let poll = 0; poll < polls && processesOf(command.group).length > 0; poll++) await delay(20);
			assert.equal(processesOf(command.group), []);
		} finally {
			await command.kill();
		}
		const next = await runTool("start", ["--devices", "1", "--messages", "1", "--state", state]);
		assert.is(next.status, 0, next.stderr);
		assert.not.match(next.stdout, /Exception/);
		assert.match(next.stdout, /Every device has received its echo\.\n$/);
	}));

test("a reader that has enough ends it without a word", () =>
	started(async (_start, state) => {
		const script = `node tools/run.mjs start --interval 100 --state "$0" | head -n 3`;
		const command = new CommandLine(["bash", "-o", "pipefail", "-c", script, state]);
		try {
			const { status, stdout, stderr } = await command.ended;
			assert.equal([status, stdout.trim().split("\n").length, stderr], [0, 3, ""]);
		} finally {
			await command.kill();
		}
	}));

test("options that npm has kept for itself are named, with the form that works", async () => {
	const { status, stderr } = await runTool("start", [], { env: { npm_command: "start", npm_config_devices: "5" } });
	assert.is(status, 1);
	assert.match(stderr, /^npm took --devices for an option of its own: put "--" before the options/);

	for (const [tool, args, name, value] of [
		["provision", ["ledger.csv"], "dry_run", "true"],
		["provision", ["ledger.csv"], "ca", "nxp-ca.pem"],
		["se050", ["read", "1"], "out", "file"],
	] as const) {
		const taken = await runTool(tool, args, { env: { npm_command: "run-script", [`npm_config_${name}`]: value } });
		assert.is(taken.status, 1);
		assert.match(taken.stderr, new RegExp(`^npm took --${name.replace("_", "-")} for an option of its own`));
	}
});

test("npm's own settings, and what npx was given for itself, are not taken for options of a command", async () => {
	const own = {
		npm_command: "run-script",
		npm_config_ca: "-----BEGIN CERTIFICATE-----\nMIIB",
		npm_config_json: "true",
	};
	const exec = { npm_command: "exec", npm_config_yes: "true" };
	for (const env of [own, exec]) {
		const { status, stderr } = await runTool("provision", [], { env });
		assert.is(status, 1);
		assert.match(stderr, /Which CA issued the certificates/);
	}
});

test("certificates are shown with --pem only, --json prints objects, and --quiet only what matters", () =>
	started(async (_start, state) => {
		const run = async (...args: string[]) => {
			const ended = await runTool("start", ["--devices", "1", "--messages", "1", "--state", state, ...args]);
			assert.is(ended.status, 0, ended.stderr);
			return ended.stdout;
		};
		assert.not.match(await run(), /CERTIFICATE/);
		assert.match(await run("--pem"), /-----BEGIN CERTIFICATE-----[^]*-----END CERTIFICATE-----/);
		assert.not.match(await run("--quiet"), / receive | connected /);
		const objects = (await run("--json"))
			.trim()
			.split("\n")
			.map(line => JSON.parse(line) as { source: string; event?: string; fields?: Record<string, string> });
		assert.ok(objects.some(({ source, event, fields }) => source === "device-1" && event === "receive" && fields?.own));
		assert.is(objects.at(-1)?.event, "finished");
	}));

test.run();
