// SPDX-License-Identifier: MIT
/** What each command says when it is asked for help, and when something is wrong: one sentence, a status, nothing left. */

import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../tools/build/build.js";
import { lockFolder } from "../../tools/iot-core/files.js";
import { root } from "../../tools/lib/root.js";
import { startChip, withCleanUp } from "./app/picture.js";
import { CommandLine, type CommandOptions, type Ended, runTool } from "./command-line.js";

await build();

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
/** The npm scripts that run a tool of the same name. */
const tools = Object.entries(scripts)
	.filter(
		([name, command]) => command === `node tools/run.mjs ${name}` && existsSync(join(root, "tools", name, "main.ts")),
	)
	.map(([name]) => name);
/** Those that the README begins with. */
const first = ["start", "device", "se050-sim", "iot-core", "build", "test"];
/** What a command must be given before anything else is looked at. */
const required: Readonly<Record<string, readonly string[]>> = {
	device: ["--endpoint", "broker.test", "--bus", "sim:127.0.0.1:1"],
	selftest: ["--bus", "sim:127.0.0.1:1"],
};

test("the commands of the README are npm scripts", () => {
	for (const name of first) assert.ok(tools.includes(name), name);
});

for (const tool of tools)
	test(`npm run ${tool} -- --help prints usage, options and an example, and ends with 0`, async () => {
		const { status, stdout, stderr } = await runTool(tool, ["--help"]);
		assert.is(status, 0, stderr);
		assert.is(stderr, "");
		assert.match(stdout, new RegExp(`^Usage: npm (run )?${tool} -- `));
		assert.match(stdout, /^Options:$/m);
		assert.match(stdout, new RegExp(`^Examples?:\\n +(.* )?npm (run )?${tool}\\b`, "m"));
		assert.match(stdout, /--help/);
	});

test("bash completes commands, subcommands and options, with the script that the command prints", async () => {
	const completed = async (...words: string[]) => {
		const source = `source <(node tools/run.mjs completion bash); COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _moddable_se050; echo "\${COMPREPLY[*]}"`;
		const command = new CommandLine(["bash", "-c", source, "bash", "moddable-se050", ...words]);
		return (await command.ended).stdout.trim();
	};
	assert.is(await completed("so"), "soak");
	assert.is(await completed("start", "--dev"), "--devices");
	assert.is(await completed("se050", "keyg"), "keygen");
	assert.is(await completed("se050", "keygen", "--r"), "--rights");
	assert.is(await completed("nothing", "--"), "");
});

test("a value that cannot be is refused with what it must be", async () => {
	await complains(
		"start",
		["--devices", "five"],
		/^error: --devices must be a whole number from 1 to 32, not 'five'\.$/m,
		2,
	);
	await complains("mqtt", ["listen", "a"], /^error: <action> must be sub or pub, not 'listen'\.$/m, 2);
});

/** The command ended by itself with status 1 and `lines` lines on stderr that match; nothing runs any more. */
async function complains(
	tool: string,
	args: readonly string[],
	words: RegExp,
	lines = 1,
	options: CommandOptions = {},
): Promise<Ended> {
	const ended = await runTool(tool, args, options);
	const { status, left } = ended;
	// Another program may be building; a command that waits for it prints a line.
	const stderr = ended.stderr.replace(/^Waiting for process \d+, which is .*\n/gm, "");
	assert.is(status, 1, `${ended.stdout}${stderr}`);
	assert.match(stderr, words);
	assert.is(stderr.trim().split("\n").length, lines, stderr);
	assert.not.match(stderr, /^ +at |node:internal|Error:/m);
	assert.equal(left, []);
	return ended;
}

for (const tool of tools)
	test(`npm run ${tool} refuses an option that it does not have and points at --help`, async () => {
		await complains(tool, [...(required[tool] ?? []), "--frobnicate"], /unknown option '--frobnicate'\n.*--help/, 2);
	});

test("an argument too many is refused", async () => {
	await complains("start", ["3"], /too many arguments.*\n.*--help/, 2);
	await complains("device", [...(required.device ?? []), "4"], /too many arguments.*\n.*--help/, 2);
});

const { device = [] } = required;

for (const [tool, args, words] of [
	["start", ["--devices", "0"], /must be [^']*whole number from 1 to 32[^']*, not '0'/],
	["start", ["--messages", "1.5"], /must be [^']*whole number[^']*, not '1\.5'/],
	["start", ["--port", "65536"], /must be [^']*0 to 65535[^']*, not '65536'/],
	["start", ["--interval", "-1"], /must be [^']*whole number[^']*, not '-1'/],
	["start", ["--variant", "fast"], /must be [^']*release, sanitize[^']*, not 'fast'/],
	["start", ["--topic", "a/#"], /must be [^']*without \+ and #[^']*, not 'a\/#'/],
	["device", ["--bus", "sim:127.0.0.1:1"], /give --endpoint <host>; or --preferences <file>/],
	["device", ["--endpoint", "a.test"], /required option '--bus <bus>'/],
	["device", [...device, "--port", "0"], /must be [^']*1 to 65535[^']*, not '0'/],
	["device", [...device, "--keep-alive", "5"], /must be [^']*30 to 1200[^']*, not '5'/],
	["device", [...device, "--client-id", "decimal"], /must be [^']*base64, base64url, hex[^']*, not 'decimal'/],
	["device", [...device, "--variant", "fast"], /must be [^']*release, sanitize[^']*, not 'fast'/],
	["device", [...device, "--address", "localhost"], /must be [^']*IPv4 address[^']*, not 'localhost'/],
	["device", [...device, "--address", "::1"], /must be [^']*IPv4 address[^']*, not '::1'/],
	["device", [...device, "--topic", "a/+/b"], /must be [^']*without \+ and #[^']*, not 'a\/\+\/b'/],
	[
		"device",
		["--bus", "sim:127.0.0.1:1", "--endpoint", "https://broker.test"],
		/must be [^']*host name[^']*, not 'https:\/\/broker\.test'/,
	],
	["device", ["--endpoint", "broker.test", "--bus", "usb"], /must be [^']*sim:PATH[^']*\/dev\/i2c[^']*, not 'usb'/],
	["se050-sim", ["--clock", "sundial"], /must be [^']*real, virtual[^']*, not 'sundial'/],
	["se050-sim", ["--tcp", "example.com:1"], /must be [^']*127\.0\.0\.1:5050[^']*, not 'example\.com:1'/],
	["se050-sim", ["--tcp", "127.0.0.1:0", "--socket", "x"], /cannot be used with/],
	["iot-core", ["--key-type", "dsa"], /must be [^']*rsa, ecdsa[^']*, not 'dsa'/],
	["iot-core", ["--port", "mqtt"], /must be [^']*0 to 65535[^']*, not 'mqtt'/],
	["build", ["--variant", "fast"], /must be [^']*release, sanitize, x86[^']*, not 'fast'/],
	["test", ["--jobs", "0"], /must be [^']*1 to 16[^']*, not '0'/],
] as const)
	test(`npm run ${tool} ${args
		.slice(-2)
		.map(text => `"${text}"`)
		.join(" ")} is refused with what would be right`, async () => {
		await complains(tool, args, words, 2);
	});

/** A folder, and commands in it. */
function inFolder(
	body: (folder: string, onEnd: (close: () => unknown) => void) => Promise<unknown>,
): () => Promise<void> {
	return () => withCleanUp(async (folder, onEnd) => void (await body(folder, onEnd)));
}

function fileIn(folder: string, name: string, text: string): string {
	const file = join(folder, name);
	writeFileSync(file, text);
	return file;
}

test(
	"a region or an account that AWS could not have is refused",
	inFolder(async folder => {
		await complains("iot-core", ["--state", join(folder, "a"), "--region", "Mars"], /"Mars".*such as/);
		await complains("iot-core", ["--state", join(folder, "a"), "--account", "12"], /"12".*twelve digits/);
	}),
);

test("a test that does not exist is reported", async () => {
	await complains("test", ["--only", "no/such/test"], /"no\/such\/test"/);
});

test(
	"a root CA file that is missing, empty or damaged is reported with its name",
	inFolder(async (folder, onEnd) => {
		const chip = await startChip(folder);
		onEnd(() => chip.close());
		const given = ["--endpoint", "broker.test", "--bus", chip.address, "--root-ca"];
		await complains("device", [...given, join(folder, "missing.pem")], /missing\.pem cannot be read.*give/);
		await complains("device", [...given, fileIn(folder, "empty.pem", "")], /empty\.pem has no PEM certificate.*give/);
		await complains(
			"device",
			[...given, fileIn(folder, "bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")],
			/bad\.pem has no certificate that can be parsed.*give/,
		);
		const root = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
		await complains(
			"device",
			[...given, fileIn(folder, "bundle.pem", root.repeat(140))],
			/bundle\.pem has 140 certificates; the firmware takes at most 16/,
		);
	}),
);

test(
	"a bus that is not there is reported with what to do",
	inFolder(async folder => {
		const run = (bus: string) => ["--endpoint", "broker.test", "--bus", bus];
		await complains("device", run(`sim:${join(folder, "no.sock")}`), /no\.sock.*start the simulator/);
		await complains("device", run("/dev/i2c-99"), /\/dev\/i2c-99.*i2c-dev/);
		await complains("device", run(`sim:${fileIn(folder, "file", "")}`), /file.*not a socket/);
	}),
);

async function occupied(
	onEnd: (close: () => unknown) => void,
	place: { path: string } | { port: 0; host: string },
): Promise<number> {
	const server = createServer(socket => socket.on("error", () => {})).listen(place);
	await once(server, "listening");
	onEnd(() => new Promise(resolve => server.close(resolve)));
	const address = server.address();
	return typeof address === "object" && address ? address.port : 0;
}

test(
	"a port in use is reported, with the option that chooses another",
	inFolder(async (folder, onEnd) => {
		const port = String(await occupied(onEnd, { port: 0, host: "127.0.0.1" }));
		await complains(
			"start",
			["--state", join(folder, "a"), "--port", port],
			new RegExp(`${port}.*another program.*--port`),
		);
		await complains(
			"iot-core",
			["--state", join(folder, "b"), "--port", port, "--control-port", "0"],
			new RegExp(`${port}.*another program.*--port`),
		);
		await complains(
			"iot-core",
			["--state", join(folder, "c"), "--port", "0", "--control-port", port],
			new RegExp(`${port}.*another program.*--control-port`),
		);
		await complains(
			"se050-sim",
			["--chip", join(folder, "chip.json"), "--tcp", `127.0.0.1:${port}`],
			new RegExp(`${port}.*in use.*another`),
		);
	}),
);

test(
	"a socket path in use is reported, and what is there stays",
	inFolder(async (folder, onEnd) => {
		const devices = join(folder, "state", "devices");
		mkdirSync(devices, { recursive: true });
		await occupied(onEnd, { path: join(devices, "device-1.sock") });
		await complains("start", ["--state", join(folder, "state")], /device-1\.sock is in use/);
		await complains("se050-sim", ["--chip", join(devices, "device-1.json")], /device-1\.sock is in use/);
		const file = fileIn(folder, "notes.txt", "keep me");
		await complains("se050-sim", ["--chip", join(folder, "chip.json"), "--socket", file], /notes\.txt is in use/);
		assert.is(readFileSync(file, "utf8"), "keep me");
	}),
);

test(
	"a damaged file of the state is reported with its name and stays as it is",
	inFolder(async folder => {
		const good = join(folder, "good"),
			state = join(folder, "state");
		assert.is((await runTool("start", ["--state", good, "--devices", "1", "--messages", "1"])).status, 0);
		for (const [file, words] of [
			["devices/device-1.json", /device-1\.json is damaged/],
			["devices/manufacturer.json", /manufacturer\.json is damaged/],
			["iot-core/registry-ap-northeast-1-123456789012.ndjson", /registry.*line 1/],
			["iot-core/endpoint", /endpoint.*remove it/],
			["iot-core/root-ca-rsa.crt.pem", /root-ca-rsa\.crt\.pem.*remove both/],
		] as const) {
			cpSync(good, state, { recursive: true });
			writeFileSync(join(state, file), "{ damaged\n");
			await complains("start", ["--state", state, "--devices", "2", "--messages", "1"], words);
			assert.is(readFileSync(join(state, file), "utf8"), "{ damaged\n");
		}
	}),
);

test(
	"a state folder that is a file is reported",
	inFolder(async folder => {
		const file = fileIn(folder, "file", "");
		await complains("start", ["--state", file], /file.*--state/);
		await complains("iot-core", ["--state", file], /file.*--state/);
		await complains("se050-sim", ["--chip", join(file, "chip.json")], /file\/\w+\.json .*ENOTDIR.*check/);
	}),
);

/** Root without the right to pass over permissions; anybody else has none. */
const bound: CommandOptions =
	process.getuid?.() === 0 ? { through: ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] } : {};

test(
	"a state folder that this user may not write is reported",
	inFolder(async folder => {
		const closed = join(folder, "closed");
		mkdirSync(closed);
		chmodSync(closed, 0o555);
		await complains("start", ["--state", join(closed, "state")], /state.*--state/, 1, bound);
		await complains("start", ["--state", closed], /closed.*--state/, 1, bound);
		await complains("iot-core", ["--state", closed], /closed.*--state/, 1, bound);
		await complains(
			"se050-sim",
			["--chip", join(closed, "chip.json")],
			/closed\/\w+\.json .*EACCES: make it writable for this user/,
			1,
			bound,
		);
	}),
);

test(
	"a state folder that another start uses is reported",
	inFolder(async (folder, onEnd) => {
		const state = join(folder, "state", "iot-core");
		mkdirSync(state, { recursive: true });
		onEnd(lockFolder(state));
		await complains(
			"start",
			["--state", join(folder, "state")],
			new RegExp(`in use by process ${process.pid}.*another folder`),
		);
		await complains("iot-core", ["--state", state], new RegExp(`in use by process ${process.pid}.*another folder`));
	}),
);

test.run();
