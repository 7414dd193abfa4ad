// SPDX-License-Identifier: MIT

/** Every row of Device Advisor's table must be able to fail: devices that do wrong, and what the row says of them. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { TestVerdict } from "../../../tools/advisor/verdict.js";
import type { FirmwareSettings } from "../../../tools/device/simulated-device.js";
import { type Deeds, judge } from "./bench.js";

const topic = "dev/BABQ/echo";
const subscribe = { id: 1, bytes: Buffer.from(topic) };
const large = 128 * 1_024;

function row(
	id: string,
	device: string,
	verdict: TestVerdict,
	evidence: RegExp,
	act: (deeds: Deeds) => unknown,
	settings?: FirmwareSettings,
): void {
	test(`${id}: ${device}: ${verdict}`, async () => {
		const judgement = await judge(id, act, settings);
		assert.is(judgement.verdict, verdict, judgement.evidence);
		assert.match(judgement.evidence, evidence);
	});
}

row("TLS_Connect", "one that never gets through the handshake", "FAIL", /MQTT over TLS did not come/, deeds =>
	deeds.hello(0xc02b),
);
row(
	"TLS_Support_AWS_IoT_Cipher_Suites",
	"one that offers nothing that AWS has",
	"FAIL",
	/no suite that AWS IoT supports: 0xcca9/,
	deeds => deeds.hello(0xcca9),
);
row(
	"TLS_Support_AWS_IoT_Cipher_Suites",
	"one that offers more than AWS has",
	"PASS_WITH_WARNINGS",
	/unsupported 0xcca9/,
	deeds => deeds.hello(0xc02b, 0xcca9),
);
row(
	"TLS_Support_AWS_IoT_Cipher_Suites",
	"one without a recommended suite",
	"PASS_WITH_WARNINGS",
	/none of which AWS recommends/,
	deeds => deeds.hello(0x009c),
);
row(
	"TLS_Receive_Maximum_Size_Fragments",
	"one that never acknowledges the large message",
	"FAIL",
	/its PUBACK did not come/,
	deeds => deeds.answer("PUBLISH", { id: 5, qos: 1, payloadLength: large }),
);
row(
	"TLS_Receive_Maximum_Size_Fragments",
	"one that was not sent full records",
	"FAIL",
	/did not send records of maximum size/,
	deeds => deeds.answer("PUBLISH", { id: 5, qos: 1, payloadLength: large }).packet("PUBACK", { id: 5 }),
);
row("TLS_Large_Size_Server_Cert", "one that ends at a large certificate", "FAIL", /did not come/, deeds =>
	deeds.log("went away before the TLS handshake was done"),
);

for (const id of ["TLS_Unsecure_Server_Cert", "TLS_Incorrect_Subject_Name_Server_Cert", "TLS_Expired_Server_Cert"]) {
	row(id, "one that takes the certificate", "FAIL", /completed the handshake and sent CONNECT/, deeds =>
		deeds.packet("CONNECT"),
	);
	row(id, "one that never connects", "FAIL", /the end of the handshake did not come/, deeds => deeds);
}
row("TLS_Expired_Server_Cert", "one that closes without an alert", "PASS_WITH_WARNINGS", /without an alert/, deeds =>
	deeds.log("x went away before the TLS handshake was done"),
);
row("TLS_Unsecure_Server_Cert", "one that closes without an alert", "PASS", /without an alert/, deeds =>
	deeds.log("x went away before the TLS handshake was done"),
);

row("MQTT_Connect", "one that sends no CONNECT", "FAIL", /a CONNECT did not come/, deeds => deeds.hello());
row("MQTT_Publish", "one that publishes at QoS 1 only", "FAIL", /a PUBLISH at QoS 0 did not come/, deeds =>
	deeds.packet("PUBLISH", { qos: 1, id: 1, topic }),
);
row("MQTT_Publish", "one that publishes to another topic", "FAIL", /not to dev\/BABQ\/echo/, deeds =>
	deeds.packet("PUBLISH", { topic: "elsewhere" }),
);
row("MQTT_Subscribe", "one that does not subscribe", "FAIL", /a SUBSCRIBE did not come/, deeds =>
	deeds.packet("CONNECT"),
);
row("MQTT_Subscribe", "one that subscribes to another topic", "FAIL", /is not to dev\/BABQ\/echo/, deeds =>
	deeds.packet("SUBSCRIBE", { id: 1, bytes: Buffer.from("elsewhere") }),
);

row("MQTT_Publish_Retry_No_Puback", "one that publishes once", "FAIL", /did not come/, deeds =>
	deeds.packet("PUBLISH", { id: 7, qos: 1 }),
);
row("MQTT_Subscribe_Retry_No_Suback", "one that subscribes once", "FAIL", /did not come/, deeds =>
	deeds.packet("SUBSCRIBE", { id: 7 }),
);
for (const [id, type] of [
	["MQTT_Publish_Retry_No_Puback", "PUBLISH"],
	["MQTT_Subscribe_Retry_No_Suback", "SUBSCRIBE"],
] as const) {
	const first = { id: 7, qos: 1 };
	row(id, "one that tries again with another packet id", "FAIL", /again did not come/, deeds =>
		deeds.packet(type, first).at(3_000).packet(type, { id: 8, qos: 1 }),
	);
	row(id, "one that tries again on a new connection", "PASS_WITH_WARNINGS", /on a new connection/, deeds =>
		deeds.packet(type, first).at(3_000).packet(type, first, { connection: 2 }),
	);
	row(id, "one that tries again as it should", "PASS", /again after 3\.00 s with the same packet id/, deeds =>
		deeds.packet(type, first).at(3_000).packet(type, first),
	);
}

row(
	"MQTT_Client_Puback_QoS1",
	"one that acknowledges small messages only",
	"FAIL",
	/the PUBACK of 131072 bytes did not come/,
	deeds => {
		deeds.answer("SUBACK");
		let id = 0;
		deeds.onPublish = ({ length }) => {
			deeds.answer("PUBLISH", { id: (id += 1), qos: 1, payloadLength: length });
			if (length < large) deeds.packet("PUBACK", { id });
		};
	},
);

row("MQTT_No_Ack_PingResp", "one that sends no PINGREQ", "FAIL", /a PINGREQ did not come/, deeds =>
	deeds.packet("CONNECT"),
);
row(
	"MQTT_No_Ack_PingResp",
	"one that stays on a dead connection",
	"FAIL",
	/the end of the connection did not come/,
	deeds => deeds.packet("PINGREQ"),
);

/** A device on its first connection, that is dropped and comes back. */
function comesBack(deeds: Deeds, sessionPresent: boolean, then: (deeds: Deeds) => unknown): void {
	deeds.packet("CONNECT", { clean: false }).answer("SUBACK").answer("PUBACK", { id: 1 });
	deeds.onDisconnect = () => {
		deeds.close().packet("CONNECT", { clean: false }, { connection: 2 }).answer("CONNACK", { sessionPresent }, 2);
		then(deeds);
	};
}

const stored = { id: 9, qos: 1, bytes: Buffer.from("stored while the device was away") };
row(
	"MQTT_Persistent_Session_Happy_Case",
	"one that asks for a clean session",
	"ERROR",
	/must be built with persistent=1/,
	deeds => deeds.packet("CONNECT"),
);
row("MQTT_Persistent_Session_Happy_Case", "one that subscribes again", "FAIL", /subscribed again/, deeds =>
	comesBack(deeds, true, () =>
		deeds
			.answer("PUBLISH", stored, 2)
			.packet("PUBACK", { id: 9 }, { connection: 2 })
			.packet("SUBSCRIBE", subscribe, { connection: 2 }),
	),
);
row(
	"MQTT_Persistent_Session_Happy_Case",
	"one that does not acknowledge what was stored",
	"FAIL",
	/its PUBACK did not come/,
	deeds => comesBack(deeds, true, () => deeds.answer("PUBLISH", stored, 2)),
);
row(
	"MQTT_Expired_Persistent_Session",
	"one that trusts in a session that is gone",
	"FAIL",
	/a SUBSCRIBE on the new connection did not come/,
	deeds => comesBack(deeds, false, () => undefined),
);

const statement = (Action: string, Resource: string) =>
	JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource }] });
row("Security_Device_Policies", "one without a policy", "FAIL", /no policy is attached/, () => undefined);
row("Security_Device_Policies", "one that may do everything", "FAIL", /wildcards in \*/, deeds =>
	deeds.policies.push(statement("iot:Connect", "*")),
);
row("Security_Device_Policies", "one that may take any action", "FAIL", /wildcards in iot:\*/, deeds =>
	deeds.policies.push(statement("iot:*", "arn:aws:iot:eu-west-1:123456789012:client/a")),
);
row("Security_Device_Policies", "one whose second policy has a wildcard", "FAIL", /client\/\*/, deeds =>
	deeds.policies.push(
		statement("iot:Connect", "arn:aws:iot:eu-west-1:123456789012:client/a"),
		statement("iot:Connect", "arn:aws:iot:eu-west-1:123456789012:client/*"),
	),
);
row("Security_Device_Policies", "one whose policy names it by a variable", "PASS", /no wildcard/, deeds =>
	deeds.policies.push(
		statement("iot:Connect", "arn:aws:iot:eu-west-1:123456789012:client/${iot:Connection.Thing.ThingName}"),
	),
);

test.run();
