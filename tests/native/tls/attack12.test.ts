// SPDX-License-Identifier: MIT
import { createECDH } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasPSS, hasTLS13 } from "../../../tools/bench/tls/client.js";
import { issue, serverChain } from "../../../tools/bench/tls/pki.js";
import { type Attack, attack, testAttacks } from "./attack.js";
import { type HelloFields, type KeyExchangeFields, Server12 } from "./server12.js";
import { Alert, ContentType, Extension, extension, HandshakeType, message, number, vector } from "./wire.js";

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
const make = (channel: ConstructorParameters<typeof Server12>[0]) => new Server12(channel, server);

/** ServerHello with other fields; the rest of the flight follows. */
const hello = (fields: HelloFields | ((server: Server12) => HelloFields)) => async (each: Server12) => {
	await each.readHello();
	each.channel.send(
		each.serverHello(typeof fields === "function" ? fields(each) : fields),
		each.certificate(),
		each.serverKeyExchange(),
		each.serverHelloDone(),
	);
};

const helloExtension = (...extensions: Buffer[]) => hello({ extensions });

/** Certificate with another body. */
const certificate =
	(...body: Uint8Array[]) =>
	async (each: Server12) => {
		await each.readHello();
		each.channel.send(
			each.serverHello(),
			message(HandshakeType.certificate, ...body),
			each.serverKeyExchange(),
			each.serverHelloDone(),
		);
	};

const keyExchange =
	(fields: KeyExchangeFields | ((server: Server12) => KeyExchangeFields)) => async (each: Server12) => {
		await each.readHello();
		each.channel.send(
			each.serverHello(),
			each.certificate(),
			each.serverKeyExchange(typeof fields === "function" ? fields(each) : fields),
			each.serverHelloDone(),
		);
	};

/** A message in place of ServerKeyExchange. */
const keyExchangeBody =
	(...body: Uint8Array[]) =>
	async (each: Server12) => {
		await each.readHello();
		each.channel.send(
			each.serverHello(),
			each.certificate(),
			message(HandshakeType.serverKeyExchange, ...body),
			each.serverHelloDone(),
		);
	};

const leaf = new Uint8Array(server.certificate.rawData);
const point = createECDH("prime256v1").generateKeys();
const offCurve = Buffer.from(point);
offCurve.writeUInt8(offCurve.readUInt8(64) ^ 1, 64);
/** x = 1: x³ - 3x + b is no square modulo p. Mbed TLS 3.6 takes compressed points, although it does not offer to. */
const compressed = Buffer.concat([Buffer.from([2]), Buffer.alloc(31), Buffer.from([1])]);

const helloAttacks: Attack<Server12>[] = [
	{ name: "TLS 1.1", script: hello({ version: 0x0302 }), reason: "protocol-version", alert: Alert.protocolVersion },
	{ name: "SSL 3.0", script: hello({ version: 0x0300 }), reason: "protocol-version", alert: Alert.protocolVersion },
	{
		name: "a version that does not exist",
		script: hello({ version: 0x0505 }),
		reason: "protocol-version",
		alert: Alert.protocolVersion,
	},
	{
		name: "a suite that was not offered",
		script: hello({ suite: 0xc009 }),
		reason: "negotiation",
		alert: [Alert.illegalParameter, Alert.internalError],
	},
	{ name: "a NULL suite", script: hello({ suite: 0xc006 }), reason: "negotiation", alert: Alert.internalError },
	{
		name: "a suite of TLS 1.3",
		script: hello({ suite: 0x1301 }),
		reason: "negotiation",
		alert: [Alert.internalError, Alert.handshakeFailure],
	},
	{ name: "a signalling suite", script: hello({ suite: 0x00ff }), reason: "negotiation", alert: Alert.internalError },
	{ name: "compression", script: hello({ compression: 1 }), reason: "negotiation", alert: Alert.illegalParameter },
	{
		name: "a session id of 33 bytes",
		script: hello({ sessionId: Buffer.alloc(33) }),
		reason: "negotiation",
		alert: Alert.decodeError,
	},
	{
		name: "ALPN: a protocol that was not offered",
		script: helloExtension(extension(Extension.alpn, vector(2, vector(1, Buffer.from("h2"))))),
		reason: "negotiation",
		alert: Alert.handshakeFailure,
	},
	{
		name: "ALPN: two protocols",
		script: helloExtension(
			extension(Extension.alpn, vector(2, vector(1, Buffer.from("mqtt")), vector(1, Buffer.from("mqtt")))),
		),
		reason: "negotiation",
		alert: Alert.decodeError,
	},
	{
		name: "ALPN: an empty list",
		script: helloExtension(extension(Extension.alpn, vector(2))),
		reason: "negotiation",
		alert: Alert.decodeError,
	},
	{
		name: "max_fragment_length, which was not offered",
		script: helloExtension(extension(Extension.maxFragmentLength, Uint8Array.of(1))),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "a session ticket, which was not offered",
		script: helloExtension(extension(Extension.sessionTicket)),
		reason: "negotiation",
		alert: Alert.unsupportedExtension,
	},
	{
		name: "encrypt_then_mac with data",
		script: helloExtension(extension(Extension.encryptThenMac, Uint8Array.of(1))),
		reason: "negotiation",
		alert: Alert.unsupportedExtension,
	},
	{
		name: "extended_master_secret with data",
		script: helloExtension(extension(Extension.extendedMasterSecret, Uint8Array.of(1))),
		reason: "negotiation",
		alert: Alert.unsupportedExtension,
	},
	{
		name: "renegotiation_info with data",
		script: helloExtension(extension(Extension.renegotiationInfo, vector(1, Buffer.alloc(12)))),
		reason: "negotiation",
		alert: Alert.handshakeFailure,
	},
	{
		name: "an extension longer than the message",
		script: helloExtension(Buffer.concat([number(2, Extension.alpn), number(2, 200), Buffer.alloc(4)])),
		reason: "negotiation",
		alert: Alert.decodeError,
	},
	{
		name: "half an extension",
		script: helloExtension(Buffer.from([0])),
		reason: "negotiation",
		alert: Alert.decodeError,
	},
	{
		name: "point formats without the uncompressed one",
		script: helloExtension(extension(Extension.pointFormats, vector(1, Uint8Array.of(2)))),
		reason: "negotiation",
		alert: Alert.handshakeFailure,
	},
];

const certificateAttacks: Attack<Server12>[] = [
	{
		name: "no certificate",
		script: certificate(vector(3)),
		reason: ["bad-certificate", "negotiation"],
		alert: Alert.decodeError,
	},
	{
		name: "a certificate of no bytes",
		script: certificate(vector(3, vector(3))),
		reason: ["bad-certificate", "negotiation"],
		alert: Alert.decodeError,
	},
	{
		name: "half a certificate",
		script: certificate(vector(3, vector(3, leaf.subarray(0, leaf.length >> 1)))),
		reason: "bad-certificate",
		alert: Alert.badCertificate,
	},
	{
		name: "a certificate longer than its message",
		script: certificate(number(3, leaf.length + 3), number(3, leaf.length + 1), leaf),
		reason: ["bad-certificate", "negotiation"],
		alert: Alert.decodeError,
	},
	{
		name: "a chain longer than its message",
		script: certificate(number(3, leaf.length + 9), vector(3, leaf)),
		reason: ["bad-certificate", "negotiation"],
		alert: Alert.decodeError,
	},
	{
		name: "bytes after the chain",
		script: certificate(vector(3, vector(3, leaf)), Uint8Array.of(0)),
		reason: ["bad-certificate", "negotiation"],
		alert: Alert.decodeError,
	},
	{
		name: "noise in place of a certificate",
		script: certificate(vector(3, vector(3, Buffer.alloc(300, 0x5a)))),
		reason: "bad-certificate",
		alert: Alert.badCertificate,
	},
];

const keyExchangeAttacks: Attack<Server12>[] = [
	{
		name: "a signature that is no DER",
		script: keyExchange({ signature: Buffer.alloc(70, 0xff) }),
		reason: "negotiation",
		alert: Alert.decryptError,
	},
	{
		name: "an RSA signature algorithm with an ECDSA certificate",
		script: keyExchange({ algorithm: 0x0401 }),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "the anonymous signature algorithm",
		script: keyExchange({ algorithm: 0x0400 }),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "P-521, which was not offered",
		script: keyExchange({ curve: 25, point: createECDH("secp521r1").generateKeys() }),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "X25519, which was not offered",
		script: keyExchange({ curve: 29, point: Buffer.alloc(32, 9) }),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "a curve of the server's own (explicit_prime)",
		script: keyExchange({ curveType: 1 }),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "a point that is not on the curve",
		script: keyExchange({ point: offCurve }),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "the point at infinity",
		script: keyExchange({ point: Buffer.from([0]) }),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "a point of zeros",
		script: keyExchange({ point: Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]) }),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "coordinates greater than the field",
		script: keyExchange({ point: Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 0xff)]) }),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "a compressed point that is not on the curve",
		script: keyExchange({ point: compressed }),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "a point of no bytes",
		script: keyExchange({ point: Buffer.alloc(0) }),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "a point of P-384 for P-256",
		script: keyExchange({ point: createECDH("secp384r1").generateKeys() }),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "bytes after the signature",
		script: keyExchange({ trailer: Buffer.alloc(1) }),
		reason: "negotiation",
		alert: Alert.decodeError,
	},
	{
		name: "an empty ServerKeyExchange",
		script: keyExchangeBody(),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "a ServerKeyExchange that ends in its point",
		script: keyExchangeBody(Uint8Array.of(3, 0, 23, 65, 4, 1, 2)),
		reason: "negotiation",
		alert: Alert.illegalParameter,
	},
	{
		name: "a ServerKeyExchange that ends before its signature",
		script: keyExchangeBody(Uint8Array.of(3, 0, 23), vector(1, point)),
		reason: "negotiation",
		alert: [Alert.illegalParameter, Alert.decodeError],
	},
	{
		name: "a signature longer than its message",
		script: keyExchangeBody(Uint8Array.of(3, 0, 23), vector(1, point), Uint8Array.of(4, 3, 1, 0, 1)),
		reason: "negotiation",
		alert: Alert.decodeError,
	},
	{
		name: "a CertificateRequest longer than its message",
		reason: "negotiation",
		alert: Alert.decodeError,
		async script(each) {
			await each.readHello();
			each.channel.send(
				each.serverHello(),
				each.certificate(),
				each.serverKeyExchange(),
				message(HandshakeType.certificateRequest, Uint8Array.of(9, 64)),
				each.serverHelloDone(),
			);
		},
	},
	{
		name: "a ServerHelloDone with a body",
		reason: "negotiation",
		alert: Alert.decodeError,
		async script(each) {
			await each.readHello();
			each.channel.send(
				each.serverHello(),
				each.certificate(),
				each.serverKeyExchange(),
				each.serverHelloDone(Buffer.alloc(1)),
			);
		},
	},
];

testAttacks("ServerHello", make, trust, helloAttacks);
testAttacks("Certificate", make, trust, certificateAttacks);
testAttacks("Certificate", channel => new Server12(channel, signer), trust, [
	{
		name: "a certificate that may not sign",
		script: hello({}),
		reason: "bad-certificate",
		alert: Alert.unsupportedCertificate,
	},
]);
testAttacks("ServerKeyExchange and after", make, trust, keyExchangeAttacks);

/** A server whose random says that it was made to speak less than it can, RFC 8446 section 4.1.3. */
const downgraded = (last: number) => async (each: Server12) => {
	await each.readHello();
	const random = Buffer.concat([Buffer.alloc(24, 7), Buffer.from("DOWNGRD"), Buffer.from([last])]);
	each.channel.send(each.serverHello({ random }), each.certificate(), each.serverKeyExchange(), each.serverHelloDone());
	await each.readKeyExchange();
	each.changeCipherSpec();
	each.channel.send(each.finished());
	each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.from([0])));
};

if (hasTLS13)
	testAttacks("downgrade", make, trust, [
		{
			name: "the sentinel of a server that speaks TLS 1.3",
			script: downgraded(1),
			reason: "negotiation",
			alert: Alert.illegalParameter,
		},
		{
			name: "the sentinel of a server that speaks TLS 1.2",
			script: downgraded(0),
			reason: "negotiation",
			alert: Alert.illegalParameter,
		},
	]);

test("the sentinel of a server that speaks TLS 1.3 is of no concern to a client that is limited to TLS 1.2", async () => {
	const { reason, result } = await attack(make, downgraded(1), [...trust, "--maximum", "TLSv1.2"]);
	assert.is(reason, "none");
	assert.is(result.find("done")?.["received"], 1);
});

test("an extension of no known number in ServerHello is passed over", async () => {
	const { reason, result } = await attack(
		make,
		async each => {
			await each.readHello();
			each.channel.send(
				each.serverHello({ extensions: [extension(0xabcd, Buffer.alloc(5))] }),
				each.certificate(),
				each.serverKeyExchange(),
				each.serverHelloDone(),
			);
			await each.readKeyExchange();
			each.changeCipherSpec();
			each.channel.send(each.finished());
			each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.from([0])));
		},
		trust,
	);
	assert.is(reason, "none");
	assert.is(result.find("done")?.["received"], 1);
});

test("connections that fail, one after the other, leave no more on the heap than the first", async () => {
	const { result } = await attack(make, keyExchange({ point: offCurve }), [...trust, "--repeat", "7"]);
	const left = result.events.filter(({ event }) => event === "heap").map(event => event["left"]);
	assert.is(left.length, 8);
	assert.is(new Set(left).size, 1, left.join());
});

test("every ServerHello, Certificate, ServerKeyExchange and CertificateRequest that ends too early is refused, at 52 places", async () => {
	for (let place = 0; place < 52; place++) {
		const script = async (each: Server12) => {
			await each.readHello();
			const flight = [
				each.serverHello(),
				each.certificate(),
				each.serverKeyExchange(),
				each.certificateRequest(),
				each.serverHelloDone(),
			];
			const which = place % 4,
				whole = flight[which] as Buffer;
			const cut = Math.floor(((whole.length - 5) * Math.floor(place / 4)) / 13);
			flight[which] = message(whole.readUInt8(0), whole.subarray(4, 4 + cut));
			each.channel.send(...flight);
		};
		const { reason, alert } = await attack(make, script, trust);
		assert.ok(!["none", "internal", "memory", "truncated", "timeout"].includes(reason), `place ${place}: ${reason}`);
		assert.ok(alert !== undefined, `place ${place}: no alert`);
	}
});

if (hasPSS)
	test("with a minimum of TLS 1.3, a server of TLS 1.2 gets protocol_version, and the person the reason", async () => {
		const { result, alert } = await attack(make, hello({}), [...trust, "--minimum", "TLSv1.3"]);
		const { reason, message } = result.failure();
		assert.is(reason, "protocol-version", message);
		assert.is(alert, Alert.protocolVersion);
		assert.match(message, /version that was not offered \(this device offers TLS 1\.3 only, as minimumVersion says\)/);
	});

test.run();
