// SPDX-License-Identifier: MIT
/** A key of one's own in the chip, its request signed by one's own CA, the certificate written, and a connection with it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Operator } from "../../../tools/device/operator.js";
import { trustedRoots } from "../../../tools/device/roots.js";
import { startIotCore } from "../../../tools/iot-core/core.js";
import { Device, startChip, withCleanUp } from "../app/picture.js";
import { stateFolder } from "../iot-core/state-folder.js";
import { run, se050, told } from "./tool.js";

async function openssl(...args: string[]): Promise<void> {
	const { status, complaint } = await run("openssl", ...args);
	assert.is(status, 0, complaint);
}

test("keygen, csr, own CA, cert --write and --key KEY,CERT end in a connection", () =>
	withCleanUp(async (folder, onEnd) => {
		const file = (name: string) => join(folder, name);
		const chip = await startChip(folder, "chip", "instant");
		onEnd(() => chip.close());
		const bus = ["--bus", chip.address];

		await told("keygen", "10000001", ...bus);
		await told("csr", "10000001", "--subject", "CN=my-device", "--out", file("device.csr"), ...bus);
		const ca = ["-keyout", file("ca.key"), "-out", file("ca.pem"), "-subj", "/CN=My CA", "-days", "30"];
		await openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", ...ca);
		const by = ["-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-CAcreateserial", "-days", "30"];
		await openssl("x509", "-req", "-in", file("device.csr"), ...by, "-out", file("device.pem"));
		assert.match(
			await told("cert", "10000002", "--write", file("device.pem"), "--size", "1024", ...bus),
			/^0x10000002 holds the certificate of CN=my-device, \d+ bytes\.\n$/,
		);
		assert.is(await told("cert", "10000002", ...bus), readFileSync(file("device.pem"), "utf8"));

		const core = await startIotCore({ stateDir: await stateFolder(file("iot-core")), devicePort: 0, controlPort: 0 });
		onEnd(() => core.close());
		const operator = new Operator(core.controlUrl, core.region);
		onEnd(() => operator.close());
		await operator.createPolicy();
		await operator.register(readFileSync(file("device.pem"), "utf8"));
		const device = await Device.start({
			endpoint: core.endpoint,
			port: core.devicePort,
			address: "127.0.0.1",
			trustedRoots: trustedRoots(core.rootCaFile),
			bus: chip.address,
			key: "10000001,10000002",
			messages: 1,
			interval: 100,
		});
		onEnd(() => device.stop());
		const { status } = await device.ended;
		assert.is(status, 0, device.lines.join("\n"));
		assert.is(device.named("receive").length, 1);
	}));

test("write makes a file of several commands, with size and policy, and replaces nothing", () =>
	withCleanUp(async (folder, onEnd) => {
		const file = (name: string) => join(folder, name);
		const chip = await startChip(folder, "chip", "instant");
		onEnd(() => chip.close());
		const bus = ["--bus", chip.address];
		const content = Buffer.from(Array.from({ length: 1300 }, (_, index) => index % 251));
		writeFileSync(file("content"), content);
		writeFileSync(file("empty"), "");

		assert.match(await told("write", "20000001", file("content"), ...bus), /holds 1,300 bytes/);
		assert.is((await told("read", "20000001", ...bus)).trim(), content.toString("hex"));
		assert.match(await told("write", "20000002", file("content"), "--size", "1400", ...bus), /holds 1,300 bytes/);
		assert.is((await told("read", "20000002", ...bus)).trim(), content.toString("hex") + "00".repeat(100));
		const rights = ["--rights", "read,delete"];
		writeFileSync(file("short"), "abc");
		await told("write", "20000003", file("short"), ...rights, ...bus);

		for (const [args, sentence] of [
			[["20000001", file("short")], /0x20000001 is already in this chip, and nothing was changed/],
			[["20000004", file("content"), ...rights], /add "write" to --rights/],
			[["20000004", file("content"), "--size", "1299"], /size is from its content's 1300 to/],
			[["20000004", file("empty")], /nothing to write/],
			[["F0000101", file("short")], /already in this chip/],
			[["7FFF0300", file("short")], /6985/],
		] as const) {
			const { status, complaint } = await se050("write", ...args, ...bus);
			assert.is(status, 1);
			assert.match(complaint, sentence);
		}
		assert.not.match(await told("list", ...bus), /0x20000004/);

		writeFileSync(file("chain.pem"), "no certificate");
		assert.match(
			(await se050("cert", "20000005", "--write", file("chain.pem"), ...bus)).complaint,
			/Give the certificate, as PEM or DER/,
		);
	}));

test("verify takes what sign prints, and a pipe that ends early is no error", () =>
	withCleanUp(async (folder, onEnd) => {
		const chip = await startChip(folder, "chip", "instant");
		onEnd(() => chip.close());
		const tool = `"${process.execPath}" tools/run.mjs se050`;
		const bus = `--bus ${chip.address}`;
		const shell = (script: string) => run("bash", "-o", "pipefail", "-c", script);
		writeFileSync(join(folder, "message"), "hello");
		const signed = await shell(
			`${tool} sign F0000100 ${folder}/message ${bus} | ${tool} verify F0000100 ${folder}/message - ${bus}`,
		);
		assert.is(signed.status, 0, signed.complaint);
		assert.match(signed.output, /The signature is right/);
		for (const command of [`list ${bus}`, `random 100000 ${bus}`, "--help"]) {
			const { status, complaint } = await shell(`${tool} ${command} | head -c 1`);
			assert.is(status, 0, complaint);
			assert.is(complaint, "");
		}
	}));

test.run();
