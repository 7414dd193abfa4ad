// SPDX-License-Identifier: MIT
/** A thermometer whose identity is the SE050: publishes what it measures, and takes the interval as a command. */
import Base64 from "base64";
import config from "mc/config";
import "mqttclient/config";
import Resource from "Resource";
import { monotonic } from "iot/clock";
import { watchConnack } from "iot/connack";
import type { ClientConstructor } from "iot/mqtt";
import { seededRandom } from "iot/random";
import { Session } from "iot/session";
import Link from "se050/link";
import { SE050 } from "se050/se050";
import openThermometer from "thermometer";
import Time from "time";
import Timer from "timer";
import TLSSocket from "tls/tlssocket";

/** What `mqttclient/config` puts into the global `device`. */
interface Network {
	mqtt: { io: ClientConstructor; dns: object; socket: object };
}

const Socket = watchConnack(TLSSocket);
const amazonRoots = ["AmazonRootCA1.der", "AmazonRootCA2.der", "AmazonRootCA3.der", "AmazonRootCA4.der"];

function trustedRoots(): ArrayBuffer[] {
	const given = config.trustedRoots as string | undefined;
	if (given) return given.split(",").map(root => Base64.decode(root));
	return amazonRoots.map(name => new Resource(name) as unknown as ArrayBuffer);
}

function report(event: string, fields: object = {}): void {
	trace(`${event} ${JSON.stringify(fields)}\n`);
}

/** UTF-8; undefined for bytes that are not. */
function textOf(payload: Uint8Array): string | undefined {
	try {
		return String.fromArrayBuffer(payload.slice().buffer);
	} catch {
		return undefined;
	}
}

/** Milliseconds of the command `{"interval": 1000}`; undefined for anything else. */
function commandedInterval(text = ""): number | undefined {
	try {
		const { interval } = JSON.parse(text);
		return Number.isInteger(interval) && interval >= 100 && interval <= 86_400_000 ? interval : undefined;
	} catch {
		return undefined;
	}
}

export default function main(): void {
	const chip = new SE050(new Link({ bus: config.bus }));
	chip.select();
	const clientId = Base64.encode(chip.uid()).replaceAll("+", "-").replaceAll("/", "_");
	const temperatureTopic = `sensors/${clientId}/temperature`;
	const commandTopic = `sensors/${clientId}/command`;
	const { mqtt } = (device as unknown as { network: Network }).network;
	let interval = 5_000;
	let thermometer: ReturnType<typeof openThermometer> | undefined;
	let timer: Timer | undefined;
	let isTaken = true;

	/** Without the endpoint, the first 16 values wait for it. Then the outbox is full: that is reported once. */
	function publish(value: object): void {
		const payload = new Uint8Array(ArrayBuffer.fromString(JSON.stringify(value)));
		const wasTaken = isTaken;
		isTaken = session.publish(temperatureTopic, payload, 1);
		if (wasTaken && !isTaken) report("full", { message: "values are dropped until the endpoint takes earlier ones" });
	}

	function measure(): void {
		try {
			thermometer ??= openThermometer();
			const { temperature } = thermometer.sample().thermometer;
			if (temperature === undefined) throw new Error("the sensor's answer was disturbed");
			publish({ celsius: Math.round(temperature * 10) / 10 });
		} catch (error) {
			report("sensor", { message: String(error) });
		}
		timer = Timer.set(measure, interval);
	}

	function restart(): void {
		Timer.clear(timer);
		measure();
	}

	const session = new Session({
		io: mqtt.io,
		host: config.endpoint,
		port: Number(config.port ?? 8883),
		clientId,
		keepAlive: 60,
		dns: { ...mqtt.dns, address: config.address },
		socket: {
			io: Socket,
			TCP: mqtt.socket,
			secure: { trustedRoots: trustedRoots(), certificate: chip.chain(), key: chip.key() },
		},
		subscriptions: [
			{ topic: temperatureTopic, QoS: 1 },
			{ topic: commandTopic, QoS: 1 },
		],
		timer: Timer,
		now: monotonic(Time),
		random: seededRandom(chip.random(16)),
		report,
		onReady: restart,
		onMessage({ topic, payload }) {
			const text = textOf(payload);
			report("receive", { topic, text });
			const commanded = topic === commandTopic ? commandedInterval(text) : undefined;
			if (commanded === undefined) return;
			interval = commanded;
			restart();
		},
	});
}
