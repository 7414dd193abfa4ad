// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasTLS13 } from "../../../tools/bench/tls/client.js";
import { serverChain } from "../../../tools/bench/tls/pki.js";
import { type Attack, attack, testAttacks } from "./attack.js";
import { Server12 } from "./server12.js";
import { Alert, ContentType, HandshakeType, message, number, record, vector } from "./wire.js";

const { root, server } = await serverChain("P-256");
const trust = ["--root", root.certificateFile, "--name", "server.test", "--receive", "1"];
const make = (channel: ConstructorParameters<typeof Server12>[0]) => new Server12(channel, server);
const unexpected = { reason: "unexpected-message", alert: Alert.unexpectedMessage } as const;
/** Mbed TLS 2.28 reports a message in another's place as one that it cannot parse. */
const misplaced = {
	reason: ["unexpected-message", "negotiation", "bad-certificate"],
	alert: [Alert.unexpectedMessage, Alert.decodeError],
} as const;

type Step = (server: Server12) => Buffer;
const hello: Step = each => each.serverHello();
const certificate: Step = each => each.certificate();
const keyExchange: Step = each => each.serverKeyExchange();
const request: Step = each => each.certificateRequest();
const done: Step = each => each.serverHelloDone();

/** The first flight, of these messages. */
const flight =
	(...steps: Step[]) =>
	async (each: Server12) => {
		await each.readHello();
		for (const step of steps) each.channel.send(step(each));
	};

/** After a first flight as it should be, in place of ChangeCipherSpec and Finished. */
const after = (script: (server: Server12) => void) => async (each: Server12) => {
	await each.readHello();
	each.channel.send(...each.flight());
	await each.readKeyExchange();
	script(each);
};

/** Behind a handshake as it should be. */
const open = (script: (server: Server12) => void) => async (each: Server12) => {
	await each.handshake();
	script(each);
};

const firstFlight: Attack<Server12>[] = [
	{ name: "Certificate before ServerHello", script: flight(certificate), ...misplaced },
	{ name: "Finished first", script: flight(() => message(HandshakeType.finished, Buffer.alloc(12))), ...misplaced },
	{ name: "ServerHelloDone first", script: flight(done), ...misplaced },
	{ name: "a ClientHello", script: flight(() => message(HandshakeType.clientHello, Buffer.alloc(40))), ...misplaced },
	{ name: "an unknown handshake message", script: flight(() => message(77, Buffer.alloc(4))), ...misplaced },
	{ name: "ServerHello twice", script: flight(hello, hello), ...misplaced },
	{ name: "no Certificate", script: flight(hello, keyExchange, done), ...misplaced },
	{ name: "no ServerKeyExchange", script: flight(hello, certificate, done), ...unexpected },
	{ name: "Certificate twice", script: flight(hello, certificate, certificate), ...unexpected },
	{ name: "ServerKeyExchange twice", script: flight(hello, certificate, keyExchange, keyExchange), ...misplaced },
	{ name: "CertificateRequest before ServerKeyExchange", script: flight(hello, certificate, request), ...unexpected },
	{ name: "CertificateRequest twice", script: flight(hello, certificate, keyExchange, request, request), ...misplaced },
	{
		name: "an unasked-for CertificateStatus",
		script: flight(hello, certificate, () =>
			message(HandshakeType.certificateStatus, number(1, 1), vector(3, Buffer.alloc(9))),
		),
		...unexpected,
	},
	{
		name: "Finished in place of ServerHelloDone",
		script: flight(hello, certificate, keyExchange, each => each.finished(Buffer.alloc(12))),
		...misplaced,
	},
	{
		name: "ChangeCipherSpec after ServerHello",
		...unexpected,
		async script(each) {
			await each.readHello();
			each.channel.send(each.serverHello());
			each.channel.changeCipherSpec();
		},
	},
	{
		name: "ChangeCipherSpec before ServerHelloDone (CVE-2014-0224)",
		...unexpected,
		async script(each) {
			await each.readHello();
			each.channel.send(each.serverHello(), each.certificate(), each.serverKeyExchange());
			each.channel.changeCipherSpec();
		},
	},
	{
		name: "application data before ServerHelloDone",
		...unexpected,
		async script(each) {
			await each.readHello();
			each.channel.send(each.serverHello(), each.certificate());
			each.channel.raw(record(ContentType.applicationData, Buffer.from("early")));
		},
	},
];

const secondFlight: Attack<Server12>[] = [
	{
		name: "Finished without ChangeCipherSpec, not encrypted",
		script: after(each => each.channel.send(each.finished())),
		...unexpected,
	},
	{
		name: "Finished without ChangeCipherSpec, encrypted",
		...unexpected,
		script: after(each => {
			each.channel.writing = each.pendingProtection;
			each.channel.send(each.finished());
		}),
	},
	{
		name: "Finished not encrypted",
		reason: "bad-record",
		alert: [Alert.badRecordMac, Alert.decodeError],
		script: after(each => {
			each.channel.changeCipherSpec();
			each.channel.send(each.finished());
		}),
	},
	...[0, 11, 13, 36].map(length => ({
		name: `a Finished of ${length} bytes`,
		reason: "negotiation",
		alert: Alert.decodeError,
		script: after(each => {
			each.changeCipherSpec();
			each.channel.send(
				each.finished(Buffer.concat([each.finished().subarray(4), Buffer.alloc(24)]).subarray(0, length)),
			);
		}),
	})),
	{
		name: "application data before Finished",
		...unexpected,
		script: after(each => {
			each.changeCipherSpec();
			each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.from("early")));
		}),
	},
	{
		name: "ChangeCipherSpec twice",
		reason: "bad-record",
		alert: [Alert.badRecordMac, Alert.decodeError],
		script: after(each => {
			each.changeCipherSpec();
			each.channel.changeCipherSpec();
		}),
	},
	{
		name: "a ChangeCipherSpec of another value",
		reason: "bad-record",
		alert: Alert.decodeError,
		script: after(each => each.channel.raw(record(ContentType.changeCipherSpec, Uint8Array.of(2)))),
	},
	{
		name: "a ChangeCipherSpec of two bytes",
		reason: "bad-record",
		alert: Alert.decodeError,
		script: after(each => each.channel.raw(record(ContentType.changeCipherSpec, Uint8Array.of(1, 1)))),
	},
	{
		name: "a NewSessionTicket that was not announced",
		script: after(each =>
			each.channel.send(message(HandshakeType.newSessionTicket, number(4, 100), vector(2, Buffer.alloc(64)))),
		),
		...unexpected,
	},
	{ name: "a second ServerHello", script: after(each => each.channel.send(each.serverHello())), ...unexpected },
];

const afterwards: Attack<Server12>[] = [
	{ name: "Finished twice", script: open(each => each.channel.send(each.finished())), ...unexpected },
	{
		name: "a ClientHello",
		script: open(each => each.channel.send(message(HandshakeType.clientHello, Buffer.alloc(40)))),
		...unexpected,
	},
	{ name: "a ServerHello", script: open(each => each.channel.send(each.serverHello())), ...unexpected },
	{
		name: "ChangeCipherSpec, encrypted",
		script: open(each => each.channel.raw(each.channel.record(ContentType.changeCipherSpec, Uint8Array.of(1)))),
		...unexpected,
	},
	{
		name: "a record that is not encrypted",
		script: open(each => each.channel.raw(record(ContentType.applicationData, Buffer.alloc(40)))),
		reason: "bad-record",
		alert: Alert.badRecordMac,
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
		name: "two records in the wrong order",
		reason: "bad-record",
		alert: Alert.badRecordMac,
		script: open(each => {
			const first = each.channel.record(ContentType.applicationData, Buffer.from("1")),
				second = each.channel.record(ContentType.applicationData, Buffer.from("2"));
			each.channel.raw(second, first);
		}),
	},
];

/** A client that speaks TLS 1.3 drops it, RFC 8446 section 5. */
if (!hasTLS13)
	testAttacks("first flight", make, trust, [
		{
			name: "ChangeCipherSpec first",
			...unexpected,
			async script(each) {
				await each.readHello();
				each.channel.changeCipherSpec();
			},
		},
	]);

testAttacks("first flight", make, trust, firstFlight);
testAttacks("second flight", make, trust, secondFlight);
testAttacks("after the handshake", make, trust, afterwards);

test("HelloRequests in the handshake are passed over, as RFC 5246 has it, or refused", async () => {
	const { reason, alert } = await attack(
		make,
		async each => {
			await each.readHello();
			each.channel.raw(record(ContentType.handshake, message(HandshakeType.helloRequest)));
			each.channel.send(...each.flight());
			await each.readKeyExchange();
			each.changeCipherSpec();
			each.channel.send(each.finished());
			each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
		},
		trust,
	);
	assert.ok(
		reason === "none" || alert === Alert.unexpectedMessage || alert === Alert.decodeError,
		`${reason}, ${alert}`,
	);
});

test("a HelloRequest after the handshake begins no second one", async () => {
	const { reason, alert } = await attack(
		make,
		open(each => each.channel.send(message(HandshakeType.helloRequest))),
		trust,
	);
	assert.ok(reason !== "none", reason);
	assert.ok(alert === Alert.noRenegotiation || alert === Alert.unexpectedMessage, String(alert));
});

test.run();
