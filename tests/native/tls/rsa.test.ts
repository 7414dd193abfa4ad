// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasPSS, hasTLS13, runClient, withOpenSSL, withServer } from "../../../tools/bench/tls/client.js";
import { issue, type KeyType, serverChain } from "../../../tools/bench/tls/pki.js";

const { root, server } = await serverChain("P-256");
const deviceRoot = await issue({ subject: "CN=Device Root", authority: true });
const device = await issue({ subject: "CN=rsa-device", key: "RSA-2048", issuer: deviceRoot });
const trust = ["--root", root.certificateFile, "--name", "server.test"];
const identify = ["--certificate", device.certificateFile, "--key", device.keyFile, "--receive", "1"];
const mutual = {
	requestCert: true,
	rejectUnauthorized: true,
	ca: deviceRoot.cert,
	cert: server.cert,
	key: server.key,
} as const;
const authority = [
	"-Verify",
	"1",
	"-verify_return_error",
	"-CAfile",
	deviceRoot.certFile,
	"-cert",
	server.certFile,
	"-cert_chain",
	server.certFile,
	"-key",
	server.keyPemFile,
];

for (const [suite, hash, digestSize] of [
	["ECDHE-ECDSA-AES128-GCM-SHA256", "SHA-256", 32],
	["ECDHE-ECDSA-AES256-GCM-SHA384", "SHA-384", 48],
] as const)
	test(`TLS 1.2, ${suite}: a device's RSA key is asked once, for PKCS#1 v1.5 over ${hash}`, () =>
		withServer(
			{ ...mutual, maxVersion: "TLSv1.2", ciphers: suite },
			socket => socket.end(),
			async (port, seen) => {
				const { events, find } = await runClient(port, [...trust, ...identify]);
				assert.equal(
					events.filter(({ event }) => event === "sign"),
					[{ event: "sign", scheme: "RSASSA-PKCS1-v1_5", hash, digestSize }],
				);
				assert.is(find("open")?.["certificateUsed"], true);
				assert.is(seen.secured[0]?.authorized, true);
			},
		));

test("TLS 1.2: OpenSSL's server names the RSA signature that it accepted", () =>
	withOpenSSL([...authority, "-tls1_2", "-rev"], async (port, output) => {
		assert.is(
			(await runClient(port, [...trust, ...identify, "--receive", "0", "--send", "1"])).find("open")?.["version"],
			"TLSv1.2",
		);
		await new Promise(resolve => setTimeout(resolve, 100));
		assert.match(output(), /Signature type: RSA\n/);
		assert.match(output(), /Peer certificate: CN = rsa-device/);
	}));

test("a device's RSA key opens the newest version for which this build can ask it", () =>
	withServer(
		mutual,
		socket => socket.end(),
		async (port, seen) => {
			assert.is(
				(await runClient(port, [...trust, ...identify])).find("open")?.["version"],
				hasPSS ? "TLSv1.3" : "TLSv1.2",
			);
			assert.is(seen.secured[0]?.authorized, true);
		},
	));

if (!hasPSS)
	test("TLS 1.3 as the minimum is an error of the options, where an RSA key cannot sign for it", () =>
		withServer(
			mutual,
			() => undefined,
			async port => {
				assert.is((await runClient(port, [...trust, ...identify, "--minimum", "TLSv1.3"])).failure().reason, "options");
			},
		));

const schemes = hasPSS
	? ([
			["rsa_pss_rsae_sha256", "SHA-256", 32],
			["rsa_pss_rsae_sha384", "SHA-384", 48],
			["rsa_pss_rsae_sha512", "SHA-512", 64],
		] as const)
	: [];

for (const [scheme, hash, digestSize] of schemes) {
	for (const ciphersuite of ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"])
		test(`TLS 1.3, ${ciphersuite}: ${scheme} is asked of a device's RSA key, once, and accepted by OpenSSL's server`, () =>
			withOpenSSL(
				[
					...authority,
					"-tls1_3",
					"-ciphersuites",
					ciphersuite,
					"-client_sigalgs",
					scheme,
					"-sigalgs",
					"ECDSA+SHA256",
					"-rev",
				],
				async (port, output) => {
					const { events, find } = await runClient(port, [...trust, ...identify, "--receive", "0", "--send", "1"]);
					assert.equal(
						events.filter(({ event }) => event === "sign"),
						[{ event: "sign", scheme: "RSASSA-PSS", hash, digestSize }],
					);
					assert.is(find("open")?.["version"], "TLSv1.3");
					await new Promise(resolve => setTimeout(resolve, 100));
					assert.match(output(), /Signature type: RSA-PSS\n/);
					assert.match(output(), /Peer certificate: CN = rsa-device/);
				},
			));
}

for (const key of hasPSS ? (["RSA-3072", "RSA-4096"] as const satisfies KeyType[]) : [])
	test(`TLS 1.3: a device's ${key} key signs as well, also when ciphertext comes one byte at a time`, async () => {
		const large = await issue({ subject: "CN=large", key, issuer: deviceRoot });
		await withServer(
			{ ...mutual, minVersion: "TLSv1.3" },
			socket => socket.end(),
			async (port, seen) => {
				const options = [
					...trust,
					"--certificate",
					large.certificateFile,
					"--key",
					large.keyFile,
					"--chunk",
					"1",
					"--receive",
					"1",
				];
				assert.is((await runClient(port, options)).find("open")?.["version"], "TLSv1.3");
				assert.is(seen.secured[0]?.authorized, true);
			},
		);
	});

for (const version of hasPSS ? (["TLSv1.2", "TLSv1.3"] as const) : (["TLSv1.2"] as const)) {
	test(`${version}: an RSA key that fails ends the handshake with its own message, and an alert`, () =>
		withServer(
			{ ...mutual, minVersion: version, maxVersion: version },
			() => undefined,
			async (port, seen) => {
				const failure = (
					await runClient(port, [...trust, ...identify, "--sign-failure", "SE050: no acknowledge"])
				).failure();
				assert.is(failure.reason, "signing");
				assert.match(failure.message, /SE050: no acknowledge/);
				await new Promise(resolve => setTimeout(resolve, 20));
				assert.match(seen.errors[0] ?? "", /ALERT/);
			},
		));

	test(`${version}: an RSA signature of another length than the modulus is not sent`, async () => {
		const other = await issue({ subject: "CN=other", key: "RSA-3072" });
		await withServer(
			{ ...mutual, minVersion: version, maxVersion: version },
			() => undefined,
			async port => {
				const options = [...trust, "--certificate", device.certificateFile, "--key", other.keyFile];
				assert.match((await runClient(port, options)).failure().message, /not as long as the RSA modulus/);
			},
		);
	});
}

if (hasPSS)
	test("TLS 1.3: a server that accepts no RSA-PSS from clients is refused before the key is asked", () =>
		withOpenSSL([...authority, "-tls1_3", "-client_sigalgs", "ECDSA+SHA256"], async port => {
			const result = await runClient(port, [...trust, ...identify]);
			assert.is(result.failure().reason, "negotiation");
			assert.is(result.find("sign"), undefined);
		}));

if (hasTLS13)
	test("TLS 1.3: a server that does not ask for the certificate leaves the RSA key alone", () =>
		withServer(
			{ cert: server.cert, key: server.key, minVersion: hasPSS ? "TLSv1.3" : "TLSv1.2" },
			socket => socket.end(),
			async port => {
				assert.is((await runClient(port, [...trust, ...identify])).find("open")?.["certificateUsed"], false);
			},
		));

test.run();
