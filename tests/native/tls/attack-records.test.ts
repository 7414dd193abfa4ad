// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { pattern } from "../../../tools/bench/tls/client.js";
import { serverChain } from "../../../tools/bench/tls/pki.js";
import { type Attack, attack, testAttacks } from "./attack.js";
import { Server12 } from "./server12.js";
import { Alert, ContentType, HandshakeType, message, number, record } from "./wire.js";

const { root, server } = await serverChain("P-256");
const trust = ["--root", root.certificateFile, "--name", "server.test", "--receive", "1"];
const make = (channel: ConstructorParameters<typeof Server12>[0]) => new Server12(channel, server);
const badRecord = { reason: "bad-record", alert: Alert.decodeError } as const;

/** In place of ServerHello. */
const answer =
	(...bytes: Buffer[]) =>
	async (each: Server12) => {
		await each.readHello();
		each.channel.raw(...bytes);
	};

/** Behind a handshake as it should be. */
const open = (script: (server: Server12) => void) => async (each: Server12) => {
	await each.handshake();
	script(each);
};

/** Ends a handshake as it should be with one byte of plaintext. */
async function finish(each: Server12, flight: Buffer[], send: (messages: Buffer[]) => void): Promise<void> {
	send(flight);
	await each.readKeyExchange();
	each.changeCipherSpec();
	each.channel.send(each.finished());
	each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
}

const attacks: Attack<Server12>[] = [
	{
		name: "a record of 65,535 bytes",
		script: answer(Buffer.from([22, 3, 3, 0xff, 0xff]), Buffer.alloc(0xffff)),
		...badRecord,
	},
	{
		name: "a record one byte longer than TLS allows",
		script: answer(record(22, Buffer.alloc(16384 + 2048 + 1))),
		...badRecord,
	},
	{
		name: "a plaintext record of more than 16,384 bytes",
		script: answer(record(22, message(HandshakeType.serverHello, Buffer.alloc(16384)))),
		...badRecord,
	},
	{
		name: "a record of an unknown type",
		script: answer(record(24, Buffer.alloc(4))),
		reason: ["bad-record", "unexpected-message"],
		alert: [Alert.decodeError, Alert.unexpectedMessage],
	},
	{
		name: "a record of type 0",
		script: answer(record(0, Buffer.alloc(4))),
		reason: ["bad-record", "unexpected-message"],
		alert: [Alert.decodeError, Alert.unexpectedMessage],
	},
	{
		name: "a record of major version 2",
		script: answer(record(22, Buffer.alloc(4), 0x0200)),
		reason: ["bad-record", "unexpected-message"],
		alert: [Alert.decodeError, Alert.unexpectedMessage],
	},
	{ name: "a record of major version 4", script: answer(record(22, Buffer.alloc(4), 0x0400)), ...badRecord },
	{ name: "an empty handshake record", script: answer(record(22, Buffer.alloc(0))), ...badRecord },
	{
		name: "an SSL 2.0 ServerHello",
		script: answer(Buffer.from("802e0400010002001300000010", "hex"), Buffer.alloc(33)),
		...badRecord,
	},
	{
		name: "a handshake message that says 16 MB",
		script: answer(record(22, Buffer.from([2, 0xff, 0xff, 0xff, 3, 3]))),
		reason: "limit",
		alert: Alert.handshakeFailure,
	},
	{
		name: "a handshake message in pieces that does not end within 64 KB",
		reason: "limit",
		alert: Alert.handshakeFailure,
		script: answer(
			...[Buffer.from([11, 0, 0xff, 0xff]), ...Array<Buffer>(7).fill(Buffer.alloc(10_000))].map(piece =>
				record(22, piece),
			),
		),
	},
	{ name: "an alert of one byte", script: answer(record(21, Buffer.from([2]))), ...badRecord },
	{ name: "an alert of three bytes", script: answer(record(21, Buffer.from([2, 40, 0]))), ...badRecord },
	{
		name: "half an alert, encrypted",
		script: open(each => each.channel.raw(each.channel.record(ContentType.alert, Buffer.from([2])))),
		...badRecord,
	},
	{
		name: "an encrypted record that is shorter than its tag",
		script: open(each => each.channel.raw(record(23, Buffer.alloc(23)))),
		reason: "bad-record",
		alert: [Alert.badRecordMac, Alert.decodeError],
	},
	{
		name: "an encrypted record of no bytes",
		script: open(each => each.channel.raw(record(23, Buffer.alloc(0)))),
		reason: "bad-record",
		alert: [Alert.badRecordMac, Alert.decodeError],
	},
	{
		name: "an encrypted record with 16,385 bytes of plaintext",
		script: open(each => each.channel.raw(each.channel.record(23, Buffer.alloc(16385)))),
		...badRecord,
	},
	{
		name: "an encrypted record of an unknown type",
		script: open(each => each.channel.raw(each.channel.record(99, Buffer.alloc(3)))),
		reason: ["bad-record", "unexpected-message"],
		alert: [Alert.decodeError, Alert.unexpectedMessage],
	},
	{
		name: "a flood of empty records",
		script: open(each =>
			Array.from({ length: 1000 }, () => each.channel.raw(each.channel.record(23, Buffer.alloc(0)))),
		),
		reason: "bad-record",
		alert: Alert.badRecordMac,
	},
	{
		name: "an alert in the middle of a handshake message",
		script: answer(record(22, Buffer.from([2, 0, 0, 70, 3, 3])), record(21, Buffer.from([1, 112]))),
		reason: "unexpected-message",
		alert: Alert.unexpectedMessage,
	},
	{
		name: "application data in the middle of a handshake message",
		script: answer(record(22, Buffer.from([2, 0])), record(23, Buffer.alloc(9))),
		reason: "unexpected-message",
		alert: Alert.unexpectedMessage,
	},
	{
		name: "an empty record in the middle of a handshake message",
		script: answer(record(22, Buffer.from([2, 0, 0])), record(22, Buffer.alloc(0))),
		reason: "unexpected-message",
		alert: Alert.unexpectedMessage,
	},
];

testAttacks("records", make, trust, attacks);

for (const size of [1, 2, 5, 100, 16384])
	test(`a first flight in records of ${size} bytes opens`, async () => {
		const { reason, result } = await attack(
			make,
			async each => {
				await each.readHello();
				await finish(each, each.flight(), flight => each.channel.sendInPieces(size, ...flight));
			},
			trust,
		);
		assert.is(reason, "none");
		assert.is(result.find("done")?.["received"], 1);
	});

test("a first flight whose TCP segments end in the middle of headers opens", async () => {
	const { reason } = await attack(
		make,
		async each => {
			await each.readHello();
			const flight = each.flight();
			flight.forEach(each.channel.note, each.channel);
			const bytes = Buffer.concat(flight.map(each2 => record(ContentType.handshake, each2)));
			for (let at = 0; at < bytes.length; at += 37) {
				each.channel.raw(bytes.subarray(at, at + 37));
				await new Promise(setImmediate);
			}
			await finish(each, [], () => undefined);
		},
		trust,
	);
	assert.is(reason, "none");
});

test("three empty records between data are passed over", async () => {
	const { result } = await attack(
		make,
		open(each => {
			for (let i = 0; i < 3; i++) each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(0)));
			each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
		}),
		trust,
	);
	assert.is(result.find("done")?.["received"], 1);
});

test("a record of 16,384 bytes of plaintext is read", async () => {
	const plaintext = pattern(16384);
	const { result } = await attack(
		make,
		open(each => each.channel.raw(each.channel.record(ContentType.applicationData, plaintext))),
		[...trust.slice(0, -1), "16384"],
	);
	assert.is(result.find("done")?.["received"], 16384);
});

test("a thousand warning alerts in the handshake, and then a fatal one: reported as that one, in time", async () => {
	const warnings = Array<Buffer>(1000).fill(record(ContentType.alert, Buffer.from([1, 112])));
	const { result, alert } = await attack(
		make,
		answer(...warnings, record(ContentType.alert, Buffer.from([2, 40]))),
		trust,
	);
	assert.is(result.failure().code, 40);
	assert.is(alert, undefined);
	assert.ok(result.milliseconds < 5_000);
});

for (const [name, description] of [
	["an unknown alert", 201],
	["close_notify as fatal alert", 0],
	["no_renegotiation as fatal alert", 100],
	["user_canceled as fatal alert", 90],
] as const)
	test(`${name}, after the handshake, ends the connection with its number`, async () => {
		const { result, alert } = await attack(
			make,
			open(each => each.channel.alert(2, description)),
			trust,
		);
		const { reason, code, step } = result.failure();
		assert.equal({ reason, code, step }, { reason: "peer-alert", code: description, step: "reading" });
		assert.is(alert, undefined);
	});

const beforeFinished = ["ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone"];

for (const [ending, script, reason] of [
	["close_notify", (each: Server12) => each.channel.alert(1, Alert.closeNotify), "peer-closed"],
	["a fatal alert", (each: Server12) => each.channel.alert(2, Alert.internalError), "peer-alert"],
	["the end of TCP", (each: Server12) => each.channel.end(), "truncated"],
] as const)
	for (const [index, next] of beforeFinished.entries())
		test(`${ending} in place of ${next} is reported as ${reason}`, async () => {
			const { result } = await attack(
				make,
				async each => {
					await each.readHello();
					each.channel.send(...each.flight().slice(0, index));
					script(each);
				},
				trust,
			);
			assert.is(result.failure().reason, reason);
			assert.is(result.failure().step, "handshake");
		});

for (const when of ["before ChangeCipherSpec", "before Finished"] as const)
	test(`the end of TCP ${when} is a truncation of the handshake`, async () => {
		const { result } = await attack(
			make,
			async each => {
				await each.readHello();
				each.channel.send(...each.flight());
				await each.readKeyExchange();
				if (when === "before Finished") each.changeCipherSpec();
				each.channel.end();
			},
			trust,
		);
		assert.is(result.failure().reason, "truncated");
		assert.is(result.failure().step, "handshake");
	});

test("data after close_notify is not given to the application", async () => {
	const { result } = await attack(
		make,
		open(each => {
			each.channel.alert(1, Alert.closeNotify);
			each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
		}),
		trust,
	);
	assert.is(result.find("peer-closed")?.["received"], 0);
});

test("after the server's close_notify the client sends its own and no data (half-close is not used)", async () => {
	const { result, alert, received } = await attack(
		make,
		open(each => each.channel.alert(1, Alert.closeNotify)),
		[...trust, "--send", "100000"],
	);
	assert.ok(result.find("peer-closed"));
	assert.is(alert, Alert.closeNotify);
	assert.ok(received.length < 100_000);
});

test("a Certificate message of 16 KB in pieces is taken or refused, not waited for", async () => {
	const { reason } = await attack(
		make,
		async each => {
			await each.readHello();
			each.channel.send(each.serverHello());
			each.channel.sendInPieces(
				1000,
				message(HandshakeType.certificate, number(3, 16000), number(3, 15997), Buffer.alloc(15997)),
			);
		},
		trust,
	);
	assert.ok(["bad-certificate", "negotiation"].includes(reason), reason);
});

test.run();
