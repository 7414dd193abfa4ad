// SPDX-License-Identifier: MIT
import { only, packetType } from "../../iot-core/testing.js";
import type { Bench, TestCase } from "../test-case.js";
import { fail, type Judgement, pass } from "../verdict.js";
import { inSeconds, isBelowDoublingBounds, judgeWaits, waitsOf } from "../waits.js";

/** Connections that fail before one is allowed. */
export const refused = 5;
/** From the timer's end to the ClientHello on a machine that is busy, in milliseconds; announced waits have none of it. */
const connectingMs = 1_000;
/** A connection that is to be dropped lives this long after it was ready. */
const aliveMs = 300;

const withholdConnack = only(packetType.CONNACK, "server", "withhold");
/** The longest time for a connection to come, with settings of this bench, in seconds. */
export function patience({ settings }: Bench): number {
	return (Number(settings.backoffCap) + Number(settings.connackWithin)) / 1_000 + 20;
}

/** Waits for the next SUBACK behind so many packets. */
async function ready(bench: Bench, since = 0): Promise<void> {
	await bench.until(
		"a connection with SUBACK",
		() => bench.recording.of("SUBACK", "server", since)[0],
		patience(bench),
	);
}

/** Withholds CONNACK until the device has connected so often again; then lets it in. */
async function refuse(bench: Bench, ends: number): Promise<void> {
	const { recording, treat, until } = bench;
	treat(withholdConnack);
	await until(`${ends} connections again`, () => recording.waits().length >= ends, patience(bench) * refused);
	const since = recording.packets.length;
	treat(undefined);
	await ready(bench, since);
}

async function drop(bench: Bench): Promise<void> {
	await bench.pause(aliveMs);
	bench.core.disconnect(bench.clientId);
}

/** The waits behind so many connections, from one on, counted from 0. */
export function waits({ recording, events }: Bench, from = 0, count = refused): readonly number[] {
	const announced = events.filter(({ name }) => name === "retry").map(({ fields }) => 1_000 * Number(fields.seconds));
	return waitsOf(recording.waits().slice(from, from + count), announced.slice(from, from + count));
}

/** A device without jitter waits in a pattern each time; one with jitter may happen to do so once. */
function either(first: Judgement, second: Judgement): Judgement {
	const best =
		[first, second].find(({ verdict }) => verdict === "PASS") ??
		[first, second].find(({ verdict }) => verdict === "FAIL") ??
		first;
	return { verdict: best.verdict, evidence: `first cycle: ${first.evidence}; second: ${second.evidence}` };
}

/** Two cycles of five connections without CONNACK and one with. */
async function judgeJitter(bench: Bench): Promise<Judgement> {
	await refuse(bench, refused);
	const second = bench.recording.closed.size + 1;
	await drop(bench);
	await refuse(bench, second + refused);
	return either(judgeWaits(waits(bench)), judgeWaits(waits(bench, second)));
}

async function judgeExponential(bench: Bench): Promise<Judgement> {
	const { settings, events } = bench;
	await refuse(bench, refused);
	const seen = waits(bench);
	const bounds = {
		base: Number(settings.backoffBase),
		cap: Number(settings.backoffCap),
		slack: events.length > 0 ? 0 : connectingMs,
	};
	const { verdict, evidence } = judgeWaits(seen);
	if (verdict === "PASS_WITH_WARNINGS") return pass(evidence);
	const limits = `bounds that double from ${bounds.base / 1_000} s to ${bounds.cap / 1_000} s`;
	return verdict === "PASS" && isBelowDoublingBounds(seen, bounds)
		? pass(`${evidence}, below ${limits}`)
		: fail(`waits ${inSeconds(seen)} do not follow ${limits}`);
}

async function judgeServerDisconnects(bench: Bench): Promise<Judgement> {
	let since = 0;
	for (let ends = 1; ends <= refused; ends++) {
		await ready(bench, since);
		since = bench.recording.packets.length;
		await drop(bench);
	}
	await bench.until(`${refused} connections again`, () => bench.recording.waits().length >= refused, patience(bench));
	return judgeWaits(waits(bench));
}

async function judgeUnstable(bench: Bench): Promise<Judgement> {
	await bench.until(
		"the next connection",
		() => bench.recording.of("CONNECT")[refused],
		patience(bench) * (refused + 1),
	);
	return judgeWaits(waits(bench));
}

export const backoffCases: readonly TestCase[] = [
	{ id: "MQTT_Connect_Jitter_Backoff_Retries", required: true, fast: false, judge: judgeJitter },
	{ id: "MQTT_Connect_Exponential_Backoff_Retries", required: false, fast: false, judge: judgeExponential },
	{
		id: "MQTT_Reconnect_Backoff_Retries_On_Server_Disconnect",
		required: false,
		fast: false,
		judge: judgeServerDisconnects,
	},
	{
		id: "MQTT_Reconnect_Backoff_Retries_On_Unstable_Connection",
		required: false,
		fast: false,
		scenario: { packets: () => only(packetType.CONNACK, "server", "pass and cut") },
		judge: judgeUnstable,
	},
];
