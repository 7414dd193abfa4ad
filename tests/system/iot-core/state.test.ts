// SPDX-License-Identifier: MIT

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { DescribeCertificateCommand, ListAttachedPoliciesCommand, ListCertificatesCommand } from "@aws-sdk/client-iot";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../../../tools/lib/root.js";

import { Fixture, happened, run } from "./fixture.js";

const runner = join(root, "tools", "run.mjs");

const test = suite<{ folder: string }>("the state folder");

test.before.each(context => {
	context.folder = mkdtempSync(join(tmpdir(), "iot-core-state-"));
});

test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** The options that need no port to be free. */
function ports(folder: string): string[] {
	return ["--state", folder, "--port", "0", "--control-port", "0", "--page-port", "0"];
}

interface Program {
	child: ChildProcess;
	controlUrl: string;
}

/** `npm run iot-core` in a process of its own, on free ports, when it is ready. */
function startProgram(folder: string): Promise<Program> {
	const child = spawn(process.execPath, [runner, "iot-core", ...ports(folder)], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	return new Promise((resolve, reject) => {
		let output = "";
		child.stdout.on("data", chunk => {
			output += chunk;
			const controlUrl = /control plane +(\S+)/.exec(output)?.[1];
			if (controlUrl !== undefined && output.includes("Ctrl-C")) resolve({ child, controlUrl });
		});
		child.once("exit", () => reject(new Error(`iot-core ended before it was ready: ${output}`)));
	});
}

function ended(child: ChildProcess): Promise<number | null> {
	return new Promise(resolve => child.once("exit", status => resolve(status)));
}

/** Registers a certificate over plain HTTP; false when the program was gone before it answered. */
async function registerAt(controlUrl: string, certificate: string): Promise<boolean> {
	try {
		const response = await fetch(`${controlUrl}/certificate/register-no-ca`, {
			method: "POST",
			headers: {
				authorization: `AWS4-HMAC-SHA256 Credential=any/20260101/ap-northeast-1/iot/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`,
			},
			body: JSON.stringify({ certificatePem: certificate, status: "ACTIVE" }),
		});
		return response.status === 200;
	} catch {
		return false;
	}
}

test("registrations, policies and the endpoint are there again after a restart", async ({ folder }) => {
	const before = await Fixture.start({ stateDir: folder });
	const device = await before.makeRegisteredDevice();
	await before.close(true);
	const after = await Fixture.start({ stateDir: folder });
	const { certificateDescription } = await after.client.send(
		new DescribeCertificateCommand({ certificateId: device.certificateId }),
	);
	assert.is(certificateDescription?.status, "ACTIVE");
	const { policies } = await after.client.send(
		new ListAttachedPoliciesCommand({ target: after.certificateArn(device) }),
	);
	assert.is(policies?.length, 1);
	const client = after.connect(device, { clientId: "again" });
	await happened(client, "connect");
	await client.endAsync();
	await after.close(true);
});

test("what was answered before kill -9 is there again", async ({ folder }) => {
	const maker = await Fixture.start();
	const devices = await Promise.all(Array.from({ length: 40 }, () => maker.makeDevice()));
	await maker.close();
	const { child, controlUrl } = await startProgram(folder);
	const answered: string[] = [];
	const killed = ended(child);
	await Promise.all(
		devices.map(async ({ certificate, certificateId }, index) => {
			if (!(await registerAt(controlUrl, certificate))) return;
			answered.push(certificateId);
			if (index >= 20) child.kill("SIGKILL");
		}),
	);
	await killed;
	const after = await Fixture.start({ stateDir: folder });
	const { certificates = [] } = await after.client.send(new ListCertificatesCommand({ pageSize: 250 }));
	const kept = certificates.map(({ certificateId }) => certificateId);
	await after.close(true);
	assert.ok(answered.length >= 20);
	assert.equal(
		answered.filter(id => !kept.includes(id)),
		[],
	);
});

test("SIGTERM ends the program with status 0 and gives the folder free", async ({ folder }) => {
	const { child } = await startProgram(folder);
	const status = ended(child);
	child.kill("SIGTERM");
	assert.is(await status, 0);
	assert.not(existsSync(join(folder, "lock")));
});

test("a folder that another iot-core uses is refused with its process", async ({ folder }) => {
	const { child } = await startProgram(folder);
	try {
		const { status, stderr } = await run(process.execPath, [runner, "iot-core", ...ports(folder)]);
		assert.is(status, 1);
		assert.match(stderr, new RegExp(`^The state folder is in use by process ${child.pid} `));
	} finally {
		const stopped = ended(child);
		child.kill("SIGTERM");
		await stopped;
	}
});

test("a port in use is one sentence with a remedy, and leaves nothing behind", async ({ folder }) => {
	const other = createServer();
	await new Promise<void>(resolve => other.listen(0, "127.0.0.1", resolve));
	const address = other.address();
	const port = String(typeof address === "object" ? address?.port : address);
	const { status, stderr } = await run(process.execPath, [runner, "iot-core", ...ports(folder), "--port", port]);
	other.close();
	assert.is(status, 1);
	assert.is(
		stderr.trim(),
		`Port ${port} on 127.0.0.1 cannot be used (another program listens there: stop it, or choose another port with --port).`,
	);
	assert.not(readdirSync(folder).includes("lock"));
});

test("the page's default port in use is said, and the page is on another one", async ({ folder }) => {
	// Taken or in use already: both are what the test is about.
	const other = createServer();
	await new Promise<void>(resolve => other.once("error", () => resolve()).listen(8885, "127.0.0.1", resolve));
	const fixture = await Fixture.start({ stateDir: folder, pagePort: "default" });
	const { port } = new URL(fixture.core.pageUrl ?? "");
	assert.ok(Number(port) > 8885, port);
	await fixture.logged(new RegExp(`^port 8885 is in use: the page is on port ${port} `));
	await fixture.close(true);
	other.close();
});

test("a corrupt registry is one sentence with file, line and remedy", async ({ folder }) => {
	writeFileSync(join(folder, "registry-ap-northeast-1-123456789012.ndjson"), "rubbish\n");
	const { status, stderr } = await run(process.execPath, [runner, "iot-core", ...ports(folder)]);
	assert.is(status, 1);
	assert.match(
		stderr,
		/^.*registry-ap-northeast-1-123456789012\.ndjson, line 1, is not an entry of this program .*: restore the file, or remove the state folder to start empty\.\n$/,
	);
});

test("a state folder that is a file is one sentence with a remedy", async ({ folder }) => {
	const file = join(folder, "file");
	writeFileSync(file, "");
	const { status, stderr } = await run(process.execPath, [runner, "iot-core", ...ports(file)]);
	assert.is(status, 1);
	assert.match(stderr, /^.*\/file is a file, not a state folder: name a folder with --state\.\n$/);
});

test("a region that is none is one sentence", async ({ folder }) => {
	const { status, stderr } = await run(process.execPath, [runner, "iot-core", "--state", folder, "--region", "tokyo"]);
	assert.is(status, 1);
	assert.is(stderr, '"tokyo" is not the name of an AWS region, such as ap-northeast-1.\n');
});

test("--help has an example", async () => {
	const { status, stdout } = await run(process.execPath, [runner, "iot-core", "--help"]);
	assert.is(status, 0);
	assert.match(stdout, "aws iot describe-endpoint --endpoint-type iot:Data-ATS --endpoint-url");
});

test("the root CA's file has the name that the README gives a device", async ({ folder }) => {
	const [, named] = /--root-ca state\/iot-core\/(\S+)/.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
	const fixture = await Fixture.start({ stateDir: folder });
	assert.is(named, relative(folder, fixture.core.rootCaFile));
	await fixture.close(true);
});

test.run();
