// SPDX-License-Identifier: MIT
import { only, packetType } from "../../iot-core/testing.js";
import { type Bench, Missing, type TestCase } from "../test-case.js";
import { fail, type Judgement, pass, verdicts } from "../verdict.js";
import { judgeWaits } from "../waits.js";
import { patience, refused, waits } from "./backoff.js";
import { judgePingresp, judgePuback, judgeRetry } from "./mqtt.js";
import { judgeHappyCase } from "./sessions.js";

/** Connections that are dropped one after another, and how long each lives longer than the one before, in milliseconds. */
const drops = 5,
	longerMs = 300;
/** Time without a server, in seconds: AWS takes 30 to 120 minutes. */
const away = 20;
/** AWS IoT takes one CONNECT a second of a client id; the endpoint's clock may see them this close, in milliseconds. */
const closestMs = 950;

/** The next CONNACK that reaches the device. */
async function connected(bench: Bench, since: number): Promise<number> {
	const { recording, until } = bench;
	const { connection } = await until(
		"the next CONNACK",
		() => recording.of("CONNACK", "server", since).find(({ verdict }) => verdict === "pass"),
		patience(bench),
	);
	return connection;
}

/** Drops the device; its messages must come again on a new connection. */
async function comesBack(bench: Bench): Promise<void> {
	const { core, clientId, recording, until } = bench;
	const since = recording.packets.length;
	core.disconnect(clientId);
	const connection = await connected(bench, since);
	await until("a PUBLISH behind it", () => recording.on(connection, "PUBLISH")[0]);
}

async function judgeUnacknowledged(
	bench: Bench,
	type: "SUBSCRIBE" | "PUBLISH",
	answer: "SUBACK" | "PUBACK",
): Promise<Judgement> {
	bench.treat(only(packetType[answer], "server", "withhold"));
	const judgement = await judgeRetry(type)(bench);
	const since = bench.recording.packets.length;
	bench.treat(undefined);
	await bench.until(`a ${answer}`, () =>
		bench.recording.of(answer, "server", since).find(({ verdict }) => verdict === "pass"),
	);
	return judgement;
}

async function judgeKeepAlive(bench: Bench): Promise<Judgement> {
	bench.treat(only(packetType.PINGRESP, "server", "withhold"));
	const judgement = await judgePingresp(bench);
	const since = bench.recording.packets.length;
	bench.treat(undefined);
	await connected(bench, since);
	return judgement;
}

async function judgeIntermittent(bench: Bench): Promise<Judgement> {
	for (let drop = 0; drop < drops; drop++) {
		await bench.pause(drop * longerMs);
		await comesBack(bench);
	}
	return pass(`came back ${drops} times and published each time`);
}

async function judgeBackoff(bench: Bench): Promise<Judgement> {
	const { core, clientId, recording, until, treat } = bench;
	const from = recording.closed.size;
	treat(only(packetType.CONNACK, "server", "withhold"));
	core.disconnect(clientId);
	await until(
		`${refused} connections without CONNACK`,
		() => recording.waits().length >= from + refused,
		refused * patience(bench),
	);
	const since = recording.packets.length;
	treat(undefined);
	await connected(bench, since);
	return judgeWaits(waits(bench, from));
}

async function judgeAbsence(bench: Bench): Promise<Judgement> {
	const { core, clientId, recording, pause, treat } = bench;
	const since = recording.packets.length;
	treat(only(packetType.CONNECT, "device", "cut"));
	core.disconnect(clientId);
	await pause(1_000 * away);
	const attempts = recording.of("CONNECT", "device", since).length,
		end = recording.packets.length;
	treat(undefined);
	await connected(bench, end);
	return attempts === 0
		? fail(`no attempt within ${away} s`)
		: pass(`came back after ${away} s without a server and ${attempts} attempts`);
}

async function judgeRate({ recording }: Bench): Promise<Judgement> {
	const times = recording.of("CONNECT").map(({ at }) => at);
	const closest = Math.min(...times.slice(1).map((at, index) => at - times[index]!));
	const evidence = `${times.length} CONNECTs, the closest ${(closest / 1_000).toFixed(2)} s apart`;
	return closest < closestMs ? fail(evidence) : pass(evidence);
}

/** AWS' operations, in its order and by its names where it has them; the last one is ours. */
const operations: readonly (readonly [name: string, judge: (bench: Bench) => Promise<Judgement>])[] = [
	["SUBSCRIBE without SUBACK", bench => judgeUnacknowledged(bench, "SUBSCRIBE", "SUBACK")],
	["PUBLISH without PUBACK", bench => judgeUnacknowledged(bench, "PUBLISH", "PUBACK")],
	["PUBACK_QOS_1 and RECEIVE_LARGE_PAYLOAD", judgePuback],
	["PERSISTENT_SESSION", judgeHappyCase],
	["KEEP_ALIVE", judgeKeepAlive],
	["INTERMITTENT_CONNECTIVITY", judgeIntermittent],
	["RECONNECT_BACK_OFF", judgeBackoff],
	["LONG_SERVER_DISCONNECT", judgeAbsence],
	["rate of CONNECT", judgeRate],
];

/** What did not come fails the operation, and ends the test. */
async function judged(judge: (bench: Bench) => Promise<Judgement>, bench: Bench): Promise<Judgement> {
	try {
		return await judge(bench);
	} catch (error) {
		if (error instanceof Missing) return fail(error.message);
		throw error;
	}
}

/** All operations, one after another, on one device that is never restarted. */
async function judgeLongDuration(bench: Bench): Promise<Judgement> {
	const results: { name: string; judgement: Judgement }[] = [];
	for (const [name, judge] of operations) {
		const judgement = await judged(judge, bench);
		results.push({ name, judgement });
		if (judgement.verdict === "FAIL") break;
	}
	const worst = Math.max(...results.map(({ judgement: { verdict } }) => verdicts.indexOf(verdict)));
	return {
		verdict: verdicts[worst] ?? "ERROR",
		evidence: results.map(({ name, judgement: { evidence } }) => `${name}: ${evidence}`).join("; "),
	};
}

export const longCases: readonly TestCase[] = [
	{ id: "MQTT_Long_Duration", required: false, fast: false, settings: { persistent: 1 }, judge: judgeLongDuration },
];
