// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasTLS13, runClient, withServer } from "../../../tools/bench/tls/client.js";
import { issue, serverChain } from "../../../tools/bench/tls/pki.js";

const ecdsa = await serverChain("P-256");
const rsa = await serverChain("RSA-2048");
const deviceRoot = await issue({ subject: "CN=Device Root", authority: true });
const device = await issue({ subject: "CN=device", issuer: deviceRoot });

const trust = (chain: typeof ecdsa) => ["--root", chain.root.certificateFile, "--name", "server.test"];
const identify = ["--certificate", device.certificateFile, "--key", device.keyFile];
const mutual = { requestCert: true, rejectUnauthorized: true, ca: deviceRoot.cert };
const versions = hasTLS13 ? (["TLSv1.2", "TLSv1.3"] as const) : (["TLSv1.2"] as const);

for (const version of versions) {
	const only = { minVersion: version, maxVersion: version, honorCipherOrder: false };

	for (const [name, chain] of [
		["ECDSA", ecdsa],
		["RSA", rsa],
	] as const) {
		test(`${version} opens with an ${name} server chain`, () =>
			withServer(
				{ ...only, cert: chain.server.cert, key: chain.server.key },
				() => undefined,
				async port => {
					const open = (await runClient(port, trust(chain))).find("open");
					assert.is(open?.["version"], version);
					assert.is(open?.["certificateUsed"], false);
				},
			));

		test(`${version} authenticates the device's certificate with a signature from elsewhere, ${name} server`, () =>
			withServer(
				{ ...only, ...mutual, cert: chain.server.cert, key: chain.server.key },
				socket => socket.end(),
				async (port, seen) => {
					const result = await runClient(port, [...trust(chain), ...identify, "--receive", "1"]);
					assert.is(result.find("open")?.["certificateUsed"], true);
					assert.is(result.events.filter(event => event.event === "sign").length, 1);
					assert.equal(seen.secured, [
						{ authorized: true, serial: device.certificate.serialNumber.toUpperCase(), servername: "server.test" },
					]);
					assert.equal(seen.errors, []);
				},
			));
	}

	for (const [suite, hash, size] of version === "TLSv1.3"
		? []
		: ([
				["ECDHE-ECDSA-AES128-GCM-SHA256", "SHA-256", 32],
				["ECDHE-ECDSA-AES256-GCM-SHA384", "SHA-384", 48],
			] as const)) {
		test(`${suite} asks the key for a ${hash} signature`, () =>
			withServer(
				{ ...only, ...mutual, ciphers: suite, cert: ecdsa.server.cert, key: ecdsa.server.key },
				socket => socket.end(),
				async (port, seen) => {
					const sign = (await runClient(port, [...trust(ecdsa), ...identify, "--receive", "1"])).find("sign");
					assert.equal(sign, { event: "sign", scheme: "ECDSA", hash, digestSize: size });
					assert.is(seen.secured.length, 1);
				},
			));
	}

	test(`${version} reports the server certificate's subject and SHA-256`, () =>
		withServer(
			{ ...only, cert: rsa.server.cert, key: rsa.server.key },
			() => undefined,
			async port => {
				const open = (await runClient(port, trust(rsa))).find("open");
				assert.is(open?.["serverSubject"], "CN=server.test");
				assert.is(
					open?.["serverSha256"],
					createHash("sha256").update(Buffer.from(rsa.server.certificate.rawData)).digest("hex"),
				);
			},
		));

	test(`${version} agrees on an application protocol (ALPN)`, () =>
		withServer(
			{ ...only, cert: ecdsa.server.cert, key: ecdsa.server.key, ALPNProtocols: ["mqtt", "x-amzn-mqtt-ca"] },
			() => undefined,
			async port => {
				const open = (await runClient(port, [...trust(ecdsa), "--alpn", "x-amzn-mqtt-ca", "--alpn", "other"])).find(
					"open",
				);
				assert.is(open?.["protocol"], "x-amzn-mqtt-ca");
			},
		));

	test(`${version} handshakes when ciphertext comes one byte at a time, and calls each end before the last byte a truncation`, () =>
		withServer(
			{ ...only, ...mutual, cert: ecdsa.server.cert, key: ecdsa.server.key },
			socket => socket.end(),
			async (port, seen) => {
				const result = await runClient(port, [
					...trust(ecdsa),
					...identify,
					"--chunk",
					"1",
					"--fork",
					"--receive",
					"1",
				]);
				assert.ok(result.find("open"));
				assert.ok(Number(result.events.find(event => "cuts" in event)?.["cuts"]) > 700);
				assert.is(seen.secured.length, 1);
			},
		));

	test(`${version} takes a server certificate of maximum practical size`, async () => {
		const root = await issue({ subject: "CN=Root", authority: true });
		const server = await issue({
			subject: "CN=server.test",
			issuer: root,
			names: [{ type: "dns", value: "server.test" }],
			ballast: 14000,
		});
		await withServer(
			{ ...only, cert: server.cert, key: server.key },
			() => undefined,
			async port => {
				assert.ok((await runClient(port, ["--root", root.certificateFile, "--name", "server.test"])).find("open"));
			},
		);
	});

	test(`${version} frees all it allocated`, () =>
		withServer(
			{ ...only, ...mutual, cert: rsa.server.cert, key: rsa.server.key },
			socket => socket.end(),
			async port => {
				const first = (await runClient(port, [...trust(rsa), ...identify, "--receive", "1"])).find("heap");
				assert.ok(Number(first?.["peak"]) > 30_000);
				assert.ok(Number(first?.["left"]) < 2_500, `${first?.["left"]} bytes left`);
			},
		));
}

test("each TLS 1.2 suite that is offered works, and nothing weaker is", async () => {
	const offered = [
		"ECDHE-ECDSA-AES128-GCM-SHA256",
		"ECDHE-ECDSA-AES256-GCM-SHA384",
		"ECDHE-ECDSA-AES128-SHA256",
		"ECDHE-ECDSA-AES256-SHA384",
		"ECDHE-RSA-AES128-GCM-SHA256",
		"ECDHE-RSA-AES256-GCM-SHA384",
		"ECDHE-RSA-AES128-SHA256",
		"ECDHE-RSA-AES256-SHA384",
	];
	const others = [
		"ECDHE-ECDSA-CHACHA20-POLY1305",
		"ECDHE-ECDSA-AES128-CCM",
		"ECDHE-ECDSA-AES128-SHA",
		"ECDHE-RSA-AES128-SHA",
		"ECDHE-ECDSA-AES256-SHA",
		"ECDHE-RSA-CHACHA20-POLY1305",
		"AES128-GCM-SHA256",
		"AES128-SHA",
		"DHE-RSA-AES128-GCM-SHA256",
	];
	for (const suite of [...offered, ...others]) {
		const chain = suite.includes("ECDSA") ? ecdsa : rsa;
		const server = {
			maxVersion: "TLSv1.2",
			honorCipherOrder: false,
			ciphers: `${suite}:@SECLEVEL=0`,
			cert: chain.server.cert,
			key: chain.server.key,
		} as const;
		await withServer(
			server,
			() => undefined,
			async port => {
				const opened = (await runClient(port, trust(chain))).find("open") !== undefined;
				assert.is(opened, offered.includes(suite), suite);
			},
		);
	}
});

test("with TLS 1.2 as the maximum, an RSA server of its own preferences opens", () =>
	withServer(
		{ maxVersion: "TLSv1.2", honorCipherOrder: true, cert: rsa.server.cert, key: rsa.server.key },
		() => undefined,
		async port => {
			assert.is((await runClient(port, [...trust(rsa), "--maximum", "TLSv1.2"])).find("open")?.["version"], "TLSv1.2");
		},
	));

test("an IP literal is checked against the certificate's addresses and not sent as SNI", () =>
	withServer(
		{ cert: ecdsa.server.cert, key: ecdsa.server.key },
		socket => socket.end(),
		async (port, seen) => {
			const result = await runClient(port, [
				"--root",
				ecdsa.root.certificateFile,
				"--name",
				"127.0.0.1",
				"--receive",
				"1",
			]);
			assert.ok(result.find("open"));
			assert.not(seen.secured[0]?.servername);
		},
	));

test("a wildcard name covers one label", () =>
	withServer(
		{ cert: ecdsa.server.cert, key: ecdsa.server.key },
		() => undefined,
		async port => {
			assert.ok((await runClient(port, ["--root", ecdsa.root.certificateFile, "--name", "a.wild.test"])).find("open"));
			assert.is(
				(await runClient(port, ["--root", ecdsa.root.certificateFile, "--name", "a.b.wild.test"])).failure().reason,
				"wrong-name",
			);
		},
	));

test("a chain that goes on to a cross-signer of the trusted root opens", async () => {
	const subject = "CN=Root";
	const root = await issue({ subject, authority: true });
	const older = await issue({ subject: "CN=Older Root", authority: true });
	const crossed = await issue({ subject, authority: true, issuer: older, keysOf: root });
	const names = [{ type: "dns" as const, value: "server.test" }];
	const server = await issue({ subject: "CN=server.test", issuer: crossed, names });
	assert.is(server.chain.length, 2);
	await withServer(
		{ cert: server.cert, key: server.key },
		() => undefined,
		async port => {
			const trust = ["--root", root.certificateFile, "--name", "server.test"];
			assert.ok((await runClient(port, trust)).find("open"));
		},
	);
});

test("the Amazon roots can be given together", () =>
	withServer(
		{ cert: ecdsa.server.cert, key: ecdsa.server.key },
		() => undefined,
		async port => {
			const amazon = ["AmazonRootCA1", "AmazonRootCA2", "AmazonRootCA3", "AmazonRootCA4"];
			const roots = amazon.flatMap(name => ["--root", `certs/${name}.der`]);
			assert.ok((await runClient(port, [...roots, ...trust(ecdsa)])).find("open"));
			assert.is((await runClient(port, [...roots, "--name", "server.test"])).failure().reason, "unknown-issuer");
		},
	));

test("roots that stay where they are are not copied", () =>
	withServer(
		{ cert: ecdsa.server.cert, key: ecdsa.server.key },
		() => undefined,
		async port => {
			const roots = Array<string[]>(5).fill(["--root", "certs/AmazonRootCA2.der"]).flat();
			const peak = async (...more: string[]) =>
				Number((await runClient(port, [...roots, ...trust(ecdsa), ...more])).find("open")?.["heapPeak"]);
			assert.ok((await peak("--constant-roots")) <= (await peak()) - 5 * 1300);
		},
	));

test("a server that asks for a certificate from a device that has none still gets its handshake", () =>
	withServer(
		{ requestCert: true, rejectUnauthorized: false, cert: ecdsa.server.cert, key: ecdsa.server.key },
		socket => socket.end(),
		async (port, seen) => {
			assert.ok((await runClient(port, [...trust(ecdsa), "--receive", "1"])).find("open"));
			assert.is(seen.secured[0]?.authorized, false);
		},
	));

test.run();
