// SPDX-License-Identifier: MIT
import { type EndpointScenario, only, packetType } from "../../iot-core/testing.js";
import type { Bench, TestCase } from "../test-case.js";
import { fail, type Judgement, pass, warn } from "../verdict.js";

/** Payloads that the device must acknowledge, in bytes: AWS IoT's are 0 to 128 KB. */
const payloads = [0, 1, 1_024, 128 * 1024] as const;
/** No round of messages comes in between: the connection is idle. */
const idleMs = 86_400_000;

const withhold = (type: number): EndpointScenario => ({ packets: () => only(type, "server", "withhold") });
const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(2)} s`;

async function judgeConnect({ recording, until }: Bench): Promise<Judgement> {
	await until("a CONNECT", () => recording.of("CONNECT")[0]);
	return pass("CONNECT came");
}

async function judgePublish({ recording, until, topic }: Bench): Promise<Judgement> {
	const { packet } = await until("a PUBLISH at QoS 0", () =>
		recording.of("PUBLISH").find(({ packet: { qos } }) => qos === 0),
	);
	const evidence = `PUBLISH at QoS 0 to ${packet.topic}, ${packet.payloadLength} bytes`;
	return packet.topic === topic ? pass(evidence) : fail(`${evidence}, not to ${topic}`);
}

async function judgeSubscribe({ recording, until, topic }: Bench): Promise<Judgement> {
	const { packet } = await until("a SUBSCRIBE", () => recording.of("SUBSCRIBE")[0]);
	return packet.bytes.includes(topic)
		? pass(`SUBSCRIBE ${packet.id} to ${topic}`)
		: fail(`SUBSCRIBE ${packet.id} is not to ${topic}`);
}

/** Whether a packet that is not acknowledged from now on comes again on its connection, with its id. */
export function judgeRetry(type: "PUBLISH" | "SUBSCRIBE"): (bench: Bench) => Promise<Judgement> {
	return async ({ recording, until, settings }) => {
		const patience = Number(settings.acknowledgeWithin) / 1_000 + 15,
			since = recording.packets.length;
		const first = await until(`a ${type} with a packet id`, () =>
			recording.of(type, "device", since).find(({ packet }) => packet.id !== undefined),
		);
		const second = await until(
			`the same ${type} again`,
			() =>
				recording.packets.find(
					({ packet, from, at }) =>
						from === "device" && at > first.at && packet.type === first.packet.type && packet.id === first.packet.id,
				),
			patience,
		);
		if (second.connection !== first.connection)
			return warn(`${type} ${first.packet.id} came again, but on a new connection`);
		const flag = type === "PUBLISH" ? `, DUP ${second.packet.dup ? "set" : "not set"}` : "";
		return pass(
			`${type} ${first.packet.id} came again after ${seconds(second.at - first.at)} with the same packet id on the same connection${flag}`,
		);
	};
}

/** Whether messages of all lengths are acknowledged. */
export async function judgePuback({ core, recording, until, topic }: Bench): Promise<Judgement> {
	await until("a SUBACK", () => recording.of("SUBACK", "server")[0]);
	const ids: string[] = [];
	for (const length of payloads) {
		const sent = recording.packets.length;
		await core.publish(topic, Buffer.alloc(length, "x"), 1);
		const { packet } = await until(`a PUBLISH of ${length} bytes to the device`, () =>
			recording.packets
				.slice(sent)
				.find(
					({ packet, from }) =>
						from === "server" &&
						packet.type === packetType.PUBLISH &&
						packet.qos === 1 &&
						packet.payloadLength === length,
				),
		);
		await until(
			`the PUBACK of ${length} bytes`,
			() => recording.of("PUBACK").find(({ packet: { id } }) => id === packet.id),
			30,
		);
		ids.push(`${length} bytes: PUBACK ${packet.id}`);
	}
	return pass(ids.join(", "));
}

/** Whether the connection is ended when PINGRESP does not come from now on. */
export async function judgePingresp({ recording, until, settings }: Bench): Promise<Judgement> {
	const keepAlive = Number(settings.keepAlive),
		since = recording.packets.length;
	const ping = await until("a PINGREQ", () => recording.of("PINGREQ", "device", since)[0], keepAlive + 10);
	const end = await until(
		"the end of the connection",
		() => recording.closed.get(ping.connection),
		1.5 * keepAlive + 10,
	);
	return pass(
		`the device closed ${seconds(end - ping.at)} after a PINGREQ without PINGRESP (keep-alive ${keepAlive} s)`,
	);
}

export const mqttCases: readonly TestCase[] = [
	{ id: "MQTT_Connect", required: true, fast: true, judge: judgeConnect },
	{ id: "MQTT_Publish", required: true, fast: true, judge: judgePublish },
	{
		id: "MQTT_Publish_Retry_No_Puback",
		required: false,
		fast: true,
		scenario: withhold(packetType.PUBACK),
		judge: judgeRetry("PUBLISH"),
	},
	{ id: "MQTT_Client_Puback_QoS1", required: false, fast: true, judge: judgePuback },
	{ id: "MQTT_Subscribe", required: true, fast: true, judge: judgeSubscribe },
	{
		id: "MQTT_Subscribe_Retry_No_Suback",
		required: false,
		fast: true,
		scenario: withhold(packetType.SUBACK),
		judge: judgeRetry("SUBSCRIBE"),
	},
	{
		id: "MQTT_No_Ack_PingResp",
		required: false,
		fast: false,
		scenario: withhold(packetType.PINGRESP),
		settings: { interval: idleMs },
		judge: judgePingresp,
	},
];
