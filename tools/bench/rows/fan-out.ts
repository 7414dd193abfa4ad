// SPDX-License-Identifier: MIT

import type { TLSSocket } from "node:tls";
import { generate } from "mqtt-packet";
import { type Broker, compareBrokers, openClient, openSubscriber, payload, topic, whenLost } from "../broker.js";
import type { BenchRow } from "../row.js";

const messages = 1_000,
	subscribers = 50,
	repetitions = 3;
/** Messages to one subscriber that may be on their way: at QoS 0, a broker may drop what its client does not read. */
const ahead = 20;

async function prepare(broker: Broker): Promise<{ send(): Promise<void>; close(): void }> {
	let received = 0;
	const sockets: TLSSocket[] = [];
	for (let number = 0; number < subscribers; number++)
		sockets.push(await openSubscriber(broker, `to-${number}`, 0, () => received++));
	const sending = await openClient(broker, "from");
	sockets.push(sending);
	const packet = generate({ cmd: "publish", topic, payload, qos: 0, dup: false, retain: false });
	let failure: Error | undefined;
	whenLost(sockets).catch(error => (failure = error));
	const turn = () =>
		new Promise<void>((resolve, reject) => setImmediate(() => (failure === undefined ? resolve() : reject(failure))));
	const send = async () => {
		for (let sent = 0; sent < messages; sent++) {
			sending.write(packet);
			while (sent * subscribers - received > ahead * subscribers) await turn();
		}
		while (received < messages * subscribers) await turn();
	};
	return { send, close: () => sockets.forEach(socket => socket.destroy()) };
}

/** A broker's work for QoS 0 from one client to many. */
export const fanOutRow: BenchRow = {
	name: "fan-out",
	what: `broker, QoS 0 from one client to ${subscribers}, ${payload.length} B over TLS`,
	async measure(context) {
		const quantity = { name: "CPU of the broker, a delivered message", unit: "us", digits: 1, goal: "<= 15 us" };
		const load = { quantity, repetitions, messages: messages * subscribers, prepare };
		return { figures: await compareBrokers(context, load) };
	},
};
