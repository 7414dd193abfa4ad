// SPDX-License-Identifier: MIT
/**
 * Writes the root certificate and the seeds of the target tls-server: `node --import tsx tests/native/tls/fuzz-seeds.ts`. Each seed
 * is what a scripted server sends, in records whose encryption is transparent.
 */

import { writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { type Identity, issue } from "../../../tools/bench/tls/pki.js";
import { addToCorpus } from "../../../tools/fuzz/corpus.js";
import { root } from "../../../tools/lib/root.js";
import { Channel, type Protection } from "./channel.js";
import { Server12 } from "./server12.js";
import { Server13 } from "./server13.js";
import { ContentType, Extension, extension, HandshakeType, message, number, record, vector } from "./wire.js";

const seeds: Buffer[] = [];
const switches = { none: 0, ecdsa: 1, rsa: 2, alpn: 4, only12: 8 } as const;
const validity = { notBefore: new Date("2020-01-01"), notAfter: new Date("2049-12-31") };
const tag = Buffer.alloc(16);

/** TLS 1.2's GCM: explicit nonce, plaintext, tag. */
const transparent12: Protection = {
	seal: (type, plaintext) => record(type, Buffer.concat([Buffer.alloc(8), plaintext, tag])),
	open: (type, plaintext) => ({ type, plaintext }),
};

/** TLS 1.3: plaintext, its type, tag. */
const transparent13: Protection = {
	seal: (type, plaintext) => record(ContentType.applicationData, Buffer.concat([plaintext, number(1, type), tag])),
	open: (type, plaintext) => ({ type, plaintext }),
};

/** A channel that keeps what is sent. */
class Recorder extends Channel {
	readonly #sent: Buffer[] = [];

	constructor() {
		super(new Socket());
	}

	override raw(...bytes: Uint8Array[]): void {
		this.#sent.push(...bytes.map(each => Buffer.from(each)));
	}

	get sent(): Buffer {
		return Buffer.concat(this.#sent);
	}
}

/** The session id is of random bytes, and those are constant (CONSTANT of tls_transparent.c). */
const hello = {
	random: Buffer.alloc(32),
	sessionId: Buffer.alloc(32, 0x42),
	suites: [],
	extensions: new Map<number, Buffer>(),
};

function seed(control: number, chunk: number, script: (channel: Recorder) => void): void {
	const channel = new Recorder();
	script(channel);
	seeds.push(Buffer.concat([Uint8Array.of(control, chunk), channel.sent]));
}

interface Options12 {
	request?: boolean;
	extensions?: Buffer[];
	suite?: number;
	pieces?: number;
	after?: (channel: Recorder) => void;
}

/** A whole connection of TLS 1.2. */
const connection12 =
	(identity: Identity, { request = false, extensions, suite, pieces, after }: Options12) =>
	(channel: Recorder) => {
		const server = new Server12(channel, identity);
		server.hello = hello;
		const fields = { ...(extensions && { extensions }), ...(suite !== undefined && { suite }) };
		const flight = [
			server.serverHello(fields),
			server.certificate(),
			server.serverKeyExchange(),
			...(request ? [server.certificateRequest()] : []),
			server.serverHelloDone(),
		];
		if (pieces === undefined) channel.send(...flight);
		else channel.sendInPieces(pieces, ...flight);
		channel.changeCipherSpec();
		channel.writing = transparent12;
		channel.send(server.finished(Buffer.alloc(12)));
		after?.(channel);
	};

interface Options13 {
	request?: boolean;
	retry?: boolean;
	extensions?: Buffer[];
	pieces?: number;
	after?: (channel: Recorder) => void;
}

/** A whole connection of TLS 1.3. */
const connection13 =
	(identity: Identity, { request = false, retry = false, extensions = [], pieces, after }: Options13) =>
	(channel: Recorder) => {
		const server = new Server13(channel, identity);
		server.hello = hello;
		if (retry) channel.send(server.helloRetryRequest(extension(Extension.keyShare, number(2, 24))));
		channel.send(
			server.serverHello(retry ? { group: 24, point: Buffer.concat([Uint8Array.of(4), Buffer.alloc(96, 0x42)]) } : {}),
		);
		channel.changeCipherSpec();
		channel.writing = transparent13;
		const flight = [
			server.encryptedExtensions(...extensions),
			...(request ? [server.certificateRequest()] : []),
			server.certificate(),
			server.certificateVerify(),
			server.finished(Buffer.alloc(32)),
		];
		if (pieces === undefined) channel.send(...flight);
		else channel.sendInPieces(pieces, ...flight);
		after?.(channel);
	};

const say = (channel: Recorder) => channel.raw(channel.record(ContentType.applicationData, Buffer.from("hello")));
const close = (channel: Recorder) => channel.alert(1, 0);
const alpn = extension(Extension.alpn, vector(2, vector(1, Buffer.from("mqtt"))));

const authority = await issue({ subject: "CN=R", authority: true, ...validity });
const server = await issue({
	subject: "CN=S",
	issuer: authority,
	names: [{ type: "dns", value: "server.test" }],
	...validity,
});
writeFileSync(join(root, "tools", "fuzz", "tls-root.der"), new Uint8Array(authority.certificate.rawData));

const { none, ecdsa, rsa, alpn: withALPN, only12 } = switches;
for (const control of [only12, only12 | ecdsa, only12 | rsa, none, only12 | 0x10, only12 | 0x20])
	seed(control, 0, connection12(server, { request: (control & (ecdsa | rsa)) !== 0, after: say }));
seed(
	only12 | withALPN,
	1,
	connection12(server, {
		extensions: [
			alpn,
			extension(Extension.extendedMasterSecret),
			extension(Extension.renegotiationInfo, Uint8Array.of(0)),
		],
		after: close,
	}),
);
seed(
	only12,
	0,
	connection12(server, {
		suite: 0xc023,
		extensions: [extension(Extension.encryptThenMac), extension(Extension.pointFormats, Uint8Array.of(1, 0))],
	}),
);
seed(only12, 3, connection12(server, { pieces: 7, after: close }));
seed(
	only12,
	0,
	connection12(server, { pieces: 4096, after: channel => channel.send(message(HandshakeType.helloRequest)) }),
);
seed(only12, 0, channel => channel.alert(2, 40));
for (const control of [none, ecdsa, rsa, 0x10, 0x20])
	seed(control, 0, connection13(server, { request: (control & (ecdsa | rsa)) !== 0, after: say }));
seed(
	withALPN,
	1,
	connection13(server, {
		extensions: [alpn, extension(Extension.supportedGroups, vector(2, number(2, 23)))],
		pieces: 4096,
		after: close,
	}),
);
seed(ecdsa, 0, connection13(server, { retry: true, request: true }));
seed(
	none,
	2,
	connection13(server, {
		pieces: 11,
		after(channel) {
			channel.send(
				message(
					HandshakeType.newSessionTicket,
					number(4, 7200),
					number(4, 1),
					vector(1, Buffer.alloc(8)),
					vector(2, Buffer.alloc(32)),
					vector(2),
				),
			);
			say(channel);
			close(channel);
		},
	}),
);
seed(
	none,
	0,
	connection13(server, { after: channel => channel.send(message(HandshakeType.keyUpdate, Uint8Array.of(1))) }),
);
addToCorpus("tls-server", seeds);
