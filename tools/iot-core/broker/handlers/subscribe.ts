// SPDX-License-Identifier: MIT
import type { DeviceClient } from "../device-client.js";
import { maxSubscriptions } from "../limits.js";
import { encode, type SubscribePacket } from "../packets.js";
import type { SessionState } from "../session-states.js";
import type { ServedQoS } from "../subscriptions.js";
import { hasWildcard } from "../topic.js";
import { filtersFault } from "./filters.js";

/** SUBSCRIBE. */
export function subscribe(
	client: DeviceClient,
	{ subscriptions, messageId }: SubscribePacket,
	state: SessionState,
): void {
	const { broker, session } = client;
	if (subscriptions.some(({ qos }) => qos === 2)) return client.report("ignored", "QoS 2 is not supported (SUBSCRIBE)");
	const filters = subscriptions.map(({ topic }) => topic);
	const fault = filtersFault(filters);
	if (fault !== undefined) return client.refuse(`${fault} (SUBSCRIBE)`);
	if (new Set([...state.filters.keys(), ...filters]).size > maxSubscriptions)
		return client.refuse(`a connection may have at most ${maxSubscriptions} topic filters (SUBSCRIBE)`);
	if (!filters.every(filter => client.allows("iot:Subscribe", filter))) return;
	const granted = subscriptions.map(({ qos }): ServedQoS => (qos === 0 ? 0 : 1));
	filters.forEach((filter, index) => {
		broker.states.subscribe(state, filter, granted[index] ?? 0);
		broker.log(`subscribed ${session.name}: ${filter} at QoS ${granted[index]}`);
	});
	client.send(encode({ cmd: "suback", messageId, granted }));
	broker.events?.emit("subscribed", session, filters);
	for (const filter of new Set(filters)) sendRetained(client, state, filter);
	broker.subscribed(filters);
}

/** Retained messages come for exact topic filters only (developer guide, "AWS IoT differences from MQTT specifications"). */
function sendRetained({ broker }: DeviceClient, { outbox, filters }: SessionState, filter: string): void {
	const message = hasWildcard(filter) ? undefined : broker.retained.get(filter);
	if (message !== undefined) outbox.add({ ...message, qos: filters.get(filter) === 0 ? 0 : message.qos });
}
