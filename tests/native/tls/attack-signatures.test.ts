// SPDX-License-Identifier: MIT
import { test } from "uvu";
import { hasTLS13 } from "../../../tools/bench/tls/client.js";
import { type Identity, issue, serverChain } from "../../../tools/bench/tls/pki.js";
import { testAttacks, testForgeries } from "./attack.js";
import type { Channel } from "./channel.js";
import { type KeyExchangeFields, Server12 } from "./server12.js";
import { Server13, type VerifyFields } from "./server13.js";
import { Alert, ContentType } from "./wire.js";

/*
 * Servers whose proof is wrong in one thing: the scheme that they sign under (correctly), the signature, or Finished. A
 * client that does not check that one thing opens, and each attack is shown to open such a client.
 */
const p256 = await serverChain("P-256");
const p384 = await serverChain("P-384");
const rsa = await serverChain("RSA-2048");
const chains = [p256, p384, rsa];
const options = [
	...chains.flatMap(({ root }) => ["--root", root.certificateFile]),
	...["--name", "server.test", "--receive", "1"],
];
const refused = { reason: "negotiation", alert: [Alert.illegalParameter, Alert.decryptError] };
const ecdsaSuite = 0xc02b,
	rsaSuite = 0xc02f;

/** The whole handshake of TLS 1.2 and a byte, with a suite and a signature. */
const handshake12 = (suite: number, fields: KeyExchangeFields) => async (each: Server12) => {
	await each.readHello();
	each.channel.send(
		each.serverHello({ suite }),
		each.certificate(),
		each.serverKeyExchange(fields),
		each.serverHelloDone(),
	);
	await each.readKeyExchange();
	each.changeCipherSpec();
	each.channel.send(each.finished());
	each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
};

const forgeries12: [string, Identity, number, KeyExchangeFields][] = [
	["ECDSA with SHA-1", p256.server, ecdsaSuite, { algorithm: 0x0203, hash: "sha1" }],
	["ECDSA with MD5", p256.server, ecdsaSuite, { algorithm: 0x0103, hash: "md5" }],
	["ECDSA with SHA-224", p256.server, ecdsaSuite, { algorithm: 0x0303, hash: "sha224" }],
	["RSA with SHA-1", rsa.server, rsaSuite, { algorithm: 0x0201, hash: "sha1" }],
	["RSA with MD5", rsa.server, rsaSuite, { algorithm: 0x0101, hash: "md5" }],
	["an RSA certificate with an ECDSA suite", rsa.server, ecdsaSuite, { algorithm: 0x0401 }],
	["an ECDSA certificate with an RSA suite", p256.server, rsaSuite, { algorithm: 0x0403 }],
];

/** Mbed TLS 2.28 compares the suite with the signature itself, so that there is no client that does not. */
const isRefusedByLibrary = (suite: number, { algorithm = 0 }: KeyExchangeFields) =>
	!hasTLS13 && (suite === rsaSuite) !== (algorithm % 256 === 1);

for (const [name, identity, suite, fields] of forgeries12)
	(isRefusedByLibrary(suite, fields) ? testAttacks : testForgeries)(
		"TLS 1.2",
		(channel: Channel) => new Server12(channel, identity),
		[...options, "--maximum", "TLSv1.2"],
		[{ name, script: handshake12(suite, fields), ...refused }],
		"unchecked",
	);

const untrue = { reason: "negotiation", alert: Alert.decryptError };
const wrong = Buffer.from("3006020100020100", "hex");
const stranger = await issue({ subject: "CN=stranger" });

/** The end of a handshake of TLS 1.2, with another Finished. */
const finish12 = (make: (each: Server12) => Buffer) => async (each: Server12) => {
	await each.readHello();
	each.channel.send(...each.flight());
	await each.readKeyExchange();
	each.changeCipherSpec();
	each.channel.send(make(each));
	each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
};

/** With its last bit the other way round. */
function flipped(finished: Buffer): Buffer {
	const last = finished.length - 1;
	finished.writeUInt8(finished.readUInt8(last) ^ 1, last);
	return finished;
}

testForgeries(
	"TLS 1.2",
	(channel: Channel) => new Server12(channel, p256.server),
	[...options, "--maximum", "TLSv1.2"],
	[
		{ name: "a signature of another key", script: handshake12(ecdsaSuite, { key: stranger.key }), ...untrue },
		{
			name: "a signature over other randoms (replay)",
			script: handshake12(ecdsaSuite, { randoms: Buffer.alloc(64) }),
			...untrue,
		},
		{ name: "a signature of r = s = 0", script: handshake12(ecdsaSuite, { signature: wrong }), ...untrue },
		{ name: "no signature", script: handshake12(ecdsaSuite, { signature: Buffer.alloc(0) }), ...untrue },
		{
			name: "a Finished that is wrong in its last bit",
			script: finish12(each => flipped(each.finished())),
			...untrue,
		},
		{
			name: "the client's own Finished, sent back",
			script: finish12(each => each.finished(each.channel.transcript.subarray(-12))),
			...untrue,
		},
	],
	"gullible",
);

/** The whole handshake of TLS 1.3 and a byte, with a CertificateVerify and a Finished. */
const handshake13 =
	(fields: VerifyFields, finished = (each: Server13) => each.finished()) =>
	async (each: Server13) => {
		await each.begin();
		each.channel.send(each.encryptedExtensions());
		each.channel.send(each.certificate());
		each.channel.send(each.certificateVerify(fields));
		each.channel.send(finished(each));
		await each.readFinished();
		each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
	};

const forgeries13: [string, Identity, VerifyFields][] = [
	["RSA PKCS#1 v1.5", rsa.server, { algorithm: 0x0401 }],
	["RSA PKCS#1 v1.5 with SHA-512", rsa.server, { algorithm: 0x0601, hash: "sha512" }],
	["RSA with SHA-1", rsa.server, { algorithm: 0x0201, hash: "sha1" }],
	["ECDSA with SHA-1", p256.server, { algorithm: 0x0203, hash: "sha1" }],
	["a P-256 key as ecdsa_secp384r1_sha384", p256.server, { algorithm: 0x0503, hash: "sha384" }],
	["a P-384 key as ecdsa_secp256r1_sha256", p384.server, { algorithm: 0x0403 }],
	["a P-256 key as ecdsa_secp521r1_sha512", p256.server, { algorithm: 0x0603, hash: "sha512" }],
	["bytes after the signature", p256.server, { trailer: Buffer.alloc(3) }],
];

for (const [name, identity, fields] of hasTLS13 ? forgeries13 : [])
	testForgeries(
		"TLS 1.3",
		(channel: Channel) => new Server13(channel, identity),
		options,
		[{ name, script: handshake13(fields), ...refused }],
		"unchecked",
	);

if (hasTLS13)
	testForgeries(
		"TLS 1.3",
		(channel: Channel) => new Server13(channel, p256.server),
		options,
		[
			{ name: "a signature of another key", script: handshake13({ key: stranger.key }), ...untrue },
			{
				name: "a signature in the client's name",
				script: handshake13({ context: "TLS 1.3, client CertificateVerify" }),
				...untrue,
			},
			{
				name: "a signature over another transcript (replay)",
				script: handshake13({ transcript: Buffer.alloc(32) }),
				...untrue,
			},
			{ name: "a signature of r = s = 0", script: handshake13({ signature: wrong }), ...untrue },
			{ name: "no signature", script: handshake13({ signature: Buffer.alloc(0) }), ...untrue },
			{
				name: "a Finished that is wrong in its last bit",
				script: handshake13({}, each => flipped(each.finished())),
				...untrue,
			},
		],
		"gullible",
	);

test.run();
