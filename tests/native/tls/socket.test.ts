// SPDX-License-Identifier: MIT
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer as createTCPServer, type Server, type Socket } from "node:net";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { issue, serverChain } from "../../../tools/bench/tls/pki.js";
import { build } from "../../../tools/build/build.js";
import { runXs } from "../../../tools/build/xs-tests.js";

const { root, server } = await serverChain("P-256");
const deviceRoot = await issue({ subject: "CN=Device Root", authority: true });
const device = await issue({ subject: "CN=device", issuer: deviceRoot });
const past = { notBefore: new Date(Date.now() - 7200e3), notAfter: new Date(Date.now() - 3600e3) };
const expired = await issue({
	subject: "CN=server.test",
	issuer: root,
	names: [{ type: "dns", value: "server.test" }],
	...past,
});
const expiredRoot = await issue({ subject: "CN=Old Root", authority: true, ...past });

const byteAt = (index: number) => index % 251;

/** Counts the bytes of the pattern and the wrong ones among them; answers when 100,000 have come. */
function check(socket: TLSSocket): void {
	let count = 0,
		wrong = 0;
	socket.on("data", (data: Buffer) => {
		for (const byte of data) wrong += Number(byte !== byteAt(count++));
		if (count === 100_000) socket.write(`${count} ${wrong}`);
	});
}

/** Answers with the lengths of the first two records. */
function measure(socket: TLSSocket): void {
	const lengths: number[] = [];
	socket.on("data", (data: Buffer) => {
		if (lengths.push(data.length) === 2) socket.end(lengths.join());
	});
}

function writeRecords(socket: TLSSocket): void {
	socket.write("one", () => setImmediate(() => socket.write("two")));
}

async function listen(
	options: TlsOptions,
	serve: (socket: TLSSocket, raw: Socket | undefined) => void,
): Promise<Server> {
	let raw: Socket | undefined;
	const tlsServer = createServer({ cert: server.cert, key: server.key, ...options }, socket => {
		socket.on("error", () => undefined);
		serve(socket, raw);
	});
	tlsServer.on("connection", socket => {
		raw = socket;
	});
	tlsServer.on("tlsClientError", () => undefined);
	tlsServer.listen(0, "127.0.0.1");
	await once(tlsServer, "listening");
	return tlsServer;
}

async function unusedPort(): Promise<number> {
	const unused = createTCPServer().listen(0, "127.0.0.1");
	await once(unused, "listening");
	const { port } = unused.address() as AddressInfo;
	unused.close();
	return port;
}

for (const variant of ["release", "sanitize"] as const)
	test(`TLSSocket inside XS, ${variant}`, async () => {
		const serials = new Set<string>();
		const servers = {
			echo: await listen({ requestCert: true, rejectUnauthorized: true, ca: deviceRoot.cert }, socket => {
				serials.add(socket.getPeerCertificate().serialNumber);
				socket.pipe(socket);
			}),
			expired: await listen({ cert: expired.cert, key: expired.key }, () => undefined),
			greeting: await listen({}, socket => socket.end("hello")),
			cut: await listen({}, (socket, raw) => socket.write("hello", () => setTimeout(() => raw?.destroy(), 20))),
			records: await listen({}, writeRecords),
			flood: await listen({}, socket =>
				socket.write(Uint8Array.from({ length: 200_000 }, (_, index) => byteAt(index))),
			),
			checksum: await listen({}, check),
			lengths: await listen({}, measure),
		};
		const ports: { [name: string]: number } = { closed: await unusedPort() };
		for (const [name, { address }] of Object.entries(servers).map(
			([name, each]) => [name, { address: each.address() as AddressInfo }] as const,
		))
			ports[name] = address.port;
		const base64 = (data: ArrayBuffer) => Buffer.from(data).toString("base64");
		const jwk = await webcrypto.subtle.exportKey("jwk", device.keys.privateKey);
		const config = {
			ports,
			root: base64(root.certificate.rawData),
			expiredRoot: base64(expiredRoot.certificate.rawData),
			certificate: base64(device.certificate.rawData),
			privateKey: Buffer.from(jwk.d ?? "", "base64url").toString("hex"),
		};
		try {
			const { status, output } = await runXs(await build({ variant }), "tests/xs/tls/socket", { config });
			assert.is(status, 0, output);
			assert.match(output, /Passed: +21/);
			assert.equal([...serials], [device.certificate.serialNumber.toUpperCase()]);
		} finally {
			for (const each of Object.values(servers)) each.close();
		}
	});

test.run();
