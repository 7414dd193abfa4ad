// SPDX-License-Identifier: MIT
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type SecureVersion, connect as tlsConnect } from "node:tls";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { type DeviceIdentity, Fixture, run } from "./fixture.js";

/** Alert numbers as openssl prints them (RFC 8446, section 6). */
const alertPattern = {
	handshakeFailure: 40,
	certificateUnknown: 46,
	protocolVersion: 70,
	missingExtension: 109,
	unrecognizedName: 112,
	certificateRequired: 116,
};

const test = suite<{ fixture: Fixture; device: DeviceIdentity }>("TLS on the device endpoint");

test.before(async context => {
	context.fixture = await Fixture.start();
	context.device = await context.fixture.makeRegisteredDevice();
});

test.after(({ fixture }) => fixture.close());

interface Hello {
	version?: "-tls1_2" | "-tls1_3" | "-tls1_1";
	/** null: no SNI at all. */
	serverName?: string | null;
	device?: DeviceIdentity;
	more?: string[];
}

/** Opens a connection with openssl and says what it printed until the endpoint or end of input closed it. */
async function openssl(
	{ core }: Fixture,
	{ version = "-tls1_2", serverName = core.endpoint, device, more = [] }: Hello,
): Promise<string> {
	const name = serverName === null ? ["-noservername"] : ["-servername", serverName];
	const identity = device === undefined ? [] : ["-cert", device.certificateFile, "-key", device.keyFile];
	const { stdout, stderr } = await run(
		"openssl",
		[
			"s_client",
			"-connect",
			`127.0.0.1:${core.devicePort}`,
			"-CAfile",
			core.rootCaFile,
			"-ign_eof",
			version,
			...name,
			...identity,
			...more,
		],
		{ input: "" },
	);
	return stdout + stderr;
}

/** One MQTT session of a device with a clean end: CONNECT, DISCONNECT. Returns what openssl printed. */
async function session(
	{ core }: Fixture,
	version: string,
	device: DeviceIdentity,
	more: string[] = [],
): Promise<string> {
	const packets = "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01s\xe0\x00";
	const { stdout, stderr } = await run(
		"openssl",
		[
			"s_client",
			"-connect",
			`127.0.0.1:${core.devicePort}`,
			"-CAfile",
			core.rootCaFile,
			"-verify_return_error",
			"-verify_hostname",
			core.endpoint,
			"-servername",
			core.endpoint,
			"-ign_eof",
			version,
			"-cert",
			device.certificateFile,
			"-key",
			device.keyFile,
			...more,
		],
		{ input: packets },
	);
	return stdout + stderr;
}

/** A handshake by Node, with a session to be resumed, if there is one, up to the first session that the server offers. */
function handshake(
	{ core }: Fixture,
	{ certificate, key }: DeviceIdentity,
	version: SecureVersion,
	session?: Buffer,
): Promise<{ resumed: boolean; sessions: Buffer[] }> {
	return new Promise((resolve, reject) => {
		const sessions: Buffer[] = [];
		const socket = tlsConnect({
			host: "127.0.0.1",
			port: core.devicePort,
			servername: core.endpoint,
			ca: core.rootCa,
			cert: certificate,
			key,
			minVersion: version,
			maxVersion: version,
			...(session === undefined ? {} : { session }),
		});
		socket.once("error", reject);
		socket.on("session", session => {
			sessions.push(session);
			resolve({ resumed: socket.isSessionReused(), sessions });
			socket.destroy();
		});
	});
}

for (const version of ["-tls1_2", "-tls1_3"] as const) {
	test(`the server's chain and name are right (${version})`, async ({ fixture, device }) => {
		assert.match(await session(fixture, version, device), /Verify return code: 0 \(ok\)/);
	});

	test(`a certificate that is not registered gets certificate_unknown (${version})`, async ({ fixture }) => {
		const device = await fixture.makeDevice();
		assert.match(await openssl(fixture, { version, device }), `SSL alert number ${alertPattern.certificateUnknown}`);
		await fixture.logged(
			new RegExp(`certificate ${device.certificateId} is not registered \\(TLS alert certificate_unknown\\)`),
		);
	});

	for (const status of ["INACTIVE", "REVOKED"] as const)
		test(`an ${status} certificate gets certificate_unknown (${version})`, async ({ fixture }) => {
			const device = await fixture.makeDevice();
			await fixture.register(device, status);
			assert.match(await openssl(fixture, { version, device }), `SSL alert number ${alertPattern.certificateUnknown}`);
			await fixture.logged(new RegExp(`certificate ${device.certificateId} is ${status}, not ACTIVE`));
		});

	test(`a registered device without SNI gets missing_extension (${version})`, async ({ fixture, device }) => {
		assert.match(
			await openssl(fixture, { version, device, serverName: null }),
			`SSL alert number ${alertPattern.missingExtension}`,
		);
		await fixture.logged(/no SNI was sent/);
	});

	test(`another account's endpoint in SNI gets unrecognized_name (${version})`, async ({ fixture, device }) => {
		const serverName = "a00000000000-ats.iot.ap-northeast-1.amazonaws.com";
		assert.match(
			await openssl(fixture, { version, device, serverName }),
			`SSL alert number ${alertPattern.unrecognizedName}`,
		);
		await fixture.logged(new RegExp(`SNI names ${serverName}`));
	});

	test(`SNI that is only a part of the endpoint's name gets unrecognized_name (${version})`, async ({
		fixture,
		device,
	}) => {
		const serverName = fixture.core.endpoint.replace(/^[^.]*\./, "");
		assert.match(
			await openssl(fixture, { version, device, serverName }),
			`SSL alert number ${alertPattern.unrecognizedName}`,
		);
	});

	test(`no client certificate is refused (${version})`, async ({ fixture }) => {
		const alert = version === "-tls1_2" ? alertPattern.handshakeFailure : alertPattern.certificateRequired;
		assert.match(await openssl(fixture, { version }), `SSL alert number ${alert}`);
		await fixture.logged(/no client certificate was shown/);
	});
}

test("SNI in capitals is the same name", async ({ fixture, device }) => {
	assert.match(
		await session(fixture, "-tls1_2", device, ["-servername", fixture.core.endpoint.toUpperCase()]),
		/Verify return code: 0 \(ok\)/,
	);
});

test("TLS 1.1 gets protocol_version", async ({ fixture, device }) => {
	const output = await openssl(fixture, { version: "-tls1_1", device, more: ["-cipher", "ALL:@SECLEVEL=0"] });
	assert.match(output, `SSL alert number ${alertPattern.protocolVersion}`);
	await fixture.logged(/the TLS handshake failed: unsupported protocol/);
});

for (const suite of ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-SHA384", "AES128-SHA"])
	test(`AWS' suite ${suite} is served`, async ({ fixture, device }) => {
		assert.match(await session(fixture, "-tls1_2", device, ["-cipher", suite]), `Cipher is ${suite}`);
	});

for (const suite of ["ECDHE-RSA-CHACHA20-POLY1305", "AES128-CCM", "DHE-RSA-AES128-GCM-SHA256"])
	test(`${suite}, which AWS does not have in TLS 1.2, is not served`, async ({ fixture, device }) => {
		assert.match(
			await openssl(fixture, { device, more: ["-cipher", suite] }),
			`SSL alert number ${alertPattern.handshakeFailure}`,
		);
	});

test("there is no session ticket in TLS 1.2", async ({ fixture, device }) => {
	assert.not.match(await session(fixture, "-tls1_2", device), /TLS session ticket:/);
});

for (const version of ["TLSv1.2", "TLSv1.3"] as const)
	test(`a session of ${version} is not resumed`, async ({ fixture, device }) => {
		const first = await handshake(fixture, device, version);
		assert.ok(first.sessions.length > 0);
		assert.is((await handshake(fixture, device, version, first.sessions.at(-1))).resumed, false);
	});

test("bytes that are not TLS are refused with a reason", async ({ fixture }) => {
	const socket = connect(fixture.core.devicePort, "127.0.0.1");
	socket.on("error", () => {});
	socket.end("GET / HTTP/1.1\r\n\r\n");
	await fixture.logged(/the TLS handshake failed: http request/);
});

test("a device that distrusts the server's root is named in the log with its alert", async ({ fixture, device }) => {
	await run(
		"openssl",
		[
			"s_client",
			"-connect",
			`127.0.0.1:${fixture.core.devicePort}`,
			"-servername",
			fixture.core.endpoint,
			"-verify_return_error",
			"-CAfile",
			device.certificateFile,
			"-cert",
			device.certificateFile,
			"-key",
			device.keyFile,
		],
		{ input: "" },
	);
	await fixture.logged(/the TLS handshake failed: tlsv1 alert unknown ca/);
});

test("a device that goes away before the handshake is done is named in the log", async ({ fixture }) => {
	connect(fixture.core.devicePort, "127.0.0.1").end();
	await fixture.logged(/^127\.0\.0\.1:\d+ went away before the TLS handshake was done$/);
});

test("an ECDSA chain is served when asked for", async () => {
	const fixture = await Fixture.start({ keyType: "ecdsa" });
	try {
		const device = await fixture.makeRegisteredDevice();
		const output = await session(fixture, "-tls1_2", device);
		assert.match(output, /Verify return code: 0 \(ok\)/);
		assert.match(output, /Cipher is ECDHE-ECDSA-/);
	} finally {
		await fixture.close();
	}
});

test("the server's keys are readable for their owner only", ({ fixture }) => {
	for (const name of ["root-ca", "intermediate-ca", "server"])
		assert.is(statSync(join(fixture.folder, `${name}-rsa.key.pem`)).mode & 0o777, 0o600);
});

/** Starts again on a fixture's folder after something was done to it. */
async function restarted(change: (folder: string) => void): Promise<{ before: Fixture; after: Fixture }> {
	const before = await Fixture.start();
	await before.close(true);
	change(before.folder);
	return { before, after: await Fixture.start({ stateDir: before.folder }) };
}

test("name, root and server certificate are the same after a restart", async () => {
	let server = "";
	const { before, after } = await restarted(folder => {
		server = readFileSync(join(folder, "server-rsa.crt.pem"), "utf8");
	});
	assert.is(after.core.endpoint, before.core.endpoint);
	assert.is(after.core.rootCa, before.core.rootCa);
	assert.is(readFileSync(join(after.folder, "server-rsa.crt.pem"), "utf8"), server);
	await after.close();
});

test("a state file that is broken is named with the remedy", async () => {
	const fixture = await Fixture.start();
	await fixture.close(true);
	writeFileSync(join(fixture.folder, "server-rsa.crt.pem"), "broken");
	try {
		await Fixture.start({ stateDir: fixture.folder });
		assert.unreachable();
	} catch (error) {
		assert.match((error as Error).message, /server-rsa\.crt\.pem .* remove both, and new ones are made/);
	}
});

test.run();
