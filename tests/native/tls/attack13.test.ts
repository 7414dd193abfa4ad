// SPDX-License-Identifier: MIT
import { createECDH } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasPSS, hasTLS13, runClient, withOpenSSL } from "../../../tools/bench/tls/client.js";
import { issue, serverChain } from "../../../tools/bench/tls/pki.js";
import { type Attack, attack, testAttacks } from "./attack.js";
import { Gcm13 } from "./channel.js";
import { type Hello13Fields, Server13, type VerifyFields } from "./server13.js";
import { Alert, ContentType, Extension, extension, HandshakeType, message, number, record, vector } from "./wire.js";

const { root, server } = await serverChain("P-256");
const rsa = await serverChain("RSA-2048");
const signer = await issue({
	subject: "CN=server.test",
	issuer: root,
	names: [{ type: "dns", value: "server.test" }],
	keyUsage: "keyAgreement",
});
const trust = [
	"--root",
	root.certificateFile,
	"--root",
	rsa.root.certificateFile,
	"--name",
	"server.test",
	"--alpn",
	"mqtt",
	"--receive",
	"1",
];
const make = (channel: ConstructorParameters<typeof Server13>[0]) => new Server13(channel, server);
const unexpected = { reason: "unexpected-message", alert: Alert.unexpectedMessage } as const;
const illegal = { reason: "negotiation", alert: Alert.illegalParameter } as const;
/** Mbed TLS answers a bad share with handshake_failure. */
const badShare = { reason: "negotiation", alert: Alert.handshakeFailure } as const;
const undecodable = { reason: "negotiation", alert: Alert.decodeError } as const;

type Step = (server: Server13) => Buffer;
const extensions: Step = each => each.encryptedExtensions();
const request: Step = each => each.certificateRequest();
const certificate: Step = each => each.certificate();
const verify: Step = each => each.certificateVerify();
const finished: Step = each => each.finished();

/** ServerHello with other fields. */
const hello = (fields: Hello13Fields) => async (each: Server13) => {
	await each.readHello();
	each.channel.send(each.serverHello(fields));
};

/** What comes encrypted, of these messages. */
const flight =
	(...steps: Step[]) =>
	async (each: Server13) => {
		await each.begin();
		for (const step of steps) each.channel.send(step(each));
	};

/** Behind a handshake as it should be. */
const open = (script: (server: Server13) => void) => async (each: Server13) => {
	await each.handshake();
	script(each);
};

/** HelloRetryRequests with these extensions, one after the other. */
const retry =
	(...requests: Buffer[][]) =>
	async (each: Server13) => {
		for (const fields of requests) {
			await each.readHello();
			each.channel.noteRetry();
			each.channel.send(each.helloRetryRequest(...fields));
		}
	};

const version = extension(Extension.supportedVersions, number(2, 0x0304));
const share = (group: number, point: Uint8Array) => extension(Extension.keyShare, number(2, group), vector(2, point));
const p384 = extension(Extension.keyShare, number(2, 24));
const point = createECDH("prime256v1").generateKeys();
const offCurve = Buffer.from(point);
offCurve.writeUInt8(offCurve.readUInt8(64) ^ 1, 64);
const leaf = new Uint8Array(server.certificate.rawData);
const noCertificate = 41,
	missingExtension = 109;

const helloAttacks: Attack<Server13>[] = [
	{ name: "a suite that was not offered", script: hello({ suite: 0x1304 }), ...illegal },
	{ name: "a suite of TLS 1.2", script: hello({ suite: 0xc02b }), ...illegal },
	{ name: "compression", script: hello({ compression: 1 }), ...illegal },
	{ name: "another session id", script: hello({ sessionId: Buffer.alloc(32) }), ...illegal },
	{ name: "no session id", script: hello({ sessionId: Buffer.alloc(0) }), ...illegal },
	{ name: "a session id of 33 bytes", script: hello({ sessionId: Buffer.alloc(33) }), ...illegal },
	{
		name: "a version that does not exist in supported_versions",
		script: hello({ extensions: [extension(Extension.supportedVersions, number(2, 0x0305)), share(23, point)] }),
		...illegal,
	},
	{
		name: "TLS 1.2 in supported_versions",
		script: hello({ extensions: [extension(Extension.supportedVersions, number(2, 0x0303)), share(23, point)] }),
		...illegal,
	},
	{ name: "no key share", script: hello({ extensions: [version] }), ...badShare },
	{
		name: "a key share of P-384, for which none was sent",
		script: hello({ group: 24, point: createECDH("secp384r1").generateKeys() }),
		...badShare,
	},
	{
		name: "a key share of X25519, which was not offered",
		script: hello({ group: 29, point: Buffer.alloc(32, 9) }),
		...badShare,
	},
	{ name: "a point that is not on the curve", script: hello({ point: offCurve }), ...badShare },
	{
		name: "a point of zeros",
		script: hello({ point: Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]) }),
		...badShare,
	},
	{ name: "the point at infinity", script: hello({ point: Buffer.from([0]) }), ...badShare },
	{
		name: "a compressed point",
		script: hello({ point: Buffer.concat([Buffer.from([2]), point.subarray(1, 33)]) }),
		...badShare,
	},
	{ name: "a point of no bytes", script: hello({ point: Buffer.alloc(0) }), ...badShare },
	{
		name: "a key share longer than its message",
		script: hello({ extensions: [version, extension(Extension.keyShare, number(2, 23), number(2, 99), point)] }),
		...undecodable,
	},
	{
		name: "an extension that belongs to EncryptedExtensions",
		script: hello({
			extensions: [version, share(23, point), extension(Extension.alpn, vector(2, vector(1, Buffer.from("mqtt"))))],
		}),
		...illegal,
	},
	{
		name: "an extension that was not offered",
		script: hello({ extensions: [version, share(23, point), extension(Extension.cookie, vector(2, Buffer.alloc(4)))] }),
		...illegal,
	},
	{
		name: "a second HelloRetryRequest",
		script: retry([p384], [extension(Extension.keyShare, number(2, 23))]),
		...unexpected,
	},
	{
		name: "a HelloRetryRequest for the group whose share was sent",
		script: retry([extension(Extension.keyShare, number(2, 23))]),
		...illegal,
	},
	...(hasPSS
		? [
				{
					name: "a HelloRetryRequest for a group that was not offered",
					script: retry([extension(Extension.keyShare, number(2, 29))]),
					...illegal,
				},
			]
		: []),
];

const flightAttacks: Attack<Server13>[] = [
	{
		name: "EncryptedExtensions in the clear",
		reason: "bad-record",
		alert: Alert.badRecordMac,
		async script(each) {
			await each.readHello();
			each.channel.send(each.serverHello(), each.encryptedExtensions());
		},
	},
	{ name: "a second ServerHello", script: flight(each => each.serverHello()), ...unexpected },
	{ name: "Certificate before EncryptedExtensions", script: flight(certificate), ...unexpected },
	{ name: "Finished before EncryptedExtensions", script: flight(finished), ...unexpected },
	{ name: "no Certificate", script: flight(extensions, verify, finished), ...unexpected },
	{
		name: "Finished in place of Certificate (a resumption that was not asked for)",
		script: flight(extensions, finished),
		...unexpected,
	},
	{ name: "no CertificateVerify", script: flight(extensions, certificate, finished), ...unexpected },
	{ name: "CertificateRequest twice", script: flight(extensions, request, request), ...unexpected },
	{ name: "CertificateRequest after Certificate", script: flight(extensions, certificate, request), ...unexpected },
	{ name: "EncryptedExtensions twice", script: flight(extensions, extensions), ...unexpected },
	{
		name: "KeyUpdate before Finished",
		script: flight(extensions, () => message(HandshakeType.keyUpdate, Uint8Array.of(0))),
		...unexpected,
	},
	{
		name: "application data before Finished",
		...unexpected,
		script: async each => {
			await each.begin();
			each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.from("early")));
		},
	},
	{
		name: "EncryptedExtensions with a key share",
		script: flight(each => each.encryptedExtensions(share(23, point))),
		...illegal,
	},
	{
		name: "ALPN: a protocol that was not offered",
		script: flight(each =>
			each.encryptedExtensions(extension(Extension.alpn, vector(2, vector(1, Buffer.from("h2"))))),
		),
		reason: "negotiation",
		alert: [Alert.illegalParameter, Alert.handshakeFailure],
	},
	{
		name: "EncryptedExtensions longer than the message",
		script: flight(() => message(HandshakeType.encryptedExtensions, number(2, 40))),
		...undecodable,
	},
	{
		name: "a CertificateRequest without signature_algorithms",
		script: flight(extensions, () => message(HandshakeType.certificateRequest, vector(1), vector(2))),
		reason: "negotiation",
		alert: [Alert.decodeError, missingExtension],
	},
	{
		name: "no certificate",
		script: flight(extensions, each => each.certificate({ chain: [] })),
		reason: "bad-certificate",
		alert: noCertificate,
	},
	{
		name: "a certificate of no bytes",
		script: flight(extensions, each => each.certificate({ chain: [new Uint8Array(0)] })),
		reason: ["negotiation", "bad-certificate"],
		alert: [Alert.decodeError, Alert.badCertificate, noCertificate],
	},
	{
		name: "half a certificate",
		script: flight(extensions, each => each.certificate({ chain: [leaf.subarray(0, 99)] })),
		reason: ["bad-certificate", "negotiation"],
		alert: [Alert.badCertificate, Alert.decodeError],
	},
	{
		name: "a Certificate with a context",
		script: flight(extensions, each => each.certificate({ context: Buffer.alloc(3) })),
		reason: "negotiation",
		alert: [Alert.decodeError, Alert.illegalParameter],
	},
];

/** CertificateVerify with other fields. */
const signed = (fields: VerifyFields) =>
	flight(extensions, certificate, each => each.certificateVerify(fields), finished);

const proofAttacks: Attack<Server13>[] = [
	...[0, 31, 33].map(length => ({
		name: `a Finished of ${length} bytes`,
		reason: "negotiation",
		alert: [Alert.decodeError, Alert.decryptError],
		script: flight(extensions, certificate, verify, each =>
			each.finished(Buffer.concat([each.finished().subarray(4), Buffer.alloc(1)]).subarray(0, length)),
		),
	})),
];

const recordAttacks: Attack<Server13>[] = [
	{
		name: "a record that is altered in its last bit",
		reason: "bad-record",
		alert: Alert.badRecordMac,
		script: async each => {
			await each.begin();
			const bytes = each.channel.record(ContentType.handshake, each.encryptedExtensions());
			bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
			each.channel.raw(bytes);
		},
	},
	{
		name: "an encrypted record of nothing but padding",
		reason: ["unexpected-message", "bad-record"],
		alert: [Alert.unexpectedMessage, Alert.decodeError, Alert.badRecordMac],
		script: async each => {
			await each.begin();
			if (each.channel.writing instanceof Gcm13) each.channel.raw(each.channel.writing.sealInner(Buffer.alloc(20)));
		},
	},
	{
		name: "a plaintext alert after the keys",
		reason: ["bad-record", "unexpected-message", "peer-alert"],
		alert: [Alert.unexpectedMessage, Alert.badRecordMac, Alert.decodeError],
		script: async each => {
			await each.begin();
			each.channel.raw(record(ContentType.alert, Buffer.from([2, 40])));
		},
	},
	{
		name: "ChangeCipherSpec of another value",
		reason: ["unexpected-message", "bad-record"],
		alert: [Alert.unexpectedMessage, Alert.decodeError],
		script: async each => {
			await each.begin();
			each.channel.raw(record(ContentType.changeCipherSpec, Buffer.from([2])));
		},
	},
	{
		name: "an encrypted record of more than 16,385 bytes",
		reason: "bad-record",
		alert: [Alert.decodeError, Alert.recordOverflow],
		script: open(each => each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(16386)))),
	},
	{
		name: "KeyUpdate",
		script: open(each => each.channel.send(message(HandshakeType.keyUpdate, Uint8Array.of(1)))),
		...unexpected,
	},
	{
		name: "a second Finished",
		script: open(each => each.channel.send(message(HandshakeType.finished, Buffer.alloc(32)))),
		...unexpected,
	},
	{ name: "a ServerHello", script: open(each => each.channel.send(each.serverHello())), ...unexpected },
	{
		name: "a CertificateRequest (post-handshake authentication was not offered)",
		script: open(each => each.channel.send(each.certificateRequest(Buffer.alloc(1)))),
		...unexpected,
	},
	{
		name: "a record that comes twice",
		reason: "bad-record",
		alert: Alert.badRecordMac,
		script: open(each => {
			const once = each.channel.record(ContentType.applicationData, Buffer.alloc(0));
			each.channel.raw(once, once);
		}),
	},
	{
		name: "a record that is not encrypted",
		script: open(each => each.channel.raw(record(ContentType.applicationData, Buffer.alloc(40)))),
		reason: "bad-record",
		alert: Alert.badRecordMac,
	},
];

if (hasTLS13) {
	testAttacks("TLS 1.3, ServerHello", make, trust, helloAttacks);
	testAttacks("TLS 1.3, flight", make, trust, flightAttacks);
	testAttacks("TLS 1.3, flight", channel => new Server13(channel, signer), trust, [
		{
			name: "a certificate that may not sign",
			script: flight(extensions, certificate, verify, finished),
			reason: "bad-certificate",
			alert: Alert.unsupportedCertificate,
		},
	]);
	testAttacks("TLS 1.3, proof", make, trust, proofAttacks);
	testAttacks("TLS 1.3, records", make, trust, recordAttacks);

	for (const size of [1, 3, 50, 16384])
		test(`TLS 1.3: a ServerHello in records of ${size} bytes opens`, async () => {
			const { reason } = await attack(
				make,
				async each => {
					await each.readHello();
					each.channel.sendInPieces(size, each.serverHello());
					each.protect();
					for (const step of [extensions, certificate, verify, finished]) each.channel.send(step(each));
					await each.readFinished();
					each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
				},
				trust,
			);
			assert.is(reason, "none");
		});

	test("TLS 1.3: Certificate and CertificateVerify in one record, and a Certificate in three, open", async () => {
		const { reason } = await attack(
			make,
			async each => {
				await each.begin();
				each.channel.send(extensions(each));
				each.channel.sendInPieces(300, certificate(each));
				const both = verify(each);
				each.channel.note(both);
				each.channel.raw(each.channel.record(ContentType.handshake, Buffer.concat([both, finished(each)])));
				each.channel.note(finished(each));
				await each.readFinished();
				each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
			},
			trust,
		);
		assert.is(reason, "none");
	});

	test("TLS 1.3: ChangeCipherSpec in the handshake is passed over", async () => {
		const { reason } = await attack(
			make,
			async each => {
				await each.begin();
				each.channel.changeCipherSpec();
				for (const step of [extensions, certificate, verify, finished]) each.channel.send(step(each));
				await each.readFinished();
				each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
			},
			trust,
		);
		assert.is(reason, "none");
	});

	test("TLS 1.3: a HelloRetryRequest for P-384 opens", () =>
		withOpenSSL(
			[
				"-tls1_3",
				"-groups",
				"P-384",
				"-rev",
				"-cert",
				server.certFile,
				"-cert_chain",
				server.certFile,
				"-key",
				server.keyPemFile,
			],
			async port => {
				assert.is(
					(await runClient(port, ["--root", root.certificateFile, "--name", "server.test", "--send", "1"])).find(
						"open",
					)?.["version"],
					"TLSv1.3",
				);
			},
		));

	for (const isNewGroup of hasPSS ? [true, false] : [])
		test(`TLS 1.3: a HelloRetryRequest with a cookie and ${isNewGroup ? "a" : "no"} new group: the cookie comes back, and it opens`, async () => {
			const cookie = extension(Extension.cookie, vector(2, Buffer.from("a cookie of the server's")));
			const { reason } = await attack(
				make,
				async each => {
					await each.readHello();
					assert.is(each.hello.extensions.has(Extension.cookie), false);
					each.channel.noteRetry();
					each.channel.send(each.helloRetryRequest(cookie, ...(isNewGroup ? [p384] : [])));
					if (isNewGroup) each.useP384();
					await each.begin();
					assert.equal(each.hello.extensions.get(Extension.cookie), cookie.subarray(4));
					for (const step of [extensions, certificate, verify, finished]) each.channel.send(step(each));
					await each.readFinished();
					each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
				},
				trust,
			);
			assert.is(reason, "none");
		});

	test("TLS 1.3: a Certificate of more than 16 KB is refused as a limit of this client", async () => {
		const { result, alert } = await attack(
			make,
			async each => {
				await each.begin();
				each.channel.send(extensions(each));
				each.channel.sendInPieces(10_000, each.certificate({ chain: [leaf, Buffer.alloc(17_000, 1)] }));
			},
			trust,
		);
		const { reason, message } = result.failure();
		assert.is(reason, "limit", message);
		assert.is(alert, Alert.handshakeFailure);
		assert.match(message, /limit of this client, not a fault of the server/);
	});

	test("TLS 1.3: connections that fail, one after the other, leave no more on the heap than the first", async () => {
		for (const script of [
			hello({ point: offCurve }),
			signed({ signature: Buffer.alloc(0) }),
			flight(extensions, finished),
		]) {
			const { result } = await attack(make, script, [...trust, "--repeat", "7"]);
			const left = result.events.filter(({ event }) => event === "heap").map(event => event["left"]);
			assert.is(left.length, 8);
			assert.is(new Set(left).size, 1, left.join());
		}
	});

	for (const place of ["begin", "extensions", "certificate", "verify"] as const)
		test(`TLS 1.3: close_notify after ${place} is reported as the server's closing, the end of TCP as a truncation`, async () => {
			for (const [ending, reason] of [
				["close_notify", "peer-closed"],
				["end", "truncated"],
			] as const) {
				const outcome = await attack(
					make,
					async each => {
						await each.begin();
						const steps = [extensions, certificate, verify].slice(
							0,
							["begin", "extensions", "certificate", "verify"].indexOf(place),
						);
						for (const step of steps) each.channel.send(step(each));
						if (ending === "end") each.channel.end();
						else each.channel.alert(1, Alert.closeNotify);
					},
					trust,
				);
				assert.is(outcome.reason, reason);
				assert.is(outcome.result.failure().step, "handshake");
			}
		});
} else
	test("a server that answers in TLS 1.3 is refused where the library has none of it", async () => {
		const { reason, alert, received } = await attack(make, hello({}), trust);
		assert.is(reason, "negotiation");
		assert.is(alert, Alert.internalError, "what Mbed TLS 2.28 answers to a cipher suite that it does not know");
		assert.is(received.length, 0);
	});

test.run();
