// SPDX-License-Identifier: MIT
import type { TLSSocket } from "node:tls";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasTLS13, pattern, runClient, withOpenSSL, withServer } from "../../../tools/bench/tls/client.js";
import { serverChain } from "../../../tools/bench/tls/pki.js";

const { root, server } = await serverChain("P-256");
const identity = { cert: server.cert, key: server.key };
const trust = ["--root", root.certificateFile, "--name", "server.test"];
const megabyte = 2 ** 20;
const versions = hasTLS13 ? (["TLSv1.2", "TLSv1.3"] as const) : (["TLSv1.2"] as const);

/** Collects what a client sends until it ends its side. */
function collect(socket: TLSSocket): Promise<Buffer> {
	const chunks: Buffer[] = [];
	socket.on("data", (chunk: Buffer) => chunks.push(chunk));
	return new Promise(resolve => socket.on("end", () => resolve(Buffer.concat(chunks))));
}

for (const version of versions) {
	const options = { ...identity, minVersion: version, maxVersion: version };

	for (const chunk of ["1", "7", "2048"])
		test(`${version}: records of 16 KB cross an input queue of 2 KB, ${chunk} bytes fed at a time`, () =>
			withServer(
				options,
				socket => socket.write(pattern(3 * 16384)),
				async port => {
					const result = await runClient(port, [...trust, "--chunk", chunk, "--receive", String(3 * 16384)]);
					assert.is(result.find("done")?.["received"], 3 * 16384);
				},
			));

	test(`${version}: a megabyte each way, at the same time, without a loss`, () => {
		let sent: Promise<Buffer> | undefined;
		return withServer(
			{ ...options, allowHalfOpen: true } as typeof options,
			socket => {
				sent = collect(socket);
				socket.write(pattern(megabyte));
			},
			async port => {
				const result = await runClient(port, [...trust, "--send", String(megabyte), "--receive", String(megabyte)]);
				assert.is(result.find("done")?.["received"], megabyte);
				assert.ok((await sent)?.equals(pattern(megabyte)));
			},
		);
	});

	for (const chunk of ["1", "100", "2048"])
		test(`${version}: writing goes on while session tickets come in, ${chunk} bytes fed at a time`, () =>
			withServer(
				options,
				() => undefined,
				async port => {
					for (let i = 0; i < 10; i++)
						assert.is(
							(await runClient(port, [...trust, "--chunk", chunk, "--send", "5000"])).find("done")?.["sent"],
							5000,
						);
				},
			));

	test(`${version}: a peer that goes on sending while nobody reads is held back at one record and one queue`, () =>
		withServer(
			options,
			socket => socket.write(pattern(megabyte)),
			async port => {
				const result = await runClient(port, [...trust, "--stall", "1", "--receive", String(megabyte)]);
				const taken = Number(result.find("filled")?.["bytes"]);
				assert.ok(taken <= 16384 + 256 + 2048, `${taken} bytes taken`);
				assert.is(Number(result.find("stalled")?.["received"]) > 0, true);
			},
		));

	test(`${version}: the peer's close_notify is reported as such, after all that was sent before it`, () =>
		withServer(
			options,
			socket => socket.end(pattern(40000)),
			async port => {
				const result = await runClient(port, [...trust, "--receive", "50000"]);
				assert.is(result.find("peer-closed")?.["received"], 40000);
			},
		));

	test(`${version}: the peer gets a close_notify`, () =>
		withOpenSSL(
			[
				"-msg",
				version === "TLSv1.2" ? "-tls1_2" : "-tls1_3",
				"-cert",
				server.certFile,
				"-cert_chain",
				server.certFile,
				"-key",
				server.keyPemFile,
			],
			async (port, output) => {
				await runClient(port, [...trust, "--send", "5"]);
				await new Promise(resolve => setTimeout(resolve, 100));
				assert.match(output(), /<<< TLS.*Alert \[length 0002\], warning close_notify/);
			},
		));

	test(`${version}: the end of TCP without close_notify is a truncation`, () =>
		withServer(
			options,
			socket => {
				socket.write(pattern(100));
				// Node's TLS socket sends close_notify when it is destroyed; the TCP socket below it does not.
				setTimeout(() => (socket as unknown as { _parent: { destroy(): void } })._parent.destroy(), 50);
			},
			async port => {
				const result = await runClient(port, [...trust, "--receive", "50000"]);
				assert.is(result.failure().reason, "truncated");
				assert.is(result.failure().step, "reading");
				assert.is(
					result.failure().message,
					"TLS reading: the TCP connection ended without close_notify. The network or the server dropped the connection.",
				);
				assert.is(result.find("failure") && result.events.find(event => "received" in event)?.["received"], 100);
			},
		));
}

test("renegotiation is refused with no_renegotiation", () =>
	withServer(
		{ ...identity, maxVersion: "TLSv1.2" },
		socket => socket.renegotiate({ rejectUnauthorized: false }, () => undefined),
		async (port, seen) => {
			const result = await runClient(port, [...trust, "--receive", "1"]);
			assert.is(result.failure().step, "reading");
			assert.equal(seen.errors, ["ERR_SSL_NO_RENEGOTIATION"]);
		},
	));

const suites = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA256"];

for (const suite of [...suites, ...(hasTLS13 ? ["TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"] : [])])
	test(`${suite}: no record has more overhead than is stated, nor 32 bytes less`, () => {
		const version = suite.startsWith("TLS_") ? "TLSv1.3" : "TLSv1.2";
		return withServer(
			{ ...identity, minVersion: version, maxVersion: version, ciphers: suite },
			() => undefined,
			async port => {
				for (const length of ["1", "15", "16", "17", "1000", "5000"]) {
					const result = await runClient(port, [...trust, "--send", length]);
					const stated = Number(result.find("open")?.["overhead"]);
					const actual = Number(result.find("done")?.["overhead"]);
					assert.ok(actual <= stated && actual > stated - 32, `${length} bytes: ${actual}, stated ${stated}`);
				}
			},
		);
	});

test.run();
