// SPDX-License-Identifier: MIT
/** `--json` of every command that has it: each line of standard output parses and has one form, errors too, and no secret is in it. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../tools/build/build.js";
import { startIotCore } from "../../tools/iot-core/core.js";
import { root } from "../../tools/lib/root.js";
import { startSimulator } from "../../tools/se050-sim/simulator.js";
import { withCleanUp } from "./app/picture.js";
import { type CommandOptions, runTool } from "./command-line.js";
import { freePort } from "./host/mqtt/broker.js";
import { stateFolder } from "./iot-core/state-folder.js";

await build();

interface Line {
	seconds: number;
	source: string;
	event: string;
	[field: string]: unknown;
}

function parsed(text: string): Line {
	const line = JSON.parse(text) as Line;
	assert.ok(line.seconds >= 0, text);
	assert.type(line.source, "string", text);
	assert.match(line.event, /^[a-z][a-z-]*$/, text);
	return line;
}

/** Runs a command with --json; every line of its output has the form. */
async function run(tool: string, args: readonly string[], status: number, options: CommandOptions = {}) {
	const ended = await runTool(tool, [...args, "--json"], options);
	assert.is(ended.status, status, `${tool} ${args.join(" ")}: ${ended.stdout}${ended.stderr}`);
	assert.not.match(ended.stdout, /PRIVATE KEY/);
	return ended.stdout.split("\n").filter(Boolean).map(parsed);
}

/** A command that fails: its last line is the error, with the sentence that standard error has, too. */
async function fails(tool: string, args: readonly string[], words: RegExp, options: CommandOptions = {}) {
	const last = (await run(tool, args, 1, options)).at(-1);
	assert.equal([last?.source, last?.event], [tool, "error"]);
	assert.match(String(last?.message), words);
}

const events = (lines: readonly Line[]) => lines.map(({ event }) => event);

test("an error before the command has begun names the command, too", () =>
	withCleanUp(async folder => {
		const tools = join(folder, "tools");
		cpSync(join(root, "tools", "lib"), join(tools, "lib"), { recursive: true });
		cpSync(join(root, "tools", "run.mjs"), join(tools, "run.mjs"));
		symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
		for (const name of ["se050", "app", "modules", "tools/broken"]) mkdirSync(join(folder, name));
		for (const name of ["package.json", "tsconfig.json"]) cpSync(join(root, name), join(folder, name));
		writeFileSync(join(tools, "broken", "main.ts"), "not TypeScript");
		await fails("broken", ["--verbose"], /could not be bundled/, { project: folder });
		await fails("nothing", [], /There is no command "nothing"/, { project: folder });
	}));

test("start: the devices' events, and the command's own", () =>
	withCleanUp(async folder => {
		const lines = await run("start", ["--devices", "1", "--messages", "1", "--state", join(folder, "state")], 0);
		assert.ok(lines.some(({ source, event, fields }) => source === "device-1" && event === "receive" && fields));
		assert.ok(lines.some(({ source, event }) => source === "operator" && event === "text"));
		assert.ok(lines.some(({ source, event, page }) => source === "start" && event === "started" && page));
		assert.is(lines.at(-1)?.event, "finished");
		await fails("start", ["--devices", "0"], /must be a whole number from 1 to 32/);
		await fails(
			"start",
			["--devices", "1", "--messages", "99", "--interval", "60000", "--time-limit", "1", "--state", join(folder, "s")],
			/device-1 has not finished within 1 s/,
		);
	}));

test("se050: each command's result, and no key", () =>
	withCleanUp(async (folder, onEnd) => {
		const file = (name: string) => join(folder, name);
		const chip = await startSimulator({
			stateFile: file("chip.json"),
			listen: { path: file("s") },
			clock: "virtual",
			latency: "instant",
		});
		onEnd(() => chip.close());
		const bus = ["--bus", chip.address];
		const only = async (args: readonly string[], status = 0) => {
			const lines = await run("se050", args, status);
			assert.is(lines.length, 1, JSON.stringify(lines));
			return lines[0] as Line;
		};
		writeFileSync(file("message"), "hello");

		assert.is((await only(["info", ...bus])).uid, Buffer.from(chip.uid).toString("hex"));
		const listed = await run("se050", ["list", ...bus], 0);
		assert.ok(listed.some(({ event, id, size }) => event === "object" && id === "0xF0000100" && size === 32));
		assert.is((await only(["read", "7FFF0206", ...bus])).bytes, Buffer.from(chip.uid).toString("hex"));
		assert.match(String((await only(["cert", ...bus])).pem), /^-----BEGIN CERTIFICATE-----/);
		assert.match(String((await only(["random", "4", ...bus])).bytes), /^[0-9a-f]{8}$/);
		assert.match(String((await only(["keygen", "10000001", ...bus])).publicKeyPem), /^-----BEGIN PUBLIC KEY-----/);
		const request = await only(["csr", "10000001", "--subject", "CN=a", "--out", file("a.csr"), ...bus]);
		assert.equal([request.file, request.pem], [file("a.csr"), undefined]);
		const { bytes } = await only(["sign", "10000001", file("message"), ...bus]);
		writeFileSync(file("signature"), String(bytes));
		const verify = ["verify", "10000001", file("message"), file("signature"), ...bus];
		assert.is((await only(verify)).valid, true);
		writeFileSync(file("message"), "changed");
		assert.is((await only(verify, 1)).valid, false);
		assert.is((await only(["write", "10000002", file("message"), ...bus])).length, "changed".length);
		assert.is((await only(["delete", "10000002", ...bus])).event, "deleted");
		await only(["attest", "10000001", "--out", file("key.json"), ...bus]);
		const proof = await only(["verify-attestation", file("key.json"), "--ca", file("manufacturer.json")]);
		assert.equal([proof.verified, proof.origin, proof.faults], [true, "internal", []]);
		assert.is((await only(["verify-attestation", file("key.json")], 1)).verified, false);
		await only(["info", ...bus, "--trace", file("trace")]);
		const records = await run("se050", ["trace", file("trace")], 0);
		assert.ok(records.some(({ event, layer, command }) => event === "record" && layer === "apdu" && command));

		const rotation = ["rotate-scp03", ...bus, "--current", "auto", "--new-keys", file("keys"), "--generate"];
		const rotated = await only([...rotation, "--i-understand-this-can-lock-the-chip"]);
		const keys = readFileSync(file("keys"), "utf8").match(/[0-9a-f]{32}/gi) ?? [];
		assert.is(keys.length, 3);
		for (const key of keys) assert.not.ok(JSON.stringify(rotated).includes(key));
		await fails("se050", ["read", "10000009", ...bus], /0x10000009 is not in this chip/);
		await fails("se050", ["read", "xyz", ...bus], /must be hexadecimal digits/);
		await fails("se050", ["info", "--bus", `sim:${file("none")}`], /There is no socket/);
	}));

test("provision: a line for each certificate, the counts, and the endpoint", () =>
	withCleanUp(async (folder, onEnd) => {
		const core = await startIotCore({
			stateDir: await stateFolder(join(folder, "iot-core")),
			devicePort: 0,
			controlPort: 0,
		});
		onEnd(() => core.close());
		const stateFile = join(folder, "chip.json");
		const chip = await startSimulator({ stateFile, listen: { path: join(folder, "s") }, clock: "real" });
		onEnd(() => chip.close());
		const local = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "a-secret-access-key" };
		const env = { ...local, AWS_REGION: core.region, AWS_ENDPOINT_URL_IOT: core.controlUrl };
		const where = ["--state", join(folder, "provision")];
		const ca = ["--ca", join(folder, "manufacturer.json")];

		const lines = await run("provision", [stateFile, ...ca, ...where], 0, { env });
		assert.equal(events(lines).slice(-3), ["certificate", "summary", "endpoint"]);
		const certificate = lines.find(({ event }) => event === "certificate");
		assert.equal([certificate?.result, certificate?.uid], ["provisioned", Buffer.from(chip.uid).toString("hex")]);
		assert.equal(lines.at(-2)?.counts, { provisioned: 1 });
		assert.is(lines.at(-1)?.endpoint, core.endpoint);
		assert.not.match(JSON.stringify(lines), /a-secret-access-key/);
		assert.equal((await run("provision", ["endpoint"], 0, { env }))[0]?.endpoint, core.endpoint);
		const status = await run("provision", [stateFile, "--status", ...where], 0, { env });
		assert.equal(status.at(-1)?.counts, { active: 1 });

		await fails("provision", [stateFile, ...where], /Which CA issued the certificates/, { env });
		await fails("provision", [join(folder, "none"), ...ca, ...where], /There is no file, folder or port/, { env });
		writeFileSync(join(folder, "bad.pem"), "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
		await fails("provision", [join(folder, "bad.pem"), ...ca, ...where], /^1 failed\. /, { env });
	}));

test("emulator without an image: the lines that build one and run it", () =>
	withCleanUp(async folder => {
		const state = join(folder, "state");
		const port = ["--port", String(await freePort())];
		const line = (await run("emulator", ["--state", state, ...port], 0)).at(-1);
		assert.is(line?.event, "build");
		assert.match(String(line?.build), /^mcconfig .* endpoint=\S+ port=\d+ trustedRoots=\S+$/);
		assert.match(String(line?.run), /^npm run emulator -- /);
	}));

test("advisor: a line for each test case, and the counts; what JUnit XML cannot be written to is reported first", () =>
	withCleanUp(async folder => {
		const junit = join(folder, "results.xml");
		const lines = await run("advisor", ["--only", "MQTT_Connect", "--junit", junit], 0);
		assert.equal(events(lines), ["result", "summary"]);
		assert.equal([lines[0]?.testCase, lines[0]?.verdict], ["MQTT_Connect", "PASS"]);
		assert.equal([lines[1]?.counts, lines[1]?.qualifies], [{ PASS: 1 }, true]);
		assert.match(readFileSync(junit, "utf8"), /<testcase classname="advisor" name="MQTT_Connect"/);
		await fails("advisor", ["--only", "MQTT_Unknown"], /--only must be one of .*, not 'MQTT_Unknown'/);
		await fails("advisor", ["--junit", join(folder, "none", "results.xml")], /none\/results\.xml/);
	}));

test("soak: progress and the result", async () => {
	const few = ["--devices", "1", "--disconnects", "2", "--messages", "4", "--seed", "json"];
	const lines = await run("soak", few, 0);
	assert.equal([lines[0]?.event, lines[0]?.seed], ["started", "json"]);
	const { event, faults, devices } = lines.at(-1) as Line & { faults: string[]; devices: { memory: object }[] };
	assert.equal([event, faults], ["result", []]);
	assert.equal(devices[0]?.memory, { javascript: null, native: null, files: null });
	const late = (await run("soak", [...few, "--messages", "100000", "--time-limit", "1"], 1)).at(-1);
	assert.match(String(late?.faults), /not done within 1 s/);
	await fails("soak", ["--devices", "x"], /must be a whole number/);
});

test.run();
