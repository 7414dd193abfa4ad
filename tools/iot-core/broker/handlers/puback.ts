// SPDX-License-Identifier: MIT
import type { DeviceClient } from "../device-client.js";
import type { PubackPacket } from "../packets.js";
import type { SessionState } from "../session-states.js";

/** PUBACK. */
export function puback(_client: DeviceClient, { messageId }: PubackPacket, { outbox }: SessionState): void {
	outbox.acknowledge(messageId);
}
