// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasTLS13, runClient, withOpenSSL } from "../../../tools/bench/tls/client.js";
import { issue, serverChain } from "../../../tools/bench/tls/pki.js";
import { attack } from "./attack.js";
import type { Channel } from "./channel.js";
import { Server12 } from "./server12.js";
import { Server13 } from "./server13.js";
import { ContentType } from "./wire.js";

const { root, server } = await serverChain("P-256");
const device = await issue({ subject: "CN=device" });
const trust = ["--root", root.certificateFile, "--name", "server.test", "--receive", "2"];
const identify = ["--certificate", device.certificateFile, "--key", device.keyFile];

type Stage = "hello" | "certificate" | "in use";

/** A server of TLS 1.2 that sends the alert instead of ServerHello, instead of its Finished, or after a byte. */
const script12 = (stage: Stage, number: number) => async (each: Server12) => {
	await each.readHello();
	if (stage === "hello") return each.channel.alert(2, number);
	each.channel.send(
		each.serverHello(),
		each.certificate(),
		each.serverKeyExchange(),
		each.certificateRequest(),
		each.serverHelloDone(),
	);
	await each.readKeyExchange({ withCertificate: true });
	if (stage === "certificate") return each.channel.alert(2, number);
	each.changeCipherSpec();
	each.channel.send(each.finished());
	each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
	each.channel.alert(2, number);
};

/** The same in TLS 1.3, where the client is done before the server has judged its certificate. */
const script13 = (stage: Stage, number: number) => async (each: Server13) => {
	await each.readHello();
	if (stage === "hello") return each.channel.alert(2, number);
	each.channel.send(each.serverHello());
	each.protect();
	each.channel.send(each.encryptedExtensions());
	each.channel.send(each.certificateRequest());
	each.channel.send(each.certificate());
	each.channel.send(each.certificateVerify());
	each.channel.send(each.finished());
	await each.readFinished({ withCertificate: true });
	if (stage === "in use") each.channel.raw(each.channel.record(ContentType.applicationData, Buffer.alloc(1)));
	each.channel.alert(2, number);
};

const sentences: [number, Stage, RegExp][] = [
	[40, "hello", /\(40, handshake_failure\).*in common.*AWS IoT speaks TLS 1\.2 and 1\.3; this device offers/],
	[40, "certificate", /after it got the device's certificate, without saying why/],
	[40, "in use", /renegotiation/],
	[42, "certificate", /certificate corrupt, or its signature wrong/],
	[43, "certificate", /does not accept this kind of certificate/],
	[44, "certificate", /is revoked/],
	[45, "hello", /wants a client certificate/],
	[45, "certificate", /has expired or is not valid yet/],
	[45, "in use", /has expired while the connection was in use/],
	[46, "certificate", /not registered in this account and region, is not ACTIVE, or the server name/],
	[46, "in use", /deactivated or deleted/],
	[48, "certificate", /does not know the issuer of the device's certificate/],
	[49, "certificate", /accepts the device's certificate, but denies it access/],
	[51, "certificate", /key and certificate are not a pair/],
	[51, "in use", /traffic was altered/],
	[70, "hello", /none of the TLS versions that were offered.*this device offers/],
	[80, "in use", /a fault of its own\.$/],
	[120, "hello", /x-amzn-mqtt-ca/],
];

for (const [number, stage, words] of sentences) {
	test(`TLS 1.2: alert ${number}, stage "${stage}", has its sentence`, async () => {
		const { result } = await attack((channel: Channel) => new Server12(channel, server), script12(stage, number), [
			...trust,
			...identify,
			...["--maximum", "TLSv1.2"],
		]);
		assert.is(result.failure().code, number);
		assert.match(result.failure().message, words);
	});

	if (hasTLS13)
		test(`TLS 1.3: alert ${number}, stage "${stage}", has its sentence`, async () => {
			const { result } = await attack((channel: Channel) => new Server13(channel, server), script13(stage, number), [
				...trust,
				...identify,
			]);
			assert.is(result.failure().code, number);
			assert.match(result.failure().message, words);
		});
}

test("each alert at the stage of the certificate has a sentence of its own", async () => {
	const words = new Set<string>();
	const numbers = [40, 42, 43, 44, 45, 46, 48, 49, 51];
	for (const number of numbers) {
		const { result } = await attack(
			(channel: Channel) => new Server12(channel, server),
			script12("certificate", number),
			[...trust, ...identify, ...["--maximum", "TLSv1.2"]],
		);
		words.add(result.failure().message.replace(/^.*\)\. /, ""));
	}
	assert.is(words.size, numbers.length);
});

test("TLS 1.2: a server that does not list the scheme that Mbed TLS chooses by the suite is refused as a limit of this client, before the key is asked", () =>
	withOpenSSL(
		[
			...["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "-client_sigalgs", "ECDSA+SHA512", "-verify", "1"],
			...["-cert", server.certFile, "-cert_chain", server.certFile, "-key", server.keyPemFile],
		],
		async port => {
			const result = await runClient(port, [...trust, ...identify]);
			const { reason, message } = result.failure();
			assert.is(reason, "limit", message);
			assert.match(
				message,
				/not with scheme 0x0403, which Mbed TLS uses with cipher suite TLS_ECDHE_ECDSA_WITH_AES_128/,
			);
			assert.is(result.find("sign"), undefined);
		},
	));

test("a device that offers TLS 1.2 only says so to a server that wants 1.3", () =>
	withOpenSSL(
		["-tls1_3", "-cert", server.certFile, "-cert_chain", server.certFile, "-key", server.keyPemFile],
		async port => {
			const { code, message } = (await runClient(port, [...trust, "--maximum", "TLSv1.2"])).failure();
			assert.is(code, 70);
			assert.match(message, /this device offers TLS 1\.2 only, (as maximumVersion says|because this build)/);
		},
	));

test.run();
