// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EngineClient, hasTLS13, runClient, withServer, withTCP } from "../../../tools/bench/tls/client.js";
import { type Identity, issue, serverChain } from "../../../tools/bench/tls/pki.js";

const { root, server } = await serverChain("P-256");
const trust = ["--root", root.certificateFile, "--name", "server.test"];
const versions = hasTLS13 ? (["TLSv1.2", "TLSv1.3"] as const) : (["TLSv1.2"] as const);

const identify = ({ keyFile }: Identity, file: string) => ["--certificate", file, "--key", keyFile];

/** A connection to a server that accepts certificates under `authority`; whether it did. */
const isAuthorized = (authority: Identity, version: (typeof versions)[number], options: string[]) =>
	withServer(
		{
			minVersion: version,
			maxVersion: version,
			requestCert: true,
			rejectUnauthorized: false,
			ca: authority.cert,
			cert: server.cert,
			key: server.key,
		},
		socket => socket.end("\0"),
		async (port, seen) => {
			const result = await runClient(port, [...trust, ...options, "--receive", "1"]);
			const end = result.find("done") ?? result.find("peer-closed");
			assert.is(end?.["received"], 1, String(result.find("failure")?.["message"]));
			return seen.secured[0]?.authorized;
		},
	);

/** The failure of a set-up, before the first byte. */
const refused = (options: string[], client: EngineClient = "engine") =>
	withTCP(
		() => assert.unreachable(),
		async port => {
			const failure = (await runClient(port, [...options], client)).failure();
			assert.is(failure.step, "setup");
			return failure;
		},
	);

const edward = await issue({ subject: "CN=Ed25519 Root", key: "Ed25519", authority: true });
const intermediate = await issue({ subject: "CN=Device CA", authority: true, issuer: root });

for (const version of versions) {
	test(`${version}: a device's certificate that Mbed TLS cannot parse (issued with Ed25519) is accepted by a server that can`, async () => {
		for (const key of ["P-256", "P-384"] as const) {
			const device = await issue({ subject: "CN=device", key, issuer: edward });
			assert.is(await isAuthorized(edward, version, identify(device, device.certificateFile)), true);
		}
	});

	test(`${version}: a chain is sent whole, leaf first`, async () => {
		const device = await issue({ subject: "CN=device", issuer: intermediate });
		assert.is(await isAuthorized(root, version, identify(device, device.chainFile)), true);
		assert.is(await isAuthorized(root, version, identify(device, device.certificateFile)), false);
	});

	test(`${version}: a certificate of 3 KB is accepted`, async () => {
		const device = await issue({ subject: "CN=device", issuer: root, ballast: 2_700 });
		assert.ok(device.certificate.rawData.byteLength > 3_000);
		assert.is(await isAuthorized(root, version, identify(device, device.certificateFile)), true);
	});
}

test("a chain that does not fit into the build's output buffer is an error of the options, with both sizes", async () => {
	const device = await issue({ subject: "CN=device", issuer: root, ballast: 2_700 });
	const { reason, message } = await refused([...trust, ...identify(device, device.certificateFile)], "small");
	assert.is(reason, "options");
	assert.match(
		message,
		/its message has 3\d\d\d bytes, and this build sends at most 2048 \(MBEDTLS_SSL_OUT_CONTENT_LEN\)/,
	);
});

for (const key of ["P-521", "Ed25519"] as const)
	test(`a device's key of ${key} is an error of the options`, async () => {
		const device = await issue({ subject: "CN=device", key });
		const stand = await issue({ subject: "CN=stand-in" });
		const { reason, message } = await refused([...trust, ...identify(stand, device.certificateFile)]);
		assert.is(reason, "options");
		assert.match(message, /certificate: its public key is not one that TLS can use here \(ECDSA P-256 or P-384, RSA\)/);
	});

test("a certificate that ends too early, or has bytes after it, is an error of the options", async () => {
	const device = await issue({ subject: "CN=device" });
	const { reason, message } = await refused([...trust, ...identify(device, device.keyPemFile)]);
	assert.is(reason, "options");
	assert.match(message, /certificate: not DER certificates without a gap/);
});

test("a root that cannot be parsed is left out with a warning, and the others count", () =>
	withServer(
		{ cert: server.cert, key: server.key },
		() => undefined,
		async port => {
			const result = await runClient(port, ["--root", edward.certificateFile, "--root", edward.keyFile, ...trust]);
			assert.ok(result.find("open"));
			assert.is(result.events.filter(({ event }) => event === "warning").length, 1);
			assert.match(
				String(result.find("warning")?.["message"]),
				/trustedRoots: number 0 is not a DER certificate that can be read \(Mbed TLS -0x.*\): left out, 1 of 3 roots are trusted\./,
			);
		},
	));

test("without one root that can be parsed, that is an error of the options", async () => {
	const { reason, message } = await refused([
		...["--root", edward.certificateFile, "--root", edward.keyFile, "--name", "server.test"],
	]);
	assert.is(reason, "options");
	assert.match(message, /trustedRoots: number 0 is not a DER certificate that can be read/);
});

test.run();
