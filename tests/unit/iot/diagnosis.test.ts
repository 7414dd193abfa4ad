// SPDX-License-Identifier: MIT
/** What a person reads when a connection fails: every sentence, in whole. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Circumstances, diagnose, type Reason, stages } from "../../../modules/iot/diagnosis.js";

const host = "a-ats.iot.r.amazonaws.com";
/** The far end said that it closes the connection. */
const closed: Reason = Object.assign(new Error("TLS reading: the server closed the connection (close_notify)."), {
	reason: "peer-closed",
	ended: true,
});
/** TCP ended: the network or the far end. */
const truncated: Reason = Object.assign(new Error("TLS reading: the TCP connection ended without close_notify."), {
	reason: "truncated",
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
		"The far end closed the connection before a CONNACK came: most likely no policy attached to the certificate allows iot:Connect on client/BABQ. Attach one that does.",
	],
	[
		"a close instead of CONNACK on a later connection",
		{ stage: "login", reason: closed, accepted: true },
		"The far end closed the connection before a CONNACK came, though one came earlier: the policy attached to the certificate was changed, or another device uses the client id BABQ (AWS IoT takes one CONNECT a second of each).",
	],
	[
		"a loss instead of CONNACK",
		{ stage: "login", reason: truncated },
		"The connection was lost before a CONNACK came, perhaps by the network. If this repeats, check that a policy attached to the certificate allows iot:Connect on client/BABQ, and that no other device uses this client id.",
	],
	[
		"a second loss instead of CONNACK",
		{ stage: "login", reason: truncated, suspected: "connect" },
		"The connection was lost again before a CONNACK came: most likely no policy attached to the certificate allows iot:Connect on client/BABQ. Attach one that does.",
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
		"The far end closed the connection before a SUBACK came: most likely no policy allows iot:Subscribe on topicfilter/t. Add that to the certificate's policy.",
	],
	[
		"a loss after SUBSCRIBE",
		{ stage: "subscribe", reason: truncated },
		"The connection was lost before a SUBACK came, perhaps by the network. If this repeats, check that the certificate's policy allows iot:Subscribe on topicfilter/t.",
	],
	[
		"no SUBACK",
		{ stage: "subscribe", timedOut: true },
		"No SUBACK in time, though the SUBSCRIBE was repeated. If this repeats, check that the QoS asked for is 0 or 1: AWS IoT does not answer to others.",
	],
	[
		"a close after PUBLISH",
		{ publishing: "t/out", reason: closed },
		"The far end closed the connection after a PUBLISH: most likely no policy allows iot:Publish on topic/t/out, or the message is beyond AWS IoT's limits (128 KB, seven slashes in the topic).",
	],
	[
		"a close after PUBLISH where others were acknowledged before",
		{ publishing: "t/out", published: true, reason: closed },
		"The far end closed the connection after a PUBLISH. If this repeats, check that the certificate's policy allows iot:Publish on topic/t/out, and that the message is within AWS IoT's limits (128 KB, seven slashes in the topic).",
	],
	[
		"a second close after PUBLISH where others were acknowledged before",
		{ publishing: "t/out", published: true, reason: closed, suspected: "publish" },
		"The far end closed the connection again after a PUBLISH: most likely no policy allows iot:Publish on topic/t/out, or the message is beyond AWS IoT's limits (128 KB, seven slashes in the topic).",
	],
	[
		"a loss after PUBLISH",
		{ publishing: "t/out", reason: truncated },
		"The connection was lost after a PUBLISH, perhaps by the network. If this repeats, check that the certificate's policy allows iot:Publish on topic/t/out, and that the message is within AWS IoT's limits (128 KB, seven slashes in the topic).",
	],
	[
		"a connection that is soon closed",
		{ reason: closed },
		"The far end closed the connection soon after it was ready. If this repeats, another device may use the client id BABQ: each needs one of its own.",
	],
	[
		"a connection that is soon closed again",
		{ reason: closed, suspected: "takeover" },
		"The far end closed the connection again soon after it was ready: most likely another device uses the client id BABQ. Each device needs one of its own.",
	],
	[
		"a good connection that is closed",
		{ reason: closed, young: false },
		"The far end closed the connection. The device connects again.",
	],
	[
		"a connection that is soon lost",
		{ reason: truncated },
		"The connection was lost: the network or the far end dropped it. The device connects again.",
	],
	[
		"a connection that is soon lost again",
		{ reason: truncated, suspected: "takeover" },
		"The connection was lost again soon after it was ready: check the network. If it is good, another device may use the client id BABQ: each needs one of its own.",
	],
	[
		"a good connection that is lost",
		{ reason: truncated, young: false, suspected: "takeover" },
		"The connection was lost: the network or the far end dropped it. The device connects again.",
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

test("what may be a refusal is one when it comes twice in a row, closed or lost", () => {
	for (const reason of [closed, truncated])
		for (const [action, circumstances] of [
			["connect", { stage: "login" }],
			["subscribe", { stage: "subscribe" }],
			["publish", { publishing: "t" }],
			["takeover", {}],
		] as const) {
			const first = diagnose(at({ ...circumstances, reason }));
			assert.equal([first.refused, first.suspected], [false, action]);
			const second = diagnose(at({ ...circumstances, reason, suspected: action }));
			assert.equal([second.refused, second.suspected], [true, action]);
		}
});

test("a lost connection alone says nothing about other devices", () => {
	for (const stage of stages)
		for (const young of [false, true])
			for (const publishing of [undefined, "t"]) {
				const { sentence } = diagnose(at({ stage, young, publishing, reason: truncated }));
				if (stage !== "login") assert.not.match(sentence, /another device|other device/);
			}
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
