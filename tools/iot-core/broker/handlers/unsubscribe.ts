// SPDX-License-Identifier: MIT
import type { DeviceClient } from "../device-client.js";
import { encode, type UnsubscribePacket } from "../packets.js";
import type { SessionState } from "../session-states.js";
import { filtersFault } from "./filters.js";

/** UNSUBSCRIBE. */
export function unsubscribe(
	client: DeviceClient,
	{ unsubscriptions, messageId }: UnsubscribePacket,
	state: SessionState,
): void {
	const { broker, session } = client;
	const fault = filtersFault(unsubscriptions);
	if (fault !== undefined) return client.refuse(`${fault} (UNSUBSCRIBE)`);
	for (const filter of unsubscriptions) broker.states.unsubscribe(state, filter);
	client.send(encode({ cmd: "unsuback", messageId, granted: [] }));
	broker.events?.emit("unsubscribed", session, [...unsubscriptions]);
}
