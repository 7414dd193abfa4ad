// SPDX-License-Identifier: MIT
/** What a person reads when a connection fails: every sentence, in whole. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Circumstances, diagnose, type Reason, stages } from "../../../modules/iot/diagnosis.js";

const host = "a-ats.iot.r.amazonaws.com";
/** The socket says no more than that the connection ended. */
const closed: Reason = Object.assign(new Error("TLS reading: the server closed the connection (close_notify)."), {
	ended: true,
});

function at(circumstances: Partial<Circumstances>): Circumstances {
	return {
		stage: "ready",
		host,
		port: 8883,
		clientId: "BABQ",
		topics: ["t"],
		publishing: undefined,
		published: false,
		reason: undefined,
		connack: undefined,
		timedOut: false,
		accepted: false,
		young: true,
		suspected: undefined,
		...circumstances,
	};
}

const sentences: readonly (readonly [what: string, circumstances: Partial<Circumstances>, sentence: string])[] = [
	[
		"a name that is not resolved",
		{ stage: "resolve" },
		`The name ${host} was not resolved: check the endpoint's spelling, the network and its DNS.`,
	],
	[
		"a name server that does not answer",
		{ stage: "resolve", timedOut: true },
		`The name ${host} was not resolved in time: check the network and its DNS.`,
	],
	[
		"no TCP connection",
		{ stage: "connect" },
		`No TCP connection to ${host} port 8883: check the network, the port, and that a firewall lets it through.`,
	],
	[
		"no answer to TCP",
		{ stage: "connect", timedOut: true },
		`No answer from ${host} port 8883 in time: check the network, the port, and that a firewall lets it through.`,
	],
	[
		"a handshake that ends",
		{ stage: "secure" },
		`The TLS handshake with ${host} did not finish: check that port 8883 is its port for MQTT over TLS, and that no firewall inspects TLS.`,
	],
	[
		"a handshake that does not go on",
		{ stage: "secure", timedOut: true },
		`The TLS handshake with ${host} did not finish in time: check the network, and that no firewall inspects TLS.`,
	],
	[
		"a close instead of CONNACK",
		{ stage: "login", reason: closed },
		"The connection was closed instead of a CONNACK: most likely no policy attached to the certificate allows iot:Connect on client/BABQ. Attach one that does.",
	],
	[
		"a close instead of CONNACK on a later connection",
		{ stage: "login", reason: closed, accepted: true },
		"The connection was closed instead of a CONNACK, though one came before: the policy attached to the certificate was changed, or another device uses the client id BABQ (AWS IoT takes one CONNECT a second of each).",
	],
	[
		"no CONNACK",
		{ stage: "login", timedOut: true },
		"No CONNACK in time: the endpoint took the connection and did not answer. If this repeats, check that it is AWS IoT's.",
	],
	[
		"a CONNACK that refuses",
		{ stage: "login", connack: "5, not authorized" },
		"CONNECT was refused with return code 5, not authorized: check the client id and the policy attached to the certificate.",
	],
	[
		"a close after SUBSCRIBE",
		{ stage: "subscribe", reason: closed },
		"The connection was closed instead of a SUBACK: most likely no policy allows iot:Subscribe on topicfilter/t. Add that to the certificate's policy.",
	],
	[
		"no SUBACK",
		{ stage: "subscribe", timedOut: true },
		"No SUBACK in time, though the SUBSCRIBE was repeated. If this repeats, check that the QoS asked for is 0 or 1: AWS IoT does not answer to others.",
	],
	[
		"a close after PUBLISH",
		{ publishing: "t/out", reason: closed },
		"The connection was closed after a PUBLISH: most likely no policy allows iot:Publish on topic/t/out, or the message is beyond AWS IoT's limits (128 KB, seven slashes in the topic).",
	],
	[
		"a close after PUBLISH where others were acknowledged before",
		{ publishing: "t/out", published: true, reason: closed },
		"The connection was closed after a PUBLISH, or lost; if this repeats, no policy allows iot:Publish on topic/t/out, or the message is beyond AWS IoT's limits (128 KB, seven slashes in the topic).",
	],
	[
		"the same again",
		{ publishing: "t/out", published: true, reason: closed, suspected: "publish" },
		"The connection was closed after a PUBLISH: most likely no policy allows iot:Publish on topic/t/out, or the message is beyond AWS IoT's limits (128 KB, seven slashes in the topic).",
	],
	[
		"a connection that is soon lost",
		{ reason: closed },
		"The connection was closed by the far end or lost; if this repeats, another device may use the client id BABQ.",
	],
	[
		"a connection that is soon lost again",
		{ reason: closed, suspected: "takeover" },
		"The connection was closed again soon after it was ready: most likely another device uses the client id BABQ; each device needs one of its own.",
	],
	[
		"a good connection that is lost",
		{ reason: closed, young: false },
		"The connection was closed by the far end or lost.",
	],
	[
		"a half-open connection",
		{ timedOut: true },
		"The connection went silent: a PUBLISH was repeated, and nothing came back, not even other messages. The device connects again.",
	],
	[
		"a client that cannot be made",
		{ stage: "setup" },
		"The connection could not be prepared: the MQTT client gave no reason.",
	],
	["a client that is not made in time", { stage: "setup", timedOut: true }, "The connection was not prepared in time."],
	[
		"an MQTT client that gives up",
		{},
		"The MQTT client ended the connection: no PINGRESP came within one and a half times the keep-alive, or what came was not MQTT 3.1.1. Check the network's way to the endpoint, and that the endpoint is AWS IoT's.",
	],
];

for (const [what, circumstances, sentence] of sentences)
	test(`${what} is told in one way`, () => assert.is(diagnose(at(circumstances)).sentence, sentence));

test("every stage has a sentence for its end and for its deadline", () => {
	for (const stage of stages)
		for (const timedOut of [false, true])
			assert.ok(
				sentences.some(
					([, circumstances]) =>
						(circumstances.stage ?? "ready") === stage && (circumstances.timedOut ?? false) === timedOut,
				),
				`${stage}, ${timedOut}`,
			);
});

test("what TLS says of itself is reported as it is: an alert, a clock that is not set, a certificate that does not fit", () => {
	const reason: Reason = Object.assign(new Error("TLS handshake: the clock says 1970: it is not set."), {
		ended: false,
	});
	assert.equal(diagnose(at({ stage: "secure", reason })), { sentence: reason.message, refused: false });
});

test("an alert and a return code are refusals", () => {
	assert.ok(diagnose(at({ stage: "secure", reason: Object.assign(new Error("alert"), { refused: true }) })).refused);
	assert.ok(diagnose(at({ stage: "login", connack: "5, not authorized" })).refused);
});

test("an alert on a connection in use keeps its words, and is not a refusal", () => {
	const reason = Object.assign(new Error("alert"), { refused: true });
	assert.equal(diagnose(at({ stage: "ready", reason })), { sentence: "alert", refused: false });
	assert.ok(diagnose(at({ stage: "login", reason })).refused);
});

test("neither a network that fails nor a deadline is a refusal or a suspicion", () => {
	for (const circumstances of [
		{ stage: "resolve" },
		{ stage: "connect" },
		{ stage: "login", timedOut: true },
		{ stage: "subscribe", timedOut: true },
		{ timedOut: true },
		{},
	] as const) {
		const { refused, suspected } = diagnose(at({ ...circumstances, suspected: "connect" }));
		assert.equal([refused, suspected], [false, undefined]);
	}
});

test.run();
