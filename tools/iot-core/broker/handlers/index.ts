// SPDX-License-Identifier: MIT
import type { DeviceClient } from "../device-client.js";
import type { ClientPacket, ConnectPacket } from "../packets.js";
import type { SessionState } from "../session-states.js";
import { connect } from "./connect.js";
import { disconnect } from "./disconnect.js";
import { pingreq } from "./pingreq.js";
import { puback } from "./puback.js";
import { publish } from "./publish.js";
import { subscribe } from "./subscribe.js";
import { unsubscribe } from "./unsubscribe.js";

type SessionPacket = Exclude<ClientPacket, ConnectPacket>;

/** What handles each packet of a client that is connected, by the packet's name. */
const sessionHandlers: {
	[Name in SessionPacket["cmd"]]: (
		client: DeviceClient,
		packet: Extract<SessionPacket, { cmd: Name }>,
		state: SessionState,
	) => void;
} = { publish, puback, subscribe, unsubscribe, pingreq, disconnect };

/** What handles each packet of a client. */
export const packetHandlers = { connect, ...sessionHandlers };

/** Hands a packet to its handler. @param state of the session, undefined until CONNECT was accepted */
export function handlePacket(client: DeviceClient, packet: ClientPacket, state: SessionState | undefined): void {
	if (packet.cmd === "connect")
		return state === undefined ? packetHandlers.connect(client, packet) : client.refuse("a second CONNECT came");
	if (state === undefined) return client.refuse(`${packet.cmd.toUpperCase()} came before CONNECT`);
	const handle = packetHandlers[packet.cmd] as (
		client: DeviceClient,
		packet: ClientPacket,
		state: SessionState,
	) => void;
	handle(client, packet, state);
}
