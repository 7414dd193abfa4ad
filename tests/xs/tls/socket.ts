// SPDX-License-Identifier: MIT
/** Run by tests/native/tls/socket.test.ts, which brings the servers, their ports and the certificates. */

import TCP from "embedded:io/socket/tcp";
import Base64 from "base64";
import { collectGarbage } from "host/machine";
import config from "mc/config";
import Timer from "timer";
import TLSError from "tls/tls-error";
import TLSSocket, { type Secure, type SecureInfo, type TLSSocketOptions } from "tls/tlssocket";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sign } from "./ecdsa.js";

const { ports, root, certificate, privateKey, expiredRoot } = config as unknown as {
	ports: { [server: string]: number };
	root: string;
	certificate: string;
	privateKey: string;
	expiredRoot: string;
};
const trustedRoots = [Base64.decode(root), Base64.decode(expiredRoot)];
const key = { sign: (_: string, digest: Uint8Array) => sign(privateKey, digest) };
const identity = { certificate: Base64.decode(certificate), key };

type Options = Partial<TLSSocketOptions> & { server: string; trust?: Partial<Secure> };

function open({ server, trust = {}, ...options }: Options): TLSSocket {
	return new TLSSocket({
		host: "server.test",
		address: "127.0.0.1",
		port: ports[server] as number,
		TCP: { io: TCP },
		secure: { trustedRoots, ...trust },
		...options,
	} as TLSSocketOptions);
}

function after(milliseconds: number): Promise<void> {
	return new Promise(resolve => Timer.set(() => resolve(), milliseconds));
}

function text(buffer: unknown): string {
	return String.fromArrayBuffer(buffer as ArrayBuffer);
}

/** The failure of a connection. */
function failure(server: string, trust: Partial<Secure> = {}): Promise<TLSError> {
	return new Promise(resolve => open({ server, onError: error => resolve(error as TLSError), trust }));
}

/** Sends a line to the server that echoes, and returns the answer and what was agreed. */
function echo(line: string, trust: Partial<Secure> = {}): Promise<{ answer: string; info: SecureInfo }> {
	let info: SecureInfo;
	return new Promise((resolve, reject) =>
		open({
			server: "echo",
			trust: {
				...identity,
				...trust,
				onSecured(secured) {
					info = secured;
				},
			},
			onWritable() {
				this.write(ArrayBuffer.fromString(line));
			},
			onReadable() {
				const answer = text(this.read());
				this.close();
				resolve({ answer, info });
			},
			onError: reject,
		}),
	);
}

test("bytes are echoed over a connection that the key's signature has authenticated", async () => {
	const { answer, info } = await echo("hello");
	assert.is(answer, "hello");
	assert.match(info.version, /^TLSv1\.[23]$/);
	assert.match(info.cipherSuite, /^TLS_.*AES_.*_SHA/);
	assert.is(info.serverSubject, "CN=server.test");
	assert.is(info.serverSha256.byteLength, 32);
	assert.ok(info.serverValidFrom > 1_600_000_000 && info.serverValidFrom <= Date.now() / 1_000);
	assert.is(info.serverValidFrom % 1, 0);
	assert.ok(info.certificateUsed);
	assert.ok(info.handshakeMilliseconds >= info.signatureMilliseconds);
});

test("a key gets hash and scheme, once", async () => {
	const asked: string[] = [];
	await echo("hello", {
		key: {
			sign(hash, digest, scheme) {
				asked.push(`${hash} ${scheme} ${digest.length}`);
				return sign(privateKey, digest);
			},
		},
	});
	assert.equal(asked, ["SHA-256 ECDSA 32"]);
});

test("what the key throws is the failure, itself", async () => {
	const thrown = new Error("SE050: signing with key 0xF0000100: no acknowledge");
	const reasons: unknown[] = [];
	const error = await failure("echo", {
		...identity,
		key: {
			sign() {
				throw thrown;
			},
		},
		onFailure: reason => reasons.push(reason),
	});
	assert.is(error, thrown);
	assert.is(reasons[0], thrown);
});

test("a key that returns no bytes is a failure that says so", async () => {
	const error = await failure("echo", { ...identity, key: { sign: () => undefined as unknown as Uint8Array } });
	assert.is(error.reason, "signing");
	assert.match(error.message, /returned no bytes/);
});

test("a key that returns no signature is a failure that says so", async () => {
	const error = await failure("echo", { ...identity, key: { sign: () => new Uint8Array(72) } });
	assert.is(error.reason, "signing");
	assert.match(error.message, /not a DER ECDSA-Sig-Value/);
});

test("a key that closes the socket ends the connection without a word", async () => {
	let failed = false;
	const socket = open({
		server: "echo",
		onError() {
			failed = true;
		},
		trust: {
			...identity,
			key: {
				sign: (hash, digest) => {
					socket.close();
					collectGarbage();
					return key.sign(hash, digest);
				},
			},
		},
	});
	await after(200);
	assert.not(failed);
	assert.is(socket.read(), undefined);
});

test("collecting garbage inside the key does no harm", async () => {
	const { answer } = await echo("again", {
		key: {
			sign(hash, digest) {
				collectGarbage();
				return key.sign(hash, digest);
			},
		},
	});
	assert.is(answer, "again");
});

test("a server certificate that has expired is refused by name, and the reason comes before onError", async () => {
	const order: string[] = [];
	const error = await new Promise<Error>(resolve =>
		open({
			server: "expired",
			trust: { onFailure: () => order.push("onFailure") },
			onError(reason) {
				order.push("onError");
				resolve(reason);
			},
		}),
	);
	assert.instance(error, TLSError);
	assert.is((error as TLSError).reason, "expired");
	assert.equal(order, ["onFailure", "onError"]);
});

test("a server certificate for another name is refused by name", async () => {
	assert.is((await failure("echo", { ...identity, serverName: "other.test" })).reason, "wrong-name");
});

test("a port where nobody listens is a failure of TCP", async () => {
	const error = await failure("closed");
	assert.is(error.step, "connecting");
	assert.is(error.reason, "tcp");
	assert.match(error.message, /no connection to server\.test, port \d+/);
});

test("options that cannot be used are thrown, and reported", () => {
	let told: unknown;
	assert.throws(
		() =>
			open({
				server: "echo",
				trust: {
					trustedRoots: [],
					onFailure(error) {
						told = error;
					},
				},
			}),
		(error: unknown) => error instanceof TLSError && error.reason === "options" && error === told,
	);
	assert.throws(() => open({ server: "echo", trust: { certificate: identity.certificate } }), /certificate and key/);
});

test("close_notify ends the connection once everything was read", async () => {
	const read: string[] = [];
	const error = await new Promise<Error>(resolve =>
		open({
			server: "greeting",
			onReadable() {
				read.push(text(this.read()));
			},
			onError: resolve,
		}),
	);
	assert.is((error as TLSError).reason, "peer-closed");
	assert.is(read.join(""), "hello");
});

test("TCP's end without close_notify is a truncation, reported once everything was read", async () => {
	const read: string[] = [];
	const error = await new Promise<Error>(resolve =>
		open({
			server: "cut",
			onReadable() {
				read.push(text(this.read()));
			},
			onError: resolve,
		}),
	);
	assert.is((error as TLSError).reason, "truncated");
	assert.is(read.join(""), "hello");
});

test("closing in a callback is the end of callbacks", async () => {
	for (const callback of ["onSecured", "onWritable", "onReadable"] as const) {
		const calls: string[] = [];
		const socket = open({
			server: "greeting",
			trust: {
				onSecured() {
					calls.push("onSecured");
					if (callback === "onSecured") socket.close();
				},
			},
			onWritable() {
				calls.push("onWritable");
				if (callback === "onWritable") this.close();
			},
			onReadable() {
				calls.push("onReadable");
				this.close();
			},
			onError() {
				calls.push("onError");
			},
		});
		await after(150);
		assert.is(calls[calls.length - 1], callback, calls.join());
		socket.close();
	}
});

test('format "number" reads byte by byte, and the next record comes after the last byte', async () => {
	const bytes: number[] = [];
	await new Promise<void>(resolve =>
		open({
			server: "records",
			format: "number",
			onReadable(count) {
				while (count-- > 0) bytes.push(this.read() as number);
				if (bytes.length < 6) return;
				this.close();
				resolve();
			},
		}),
	);
	assert.is(String.fromCharCode(...bytes), "onetwo");
});

test("reading takes counts and buffers, and no more than was announced", async () => {
	const { first, buffered, filled, rest } = await new Promise<{
		first: string;
		buffered: Uint8Array;
		filled: unknown;
		rest: unknown;
	}>(resolve =>
		open({
			server: "greeting",
			onReadable() {
				assert.throws(() => this.read(6), /6 bytes were asked for, 5 can be read/);
				const first = text(this.read(2));
				const buffered = new Uint8Array(10);
				const filled = this.read(buffered.subarray(1));
				resolve({ first, buffered, filled, rest: this.read() });
				this.close();
			},
		}),
	);
	assert.is(first, "he");
	assert.is(filled, 3);
	assert.equal([...buffered.subarray(0, 5)], [0, ...[..."llo"].map(letter => letter.charCodeAt(0)), 0]);
	assert.is(rest, undefined);
});

test("a slow reader gets 200 KB without a loss, TCP being held back", async () => {
	let received = 0,
		wrong = 0;
	await new Promise<void>(resolve => {
		const socket = open({
			server: "flood",
			onReadable(count) {
				Timer.set(() => take(count), 1);
			},
		});
		function take(count: number): void {
			for (const byte of new Uint8Array(socket.read(count) as ArrayBuffer)) wrong += Number(byte !== received++ % 251);
			if (received < 200_000) return;
			socket.close();
			resolve();
		}
	});
	assert.is(wrong, 0);
	assert.is(received, 200_000);
});

test("writing as much as is writable, again and again, sends 100 KB without a loss", async () => {
	let sent = 0;
	const total = 100_000;
	const answer = await new Promise<string>(resolve =>
		open({
			server: "checksum",
			onWritable(count) {
				while (count > 0 && sent < total) {
					const part = new Uint8Array(Math.min(count, total - sent)).map(() => sent++ % 251);
					count = this.write(part);
				}
			},
			onReadable() {
				resolve(text(this.read()));
				this.close();
			},
		}),
	);
	assert.is(answer, "100000 0");
});

test("writing more than is writable throws", async () => {
	const message = await new Promise<string>(resolve =>
		open({
			server: "checksum",
			onWritable(count) {
				try {
					this.write(new Uint8Array(count + 1));
				} catch (error) {
					resolve((error as Error).message);
				}
				this.close();
			},
		}),
	);
	assert.match(message, /can be written/);
});

test("parts written with more go out as one record", async () => {
	const answer = await new Promise<string>(resolve =>
		open({
			server: "lengths",
			onWritable(count) {
				assert.is(this.write(Uint8Array.of(1), { more: true, byteLength: 8 }), count - 1);
				this.write(Uint8Array.of(2, 3), { more: true });
				this.write(new ArrayBuffer(5));
				this.write(Uint8Array.of(4));
			},
			onReadable() {
				resolve(text(this.read()));
				this.close();
			},
		}),
	);
	assert.is(answer, "8,1");
});

test("fifty connections come and go while garbage is collected", async () => {
	for (let i = 0; i < 50; i++) {
		await new Promise<void>((resolve, reject) =>
			open({
				server: "greeting",
				onReadable() {
					this.close();
					resolve();
				},
				onError: reject,
			}),
		);
		if (i % 10 === 0) collectGarbage();
	}
});

test.run();
