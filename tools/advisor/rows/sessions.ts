// SPDX-License-Identifier: MIT
import type { Observation } from "../../iot-core/testing.js";
import type { Bench, TestCase } from "../test-case.js";
import { fail, type Judgement, pass } from "../verdict.js";

const stored = "stored while the device was away";
/** Life of the session in the test of an expired one, in milliseconds: at AWS it is an hour. */
const expiryMs = 1;
const persistentSession = { persistent: 1, interval: 86_400_000 } as const;

/** Lets the device subscribe and drops it; returns the CONNACK of its next connection. */
async function comesBack(
	{ core, recording, until, clientId, settings }: Bench,
	whileAway: () => Promise<void>,
): Promise<Observation> {
	const { connection, packet } = await until("a CONNECT", () => recording.of("CONNECT")[0]);
	if (packet.clean) throw new Error("The device asks for a clean session: it must be built with persistent=1.");
	await until("a SUBACK", () => recording.on(connection, "SUBACK", "server")[0]);
	await until("a PUBACK of the device's own message", () => recording.on(connection, "PUBACK", "server")[0]);
	core.disconnect(clientId);
	await until("the end of the connection", () => recording.closed.get(connection));
	await whileAway();
	return until(
		"the next CONNACK",
		() => recording.on(connection + 1, "CONNACK", "server")[0],
		Number(settings.backoffCap) / 1_000 + 20,
	);
}

/** Whether a device whose session was kept takes what was stored, and does not subscribe again. On its first connection. */
export async function judgeHappyCase(bench: Bench): Promise<Judgement> {
	const { core, recording, until, pause, topic } = bench;
	const { connection, packet: connack } = await comesBack(bench, () => core.publish(topic, stored, 1));
	if (!connack.sessionPresent) return fail("the endpoint did not keep the session");
	const { packet } = await until("the stored message", () =>
		recording.on(connection, "PUBLISH", "server").find(({ packet }) => packet.bytes.includes(stored)),
	);
	await until("its PUBACK", () => recording.on(connection, "PUBACK").find(({ packet: { id } }) => id === packet.id));
	await pause(500);
	if (recording.on(connection, "SUBSCRIBE").length > 0)
		return fail("the device subscribed again, though CONNACK has session present");
	return pass(`session present: no SUBSCRIBE, and the stored message was acknowledged (PUBACK ${packet.id})`);
}

async function judgeExpired(bench: Bench): Promise<Judgement> {
	const { recording, until, pause } = bench;
	const { connection, packet: connack } = await comesBack(bench, () => pause(10 * expiryMs));
	if (connack.sessionPresent) return fail("the endpoint kept the session");
	const { packet } = await until("a SUBSCRIBE on the new connection", () => recording.on(connection, "SUBSCRIBE")[0]);
	return pass(`no session present: subscribed again (SUBSCRIBE ${packet.id})`);
}

export const sessionCases: readonly TestCase[] = [
	{
		id: "MQTT_Persistent_Session_Happy_Case",
		required: false,
		fast: true,
		settings: persistentSession,
		judge: judgeHappyCase,
	},
	{
		id: "MQTT_Expired_Persistent_Session",
		required: false,
		fast: true,
		settings: persistentSession,
		sessionExpiry: expiryMs,
		judge: judgeExpired,
	},
];
