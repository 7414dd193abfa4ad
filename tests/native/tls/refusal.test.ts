// SPDX-License-Identifier: MIT
import type { Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasTLS13, runClient, withOpenSSL, withServer, withTCP } from "../../../tools/bench/tls/client.js";
import { type Identity, type Issue, issue, serverChain } from "../../../tools/bench/tls/pki.js";
import { attack } from "./attack.js";
import type { Channel } from "./channel.js";
import { Server12 } from "./server12.js";

const { root, server } = await serverChain("P-256");
const trust = ["--root", root.certificateFile, "--name", "server.test"];
const device = await issue({ subject: "CN=device" });
const identify = ["--certificate", device.certificateFile, "--key", device.keyFile];
const names = [{ type: "dns" as const, value: "server.test" }];
const day = 24 * 3600e3;
const versions = hasTLS13 ? (["TLSv1.2", "TLSv1.3"] as const) : (["TLSv1.2"] as const);

type Version = (typeof versions)[number];

/** Handshakes with a server of that certificate; the failure, and what the server got to see of it. */
async function refuse(version: Version, identity: Identity, options: string[]) {
	const only = { minVersion: version, maxVersion: version, honorCipherOrder: false, ciphers: "DEFAULT:@SECLEVEL=0" };
	return withServer(
		{ ...only, cert: identity.cert, key: identity.key },
		() => undefined,
		async (port, seen) => {
			const failure = (await runClient(port, options)).failure();
			await new Promise(resolve => setTimeout(resolve, 20));
			return { failure, alerts: seen.errors };
		},
	);
}

interface Refusal {
	name: string;
	certificate: Partial<Issue> & { selfSigned?: boolean; untrusted?: boolean };
	reason: string;
	/** What the sentence says. */
	words: RegExp;
	/** The alert that the server gets, as OpenSSL names it. */
	alert: RegExp;
}

const nameConstraints = "2.5.29.30";

const refusals: Refusal[] = [
	{
		name: "another name",
		certificate: {
			names: [
				{ type: "dns", value: "a.example" },
				{ type: "dns", value: "*.b.example" },
			],
		},
		reason: "wrong-name",
		words: /it is for a\.example, \*\.b\.example, not for server\.test/,
		alert: /BAD_CERTIFICATE/,
	},
	{
		name: "no name",
		certificate: { subject: "CN=elsewhere" },
		reason: "wrong-name",
		words: /"CN=elsewhere" has no subject alternative name, so it is for no server/,
		alert: /BAD_CERTIFICATE/,
	},
	{
		name: "its name in the subject only",
		certificate: { subject: "CN=server.test" },
		reason: "wrong-name",
		words: /"CN=server\.test" has no subject alternative name/,
		alert: /BAD_CERTIFICATE/,
	},
	{
		name: "name constraints that are not critical",
		certificate: { names, extension: { oid: nameConstraints, critical: false } },
		reason: "unsupported-certificate",
		words: /"CN=server\.test" has name constraints\).*no name constraints/,
		alert: /ACCESS_DENIED/,
	},
	{
		name: "name constraints that are critical",
		certificate: { names, extension: { oid: nameConstraints, critical: true } },
		reason: "unsupported-certificate",
		words: /something that this client does not accept .*no unknown critical extension/,
		alert: /BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE/,
	},
	{
		name: "a past validity",
		certificate: { names, notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) },
		reason: "expired",
		words: /"CN=server\.test" ended 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ, the clock says 20/,
		alert: /CERTIFICATE_EXPIRED/,
	},
	{
		name: "a future validity",
		certificate: { names, notBefore: new Date(Date.now() + day), notAfter: new Date(Date.now() + 2 * day) },
		reason: "not-yet-valid",
		words: /begins 20\d\d.*clock is probably slow/,
		alert: /CERTIFICATE_UNKNOWN|BAD_CERTIFICATE|CERTIFICATE_EXPIRED/,
	},
	{
		name: "an unknown issuer",
		certificate: { names, untrusted: true },
		reason: "unknown-issuer",
		words: /"CN=server\.test" is issued by "CN=Stranger"/,
		alert: /UNKNOWN_CA/,
	},
	{
		name: "no issuer but itself",
		certificate: { names, selfSigned: true },
		reason: "unknown-issuer",
		words: /"CN=server\.test" is self-signed/,
		alert: /UNKNOWN_CA/,
	},
	{
		name: "a 1024-bit RSA key",
		certificate: { names, key: "RSA-1024" },
		reason: "weak-certificate",
		words: /RSA of at least 2048 bits/,
		alert: /UNSUPPORTED_CERTIFICATE/,
	},
	{
		name: "the purpose of a client",
		certificate: { names, extendedKeyUsage: "1.3.6.1.5.5.7.3.2" },
		reason: "bad-certificate",
		words: /is not for a TLS server \("CN=server\.test": its extended key usage does not include it\)/,
		alert: /UNSUPPORTED_CERTIFICATE/,
	},
];

const stranger = await issue({ subject: "CN=Stranger", authority: true });

for (const version of versions)
	for (const { name, certificate, reason, words, alert } of refusals)
		test(`${version}: a server certificate with ${name} is refused as ${reason}, with an alert`, async () => {
			const { selfSigned, untrusted, ...rest } = certificate;
			const issuer = selfSigned ? {} : { issuer: untrusted ? stranger : root };
			const identity = await issue({ subject: "CN=server.test", ...issuer, ...rest });
			const { failure, alerts } = await refuse(version, identity, trust);
			assert.is(failure.step, "handshake");
			assert.is(failure.reason, reason, failure.message);
			assert.match(failure.message, words);
			assert.is(alerts.length, 1);
			assert.match(alerts[0] ?? "", alert);
		});

test("a chain signed with SHA-1 is refused as weak", async () => {
	const old = await issue({ subject: "CN=Old Root", key: "RSA-SHA1", authority: true });
	const identity = await issue({ subject: "CN=server.test", key: "RSA-SHA1", issuer: old, names });
	const { result, alert } = await attack(
		(channel: Channel) => new Server12(channel, identity),
		async each => {
			await each.readHello();
			each.channel.send(
				each.serverHello({ suite: 0xc02f }),
				each.certificate(),
				each.serverKeyExchange({ algorithm: 0x0401 }),
				each.serverHelloDone(),
			);
			await each.finish();
		},
		["--root", old.certificateFile, "--name", "server.test"],
	);
	assert.is(result.failure().reason, "weak-certificate");
	assert.ok(alert !== undefined);
});

test("a certificate of an issuer that is no CA is refused", async () => {
	const leaf = await issue({ subject: "CN=Leaf", issuer: root });
	const identity = await issue({ subject: "CN=server.test", issuer: leaf, names });
	assert.is((await refuse("TLSv1.2", identity, trust)).failure.reason, "unknown-issuer");
});

test("an IP literal that the certificate does not have is refused, with the addresses that it has", async () => {
	const { failure } = await refuse("TLSv1.2", server, ["--root", root.certificateFile, "--name", "127.0.0.2"]);
	assert.is(failure.reason, "wrong-name");
	assert.match(failure.message, /it is for server\.test, \*\.wild\.test, 127\.0\.0\.1, not for 127\.0\.0\.2/);
});

test("validity is judged by the given clock", async () => {
	const late = String(Math.floor(Date.now() / 1000) + 7200);
	assert.is((await refuse("TLSv1.2", server, [...trust, "--time", late])).failure.reason, "expired");
	const early = String(Math.floor(Date.now() / 1000) - 7200);
	assert.is((await refuse("TLSv1.2", server, [...trust, "--time", early])).failure.reason, "not-yet-valid");
});

test("a clock that is not set is an error before the first byte", () =>
	withTCP(
		() => assert.unreachable(),
		async port => {
			const failure = (await runClient(port, [...trust, "--time", "86400"])).failure();
			assert.is(failure.step, "setup");
			assert.is(failure.reason, "clock-not-set");
			assert.match(failure.message, /it says 1970-01-02T00:00:00Z.*SNTP/);
		},
	));

for (const ciphers of ["DEFAULT:@SECLEVEL=0", "DEFAULT"])
	test(`a TLS 1.1 server is refused for its version (ciphers ${ciphers})`, () =>
		withOpenSSL(["-tls1_1", "-cipher", ciphers, "-cert", server.certFile, "-key", server.keyPemFile], async port => {
			const failure = (await runClient(port, trust)).failure();
			assert.ok(failure.reason === "protocol-version" || failure.reason === "peer-alert", failure.message);
			assert.match(failure.message, /AWS IoT speaks (TLS )?1\.2 and 1\.3/);
		}));

test("a server without a common suite ends in its handshake_failure alert", () =>
	withServer(
		{ maxVersion: "TLSv1.2", ciphers: "AES128-SHA", cert: server.cert, key: server.key },
		() => undefined,
		async port => {
			const failure = (await runClient(port, trust)).failure();
			assert.is(failure.reason, "peer-alert");
			assert.is(failure.code, 40);
			assert.match(failure.message, /40, handshake_failure.*cipher suite/);
		},
	));

test("a server that closes TCP after the device's certificate came is reported as its refusal", () => {
	const options = {
		maxVersion: "TLSv1.2",
		requestCert: true,
		rejectUnauthorized: true,
		ca: root.cert,
		cert: server.cert,
		key: server.key,
	} as const;
	return withServer(
		options,
		() => undefined,
		async port => {
			const failure = (await runClient(port, [...trust, ...identify])).failure();
			assert.is(failure.reason, "truncated");
			assert.match(failure.message, /not registered or not ACTIVE/);
		},
	);
});

test("a server that speaks another application protocol ends in its no_application_protocol alert", () =>
	withServer(
		{ ALPNProtocols: ["h2"], cert: server.cert, key: server.key },
		() => undefined,
		async port => {
			const failure = (await runClient(port, [...trust, "--alpn", "x-amzn-mqtt-ca"])).failure();
			assert.is(failure.code, 120);
			assert.match(failure.message, /ALPN/);
		},
	));

for (const version of versions) {
	const only = { minVersion: version, maxVersion: version };
	const closed = {
		...only,
		requestCert: true,
		rejectUnauthorized: true,
		ca: root.cert,
		cert: server.cert,
		key: server.key,
	};

	test(`${version}: unknown_ca for the device's certificate is explained`, () => {
		const options = [
			"-Verify",
			"1",
			"-verify_return_error",
			"-CAfile",
			root.certFile,
			"-cert",
			server.certFile,
			"-cert_chain",
			server.certFile,
			"-key",
			server.keyPemFile,
		];
		return withOpenSSL([...options, version === "TLSv1.2" ? "-tls1_2" : "-tls1_3"], async port => {
			const failure = (await runClient(port, [...trust, ...identify, "--receive", "1"])).failure();
			assert.is(failure.reason, "peer-alert");
			assert.is(failure.code, 48);
			assert.is(failure.step, version === "TLSv1.2" ? "handshake" : "reading");
			assert.match(failure.message, /does not know the issuer of the device's certificate/);
		});
	});

	test(`${version}: a device without a certificate reports that the server wants one`, () =>
		withServer(
			closed,
			() => undefined,
			async port => {
				const failure = (await runClient(port, [...trust, "--receive", "1"])).failure();
				assert.is(failure.reason, "peer-alert");
				assert.match(failure.message, /wants a client certificate/);
			},
		));

	test(`${version}: a key that fails ends the handshake with the key's own message, and an alert`, () =>
		withServer(
			{ ...closed, ca: device.cert },
			() => undefined,
			async (port, seen) => {
				const failure = (
					await runClient(port, [...trust, ...identify, "--sign-failure", "SE050: no acknowledge"])
				).failure();
				assert.is(failure.reason, "signing");
				assert.match(failure.message, /the device's key did not sign \(SE050: no acknowledge\)/);
				await new Promise(resolve => setTimeout(resolve, 20));
				assert.is(seen.secured.length, 0);
				assert.match(seen.errors[0] ?? "", /ALERT/);
			},
		));

	test(`${version}: a key of another certificate is named as the cause`, async () => {
		const other = await issue({ subject: "CN=other" });
		await withServer(
			{ ...closed, rejectUnauthorized: false },
			() => undefined,
			async port => {
				const options = [...trust, "--certificate", device.certificateFile, "--key", other.keyFile, "--receive", "1"];
				const failure = (await runClient(port, options)).failure();
				assert.is(failure.code, 51);
				assert.match(failure.message, /not a pair/);
			},
		);
	});
}

test("a server that closes TCP without a word is a truncation of the handshake", () =>
	withTCP(
		socket => socket.end(),
		async port => {
			const failure = (await runClient(port, trust)).failure();
			assert.is(failure.step, "handshake");
			assert.is(failure.reason, "truncated");
		},
	));

test("a server that does not speak TLS is a bad record", () =>
	withTCP(
		socket => socket.write("220 mail.example ESMTP\r\n"),
		async port => {
			assert.is((await runClient(port, trust)).failure().reason, "bad-record");
		},
	));

/** A server that answers the ClientHello with these records. */
const answer =
	(...bytes: number[]) =>
	(socket: Socket) => {
		socket.once("data", () => socket.write(Uint8Array.from(bytes)));
	};

test("close_notify in the handshake is the server's closing, not a truncation", () =>
	withTCP(answer(0x15, 3, 3, 0, 2, 1, 0), async port => {
		assert.is((await runClient(port, trust)).failure().reason, "peer-closed");
	}));

test("a warning alert in the handshake is passed over", () =>
	withTCP(answer(0x15, 3, 3, 0, 2, 1, 112, 0x15, 3, 3, 0, 2, 2, 40), async port => {
		assert.is((await runClient(port, trust)).failure().code, 40);
	}));

test("an alert of unknown number is reported with its number", () =>
	withTCP(answer(0x15, 3, 3, 0, 2, 2, 200), async port => {
		assert.match((await runClient(port, trust)).failure().message, /\(200, unknown alert\)/);
	}));

test("application data before the handshake is refused", () =>
	withTCP(answer(0x17, 3, 3, 0, 3, 1, 2, 3), async port => {
		const { reason, step } = (await runClient(port, trust)).failure();
		assert.ok(reason === "unexpected-message" || reason === "bad-record", reason);
		assert.is(step, "handshake");
	}));

test("a record longer than TLS allows is refused", () =>
	withTCP(answer(0x16, 3, 3, 0xff, 0xff, 2, 0, 0, 4), async port => {
		assert.is((await runClient(port, trust)).failure().reason, "bad-record");
	}));

for (const [name, options, words] of [
	["no root", ["--name", "server.test"], /trustedRoots/],
	["no server name", ["--root", root.certificateFile], /serverName/],
	["a certificate without key", [...trust, "--certificate", device.certificateFile], /certificate and key/],
	["a root that is no certificate", ["--root", device.keyFile, "--name", "server.test"], /trustedRoots: number 0/],
	[
		"something that is not a certificate",
		[...trust, "--certificate", device.keyFile, "--key", device.keyFile],
		/certificate: the first is not an X\.509 certificate/,
	],
	["a server name that is too long", ["--root", root.certificateFile, "--name", "a".repeat(256)], /serverName/],
	["an empty application protocol", [...trust, "--alpn", ""], /applicationLayerProtocols/],
	["versions in the wrong order", [...trust, "--minimum", "TLSv1.3", "--maximum", "TLSv1.2"], /imumVersion/],
] as const)
	test(`${name} is an error of the options, before the first byte`, () =>
		withTCP(
			() => assert.unreachable(),
			async port => {
				const failure = (await runClient(port, [...options])).failure();
				assert.is(failure.step, "setup");
				assert.is(failure.reason, "options");
				assert.match(failure.message, words);
			},
		));

test.run();
