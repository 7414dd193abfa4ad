// SPDX-License-Identifier: MIT
/** `npm run device` against servers that nobody here wrote: it works, or names the cause and comes again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Identity, issue } from "../../../tools/bench/tls/pki.js";
import { build } from "../../../tools/build/build.js";
import { CommandLine } from "../command-line.js";
import { startChip, withCleanUp } from "./picture.js";

await build();

const hour = 3_600_000;
const names = [{ type: "dns" as const, value: "broker.test" }];
const root = await issue({ subject: "CN=Root", authority: true });
const stranger = await issue({ subject: "CN=Stranger", authority: true });
const server = await issue({ subject: "CN=broker.test", issuer: root, names });
const misnamed = await issue({ subject: "CN=other.test", issuer: root, names: [{ type: "dns", value: "other.test" }] });
const expired = await issue({
	subject: "CN=broker.test",
	issuer: root,
	names,
	notBefore: new Date(Date.now() - 2 * hour),
	notAfter: new Date(Date.now() - hour),
});
const early = await issue({
	subject: "CN=broker.test",
	issuer: root,
	names,
	notBefore: new Date(Date.now() + hour),
	notAfter: new Date(Date.now() + 2 * hour),
});

interface Try {
	folder: string;
	/** Runs `npm run device` on a chip of its own; the endpoint is broker.test, whose certificate must be under `root`. */
	device(port: number, ...args: string[]): CommandLine;
	onEnd(close: () => unknown): void;
}

function attempt(body: (given: Try) => Promise<void>): Promise<void> {
	return withCleanUp(async (folder, onEnd) => {
		const chip = await startChip(folder, "chip", "instant");
		onEnd(() => chip.close());
		const device = (port: number, ...args: string[]) => {
			const command = CommandLine.tool("device", [
				"--endpoint",
				"broker.test",
				"--address",
				"127.0.0.1",
				"--port",
				String(port),
				"--root-ca",
				root.certFile,
				"--bus",
				chip.address,
				...args,
			]);
			onEnd(() => command.kill());
			return command;
		};
		await body({ folder, device, onEnd });
	});
}

/** The first error, told at this step in these words; after it the device comes again. */
async function refused(device: CommandLine, step: string, words: RegExp): Promise<void> {
	const { fields } = await device.event("error");
	assert.is(fields.step, step, fields.message);
	assert.match(fields.message ?? "", words);
	const retry = await device.event("retry");
	assert.ok(Number(retry.fields.seconds) > 0 && Number(retry.fields.seconds) <= 30, retry.fields.seconds);
}

/** Waits until a server listens. */
async function listening(port: number): Promise<void> {
	for (let tries = 0; tries < 9_600; tries += 1) {
		const socket = connect(port, "127.0.0.1");
		const there = await once(socket, "connect").then(
			() => true,
			() => false,
		);
		socket.destroy();
		if (there) return;
		await delay(25);
	}
	throw new Error(`nothing listens on port ${port}`);
}

/** A TCP server on a port of its own; what a client does to it is no error here. */
async function serve(onEnd: Try["onEnd"], accept: (socket: Socket) => void): Promise<number> {
	const sockets = new Set<Socket>();
	const listener: Server = createServer(socket => {
		sockets.add(socket.on("error", () => {}));
		accept(socket);
	}).listen(0, "127.0.0.1");
	await once(listener, "listening");
	onEnd(() => {
		sockets.forEach(socket => socket.destroy());
		return new Promise(resolve => listener.close(resolve));
	});
	return portOf(listener);
}

function portOf(listener: Server): number {
	const address = listener.address();
	return typeof address === "object" && address ? address.port : 0;
}

/** A port that stays free while nobody listens on it: the system takes none below 32768 for connections of its own. */
async function freePort(): Promise<number> {
	for (;;) {
		const port = 10_240 + Math.floor(Math.random() * 22_000);
		const listener = createServer().listen(port, "127.0.0.1");
		const isFree = await Promise.race([
			once(listener, "listening").then(() => true),
			once(listener, "error").then(() => false),
		]).catch(() => false);
		if (!isFree) continue;
		listener.close();
		await once(listener, "close");
		return port;
	}
}

/** Starts a program that serves on a port, and ends it at the end. */
async function startServer(onEnd: Try["onEnd"], port: number, program: string, args: readonly string[]): Promise<void> {
	const child: ChildProcess = spawn(program, args, {
		stdio: ["pipe", "ignore", "pipe"],
		env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
	});
	let printed = "";
	child.stderr?.on("data", text => {
		printed = `${printed}${text}`.slice(-2_000);
	});
	const exit = once(child, "exit");
	onEnd(async () => {
		child.kill("SIGKILL");
		await exit;
	});
	await Promise.race([
		listening(port),
		exit.then(([status, signal]) => {
			throw new Error(`${program} ended before it listened (${signal ?? `status ${status}`}): ${printed}`);
		}),
	]);
}

/** `openssl s_server` with a certificate. */
async function startOpenssl(onEnd: Try["onEnd"], identity: Identity, ...args: string[]): Promise<number> {
	const port = await freePort();
	await startServer(onEnd, port, "openssl", [
		"s_server",
		"-accept",
		`127.0.0.1:${port}`,
		"-quiet",
		"-cert",
		identity.certFile,
		"-key",
		identity.keyPemFile,
		...args,
	]);
	return port;
}

/** The certificates of the simulated manufacturer beside a chip, as PEM. */
function manufacturerCas(folder: string): string {
	const { root, connectivity } = JSON.parse(readFileSync(join(folder, "manufacturer.json"), "utf8")) as Record<
		string,
		{ certificate: string }
	>;
	return [root, connectivity]
		.map(authority => {
			const base64 = Buffer.from(authority?.certificate ?? "", "hex")
				.toString("base64")
				.replace(/.{64}/g, "$&\n");
			return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
		})
		.join("");
}

async function startMosquitto({ folder, onEnd }: Try, ca: string): Promise<number> {
	const port = await freePort();
	const file = (name: string, text: string) => {
		writeFileSync(join(folder, name), text);
		return join(folder, name);
	};
	const configuration = file(
		"mosquitto.conf",
		[
			"user root",
			`listener ${port} 127.0.0.1`,
			"allow_anonymous true",
			"require_certificate true",
			"use_subject_as_username true",
			`cafile ${file("clients.pem", ca)}`,
			`certfile ${server.certFile}`,
			`keyfile ${server.keyPemFile}`,
			"",
		].join("\n"),
	);
	await startServer(onEnd, port, "mosquitto", ["-c", configuration]);
	return port;
}

/** Runs beside the other tests: it takes the 30 s that the session waits for a CONNACK. */
const silence = attempt(async ({ device, onEnd }) => {
	const command = device(await serve(onEnd, () => {}));
	const { seconds, fields } = await command.event("error", 1, 60);
	assert.ok(seconds >= 29 && seconds < 40, `after ${seconds} s`);
	assert.is(fields.step, "secure");
	assert.match(fields.message ?? "", /TLS handshake with broker\.test did not finish in time/);
	await command.event("retry");
});
silence.catch(() => {}); // told by its test below

test("mosquitto with require_certificate and the manufacturer's CAs takes the device, which ends after its echoes", () =>
	attempt(async given => {
		const port = await startMosquitto(given, manufacturerCas(given.folder));
		const device = given.device(port, "--messages", "2", "--interval", "100", "--topic", "a/topic");
		const { status } = await device.ended;
		assert.is(status, 0, device.lines.join("\n"));
		assert.equal(
			device.events("receive").map(({ fields: { qos, topic, own } }) => ({ qos, topic, own })),
			["0", "1"].map(qos => ({ qos, topic: "a/topic", own: "true" })),
		);
		assert.equal(device.events("error"), []);
	}));

test("mosquitto with another CA refuses the device, which says what is wrong with its certificate", () =>
	attempt(async given => {
		const device = given.device(await startMosquitto(given, stranger.cert));
		const { fields } = await device.event("error");
		assert.match(fields.message ?? "", /alert \(48, unknown_ca\).*certificate/);
		await device.event("retry");
	}));

test("a mosquitto that stops is reported, and the same device comes back when it starts again", () =>
	attempt(async given => {
		const ends: (() => unknown)[] = [];
		const port = await startMosquitto({ ...given, onEnd: close => ends.push(close) }, manufacturerCas(given.folder));
		const device = given.device(port, "--interval", "200");
		await device.event("receive");
		for (const end of ends) await end();
		assert.match((await device.event("error")).fields.message ?? "", /lost|closed|ended/);
		await device.event("retry");
		await startServer(given.onEnd, port, "mosquitto", ["-c", join(given.folder, "mosquitto.conf")]);
		await device.event("subscribed", 2);
	}));

for (const [what, identity, step, words] of [
	[
		"a certificate for another name",
		misnamed,
		"secure",
		/for another name.*it is for other\.test, not for broker\.test.*endpoint's name/,
	],
	["an expired certificate", expired, "secure", /expired.*clock/],
	["a certificate that is not valid yet", early, "secure", /not valid yet.*clock/],
	[
		"a certificate of an unknown issuer",
		await issue({ subject: "CN=broker.test", issuer: stranger, names }),
		"secure",
		/not issued under a trusted root/,
	],
	[
		"a self-signed certificate",
		await issue({ subject: "CN=broker.test", names }),
		"secure",
		/not issued under a trusted root/,
	],
] as const)
	test(`openssl s_server with ${what} is refused with the cause`, () =>
		attempt(async ({ device, onEnd }) => {
			await refused(device(await startOpenssl(onEnd, identity)), step, words);
		}));

test("openssl s_server that speaks TLS 1.1 only is refused with the versions that AWS speaks", () =>
	attempt(async ({ device, onEnd }) => {
		const port = await startOpenssl(onEnd, server, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0");
		await refused(device(port), "secure", /AWS IoT speaks (TLS )?1\.2 and 1\.3/);
	}));

test("openssl s_server that wants certificates of another CA refuses the device, which names the likely causes", () =>
	attempt(async ({ device, onEnd }) => {
		const port = await startOpenssl(
			onEnd,
			server,
			"-Verify",
			"1",
			"-verify_return_error",
			"-CAfile",
			stranger.certFile,
		);
		const { fields } = await device(port).event("error");
		assert.match(fields.message ?? "", /48, unknown_ca.*does not know the issuer of the device.s certificate/);
	}));

for (const [what, accept, words] of [
	[
		"closes in the handshake",
		(socket: Socket) => void socket.once("data", () => socket.end()),
		/ended without close_notify.*(wrong port|refused)/,
	],
	[
		"resets in the handshake",
		(socket: Socket) => void socket.once("data", () => socket.resetAndDestroy()),
		/lost|ended without close_notify/,
	],
	[
		"does not speak TLS",
		(socket: Socket) => void socket.write("220 mail.example ESMTP\r\n"),
		/not TLS.*This port does not speak TLS/,
	],
] as const)
	test(`a server that ${what} is reported as such`, () =>
		attempt(async ({ device, onEnd }) => {
			await refused(device(await serve(onEnd, accept)), "secure", words);
		}));

test("a port where nothing listens is reported with host and port", () =>
	attempt(async ({ device }) => {
		const port = await freePort();
		await refused(
			device(port),
			"connect",
			new RegExp(`broker\\.test,? port ${port}: the connection was refused: nothing listens there.*firewall`),
		);
	}));

test("an error that ends the firmware is reported once, and its stack only when asked for", () =>
	withCleanUp(async (folder, onEnd) => {
		const chip = await startChip(folder, "chip", "instant");
		onEnd(() => chip.close());
		for (const [args, hasStack] of [
			[[], false],
			[["--debug"], true],
		] as const) {
			const device = CommandLine.tool("device", [
				"--endpoint",
				"broker.test",
				"--bus",
				chip.address,
				"--key",
				"10000001,10000002",
				...args,
			]);
			onEnd(() => device.kill());
			const { status, stdout, stderr } = await device.ended;
			assert.is(status, 1);
			assert.match(stdout, /error +step=start message=".*object 0x10000002 is not in this chip/);
			assert.is(/\n at readIdentity \(main\.ts:\d+\)/.test(stderr), hasStack, stderr);
			assert.is((stdout + stderr).match(/is not in this chip/g)?.length, hasStack ? 2 : 1);
		}
	}));

test("an address that there is no way to is reported as such", () =>
	attempt(async ({ device }) => {
		await refused(
			device(8883, "--address", "224.0.0.1"),
			"connect",
			/broker\.test, port 8883: there is no way to it: check the network, the gateway/,
		);
	}));

test("a name that cannot be resolved is reported as such", () =>
	withCleanUp(async (folder, onEnd) => {
		const chip = await startChip(folder, "chip", "instant");
		onEnd(() => chip.close());
		const device = CommandLine.tool("device", ["--endpoint", "broker.invalid", "--bus", chip.address], {
			env: { RES_OPTIONS: "timeout:1 attempts:1" },
		});
		onEnd(() => device.kill());
		await refused(device, "resolve", /broker\.invalid.*not resolved.*spelling/);
	}));

test("the attempts go on, at least a second apart and at most as far as the back-off allows", () =>
	attempt(async ({ device }) => {
		const command = device(await freePort());
		await command.event("connect", 4);
		const times = command.events("connect").map(({ seconds }) => seconds);
		const waits = command.events("retry").map(({ fields }) => Number(fields.seconds));
		for (const [index, bound] of [1, 2, 4].entries()) {
			const gap = (times[index + 1] ?? 0) - (times[index] ?? 0);
			assert.ok(gap >= 0.99 && gap <= bound + 0.5, `gap ${index}: ${gap} s`);
			assert.ok(Math.abs(gap - (waits[index] ?? 0)) < 0.5, `retry says ${waits[index]} s, it took ${gap} s`);
		}
	}));

test("a server that accepts and stays silent is given up after 30 s", () => silence);

test.run();
