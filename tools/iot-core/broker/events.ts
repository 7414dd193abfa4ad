// SPDX-License-Identifier: MIT
import { EventEmitter } from "node:events";

import type { DeviceSession } from "./device-session.js";

/** Why a connection ended, as lifecycle events name it (developer guide, "Lifecycle events", disconnectReason). */
export type DisconnectReason =
	| "AUTH_ERROR"
	| "CLIENT_ERROR"
	| "CLIENT_INITIATED_DISCONNECT"
	| "CONNECTION_LOST"
	| "DUPLICATE_CLIENTID"
	| "MQTT_KEEP_ALIVE_TIMEOUT"
	| "SERVER_ERROR"
	| "SERVER_INITIATED_DISCONNECT"
	| "THROTTLED";

/** Somebody who was refused: what is known of them by then. */
export interface Refused {
	/** Address and port, as in a URL. */
	peer: string;
	clientId?: string;
	certificateId?: string;
}

/** A message that the broker has taken. */
export interface Published {
	/** Undefined for a message of the service itself. */
	clientId: string | undefined;
	topic: string;
	payload: Buffer;
	qos: number;
	retain: boolean;
}

interface EventMap {
	/** CONNECT was accepted. */
	connected: [session: DeviceSession];
	/** The end of a session that was connected. */
	disconnected: [session: DeviceSession, reason: DisconnectReason];
	/** No policy allows the CONNECT or its last will. */
	connectForbidden: [session: DeviceSession];
	/** A CONNECT came too soon after another one of its client id. */
	connectThrottled: [session: DeviceSession];
	subscribed: [session: DeviceSession, topicFilters: string[]];
	unsubscribed: [session: DeviceSession, topicFilters: string[]];
	refused: [who: Refused, reason: string];
	published: [message: Published];
}

/** What happens at the device endpoint, for those that observe it. */
export class DeviceEvents extends EventEmitter<EventMap> {}
