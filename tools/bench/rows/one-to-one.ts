// SPDX-License-Identifier: MIT
import { generate } from "mqtt-packet";
import { type Broker, compareBrokers, openClient, openSubscriber, payload, topic, whenLost } from "../broker.js";
import type { BenchRow } from "../row.js";

const messages = 8_000,
	inFlight = 50,
	repetitions = 3;

async function prepare(broker: Broker): Promise<{ send(): Promise<void>; close(): void }> {
	let received = 0,
		sent = 0;
	let done = () => {};
	const all = new Promise<void>(resolve => (done = resolve));
	const receiving = await openSubscriber(broker, "to", 1, () => {
		if (++received === messages) done();
	});
	const sending = await openClient(broker, "from", packet => {
		if (packet.cmd === "puback") next();
	});
	const next = () => {
		if (sent >= messages) return;
		const messageId = (sent++ % 65_535) + 1;
		sending.write(generate({ cmd: "publish", topic, payload, qos: 1, messageId, dup: false, retain: false }));
	};
	const lost = whenLost([sending, receiving]);
	const send = () => {
		for (let count = 0; count < inFlight; count++) next();
		return Promise.race([all, lost]);
	};
	return { send, close: () => [sending, receiving].forEach(socket => socket.destroy()) };
}

/** A broker's work for QoS 1 from one client to another. */
export const oneToOneRow: BenchRow = {
	name: "one-to-one",
	what: `broker, QoS 1 from one client to another, ${payload.length} B over TLS, ${inFlight} in flight`,
	async measure(context) {
		const quantity = { name: "CPU of the broker, a message", unit: "us", digits: 1, goal: "<= 30 us" };
		return { figures: await compareBrokers(context, { quantity, repetitions, messages, prepare }) };
	},
};
