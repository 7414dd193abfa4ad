// SPDX-License-Identifier: MIT

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../../../tools/lib/root.js";
import { Host, Terminal } from "../../unit/se050-sim/host.js";

const ready = /^SE050 ready at (sim:\S+), UID ([0-9a-f]{36}), certificate SHA-256 ([0-9a-f]{64})$/;

interface Context {
	folder: string;
	running: ChildProcess[];
}

const program = suite<Context>("npm run se050-sim");

program.before.each(context => {
	context.folder = mkdtempSync(join(tmpdir(), "se050-sim-"));
	context.running = [];
});
program.after.each(async ({ folder, running }) => {
	for (const child of running)
		if (child.exitCode === null && child.signalCode === null) {
			child.kill("SIGKILL");
			await once(child, "exit");
		}
	rmSync(folder, { recursive: true });
});

const commandLine = (args: string[]): string[] => [join(root, "tools", "run.mjs"), "se050-sim", ...args];

/** Starts the simulator and gives its line, taken apart. */
async function start(
	{ running }: Context,
	args: string[],
): Promise<{ child: ChildProcess; address: string; uid: string; fingerprint: string }> {
	const child = spawn(process.execPath, commandLine(args), { stdio: ["ignore", "pipe", "inherit"] });
	running.push(child);
	const [line] = (await once(createInterface(child.stdout!), "line")) as [string];
	const [, address, uid, fingerprint] = ready.exec(line) ?? [];
	assert.ok(address && uid && fingerprint, line);
	return { child, address, uid, fingerprint };
}

/** Runs the simulator where it must end by itself. */
function fail(args: string[]): string {
	const { status, stdout, stderr } = spawnSync(process.execPath, commandLine(args), {
		encoding: "utf8",
		timeout: 20_000,
	});
	assert.is(status, 1);
	assert.is(stdout, "");
	assert.is(
		stderr
			.trim()
			.split("\n")
			.filter(line => line !== "(add --help for the options)").length,
		1,
		stderr,
	);
	return stderr;
}

function openssl(...args: string[]): string {
	const { status, stdout, stderr } = spawnSync("openssl", args, { encoding: "utf8" });
	assert.is(status, 0, stderr);
	return stdout;
}

const fileOf = (response: string): Buffer => Buffer.from(response, "hex").subarray(4, -2);

program(
	"openssl verifies the chip's certificates against the manufacturer's root, and its signatures",
	async context => {
		const { folder } = context;
		const { address, uid, fingerprint } = await start(context, [
			"--chip",
			join(folder, "chip.json"),
			"--clock",
			"virtual",
		]);
		const path = (name: string): string => join(folder, name);
		const toPem = (der: string, pem: string): string =>
			openssl("x509", "-inform", "der", "-in", path(der), "-out", path(pem));
		const manufacturer = JSON.parse(readFileSync(path("manufacturer.json"), "utf8"));
		for (const [name, authority] of [
			["root", manufacturer.root],
			["attestation", manufacturer.attestation],
			["connectivity", manufacturer.connectivity],
		]) {
			writeFileSync(path(`${name}.der`), Buffer.from(authority.certificate, "hex"));
			toPem(`${name}.der`, `${name}.pem`);
		}
		const host = await Host.connect(address);
		const terminal = new Terminal(host);
		await terminal.open();
		for (const [key, certificate, issuer] of [
			["F0000000", "F0000001", "connectivity"],
			["F0000012", "F0000013", "attestation"],
			["F0000100", "F0000101", "connectivity"],
		] as const) {
			const file = fileOf(await terminal.transceive(`80020000 000006 4104${certificate} 0000`));
			const der = file.subarray(0, file.readUInt16BE(2) + 4);
			writeFileSync(path("leaf.der"), der);
			toPem("leaf.der", "leaf.pem");
			assert.match(
				openssl("verify", "-CAfile", path("root.pem"), "-untrusted", path(`${issuer}.pem`), path("leaf.pem")),
				/OK/,
			);
			assert.match(
				openssl("x509", "-in", path("leaf.pem"), "-noout", "-serial"),
				new RegExp(`^serial=${uid}000[123]$`, "im"),
			);
			assert.match(
				openssl("x509", "-in", path("leaf.pem"), "-noout", "-subject"),
				new RegExp(`SIMULATED \\(not NXP\\).*${uid}`),
			);
			if (certificate === "F0000101") assert.is(createHash("sha256").update(der).digest("hex"), fingerprint);

			const digest = createHash("sha256").update("message").digest("hex");
			const response = await terminal.transceive(`80030C09 2B 4104${key} 420121 4320${digest}`);
			writeFileSync(path("signature"), fileOf(response));
			writeFileSync(path("message"), "message");
			writeFileSync(path("key.pem"), openssl("x509", "-in", path("leaf.pem"), "-noout", "-pubkey"));
			assert.match(
				openssl("dgst", "-sha256", "-verify", path("key.pem"), "-signature", path("signature"), path("message")),
				/Verified OK/,
			);
		}
		await host.close();
	},
);

program("the attestation certificate has the fields and offsets of a real part's", async context => {
	const { address } = await start(context, ["--chip", join(context.folder, "chip.json"), "--clock", "virtual"]);
	const host = await Host.connect(address);
	const terminal = new Terminal(host);
	await terminal.open();
	const file = fileOf(await terminal.transceive("80020000 000006 4104F0000013 0000"));
	await host.close();
	writeFileSync(join(context.folder, "leaf.der"), file);
	const text = openssl("x509", "-inform", "der", "-in", join(context.folder, "leaf.der"), "-noout", "-text");
	const extensions = [...text.matchAll(/X509v3 .*: *$/gm)].map(([line]) => line.trim());
	assert.equal(extensions, ["X509v3 extensions:", "X509v3 Basic Constraints:", "X509v3 Key Usage:"]);
	assert.match(text, /Signature Algorithm: ecdsa-with-SHA256/);
	assert.is(file.indexOf(Buffer.from("3000", "hex")) > 0, true);
	assert.is(file.subarray(13, 15).toString("hex"), "0214"); // serial number: INTEGER of 20 bytes, its value at offset 15
	const utf8Strings = [...file.toString("latin1").matchAll(/\x06\x03\x55\x04[\x03\x0A\x0B]\x0C/g)];
	assert.is(utf8Strings.length, 6);
});

program("no private key crosses the link", async context => {
	const chip = join(context.folder, "chip.json");
	const trace = join(context.folder, "trace.ndjson");
	const { address } = await start(context, ["--chip", chip, "--clock", "virtual", "--trace", trace]);
	const host = await Host.connect(address);
	const terminal = new Terminal(host);
	await terminal.open();
	await terminal.transceive("80016100 09 410410000002 420103");
	for (const id of ["F0000000", "F0000001", "F0000012", "F0000013", "F0000100", "F0000101", "F0000102", "10000002"])
		await terminal.transceive(`80020000 000006 4104${id} 0000`);
	await terminal.transceive(`80030C09 2B 4104F0000100 420121 4320${"11".repeat(32)}`);
	await host.close();
	const objects = JSON.parse(readFileSync(chip, "utf8")).objects as {
		type: string;
		privateKey?: string;
		publicKey?: string;
	}[];
	const keys = objects.filter(({ type }) => type === "ec-key-pair");
	assert.is(keys.length, 5);
	const text = readFileSync(trace, "utf8");
	const records = text
		.trim()
		.split("\n")
		.map(line => JSON.parse(line));
	const crossed = records
		.filter(({ layer }) => layer === "apdu")
		.map(({ bytes }) => bytes)
		.join();
	for (const { privateKey, publicKey } of keys) {
		assert.ok(crossed.includes(publicKey!));
		assert.not.ok(text.includes(privateKey!));
	}
	const rsa = objects.find(({ type }) => type === "rsa-key-pair")!;
	assert.not.ok(text.includes(rsa.privateKey!));
});

program("SIGTERM and SIGINT end it with status 0 and leave no socket", async context => {
	for (const signal of ["SIGTERM", "SIGINT"] as const) {
		const socket = join(context.folder, "a.sock");
		const { child } = await start(context, [
			"--chip",
			join(context.folder, "chip.json"),
			"--socket",
			socket,
			"--clock",
			"virtual",
		]);
		assert.ok(existsSync(socket));
		child.kill(signal);
		const [status] = await once(child, "exit");
		assert.is(status, 0);
		assert.not.ok(existsSync(socket));
	}
});

program("a chip whose simulator was killed starts again", async context => {
	const args = ["--chip", join(context.folder, "chip.json"), "--clock", "virtual"];
	const first = await start(context, args);
	first.child.kill("SIGKILL");
	await once(first.child, "exit");
	const second = await start(context, args);
	assert.is(second.uid, first.uid);
});

program("three simulators that start at once in an empty folder share one manufacturer", async context => {
	const names = ["a", "b", "c"];
	const started = await Promise.all(
		names.map(name => start(context, ["--chip", join(context.folder, "state", `${name}.json`)])),
	);
	assert.is(new Set(started.map(({ uid }) => uid)).size, 3);
	const manufacturer = JSON.parse(readFileSync(join(context.folder, "state", "manufacturer.json"), "utf8"));
	writeFileSync(join(context.folder, "ca.der"), Buffer.from(manufacturer.connectivity.certificate, "hex"));
	openssl("x509", "-inform", "der", "-in", join(context.folder, "ca.der"), "-out", join(context.folder, "ca.pem"));
	for (const { address } of started) {
		const host = await Host.connect(address);
		const terminal = new Terminal(host);
		await terminal.open();
		const file = fileOf(await terminal.transceive("80020000 000006 4104F0000101 0000"));
		await host.close();
		writeFileSync(join(context.folder, "leaf.der"), file);
		openssl(
			"x509",
			"-inform",
			"der",
			"-in",
			join(context.folder, "leaf.der"),
			"-out",
			join(context.folder, "leaf.pem"),
		);
		openssl("verify", "-partial_chain", "-CAfile", join(context.folder, "ca.pem"), join(context.folder, "leaf.pem"));
	}
});

program("what is wrong is said in one sentence, with status 1", async context => {
	const chip = join(context.folder, "chip.json");
	assert.match(fail(["--clock", "sundial"]), /--clock must be one of real, virtual, not .sundial/);
	assert.match(fail(["--frobnicate"]), /unknown option/);
	assert.match(fail(["--chip", chip, "--tcp", "192.0.2.1:5050"]), /must be a loopback address and a port/);
	assert.match(fail(["--chip", chip, "--socket", `/${"x".repeat(120)}`]), /takes 107/);
	assert.match(fail(["--chip", chip, "--trace", join(context.folder, "missing", "trace")]), /Cannot write the trace/);
	assert.match(fail(["--chip", "/dev/null/chip.json"]), /Cannot (read|write)/);
	const { address } = await start(context, ["--chip", chip, "--tcp", "127.0.0.1:0"]);
	assert.match(fail(["--chip", join(context.folder, "b.json"), "--tcp", address.slice(4)]), /in use/);
	assert.match(fail(["--chip", chip, "--tcp", "127.0.0.1:0"]), /in use by the simulator of process/);
	writeFileSync(join(context.folder, "damaged.json"), "{");
	assert.match(fail(["--chip", join(context.folder, "damaged.json")]), /is damaged/);
});

program("--help shows each option and an example", () => {
	const { status, stdout } = spawnSync(process.execPath, commandLine(["--help"]), { encoding: "utf8" });
	assert.is(status, 0);
	for (const option of [
		"--chip",
		"--manufacturer",
		"--socket",
		"--tcp",
		"--clock",
		"--latency",
		"--tlv-length",
		"--seed",
		"--trace",
		"Examples:",
	])
		assert.ok(stdout.includes(option), option);
});

program.run();
