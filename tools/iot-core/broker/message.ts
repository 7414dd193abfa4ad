// SPDX-License-Identifier: MIT
import type { QoS } from "./subscriptions.js";

/** A message on its way to subscribers. */
export interface Message {
	readonly topic: string;
	readonly payload: Buffer;
	readonly qos: QoS;
	/** It comes from the retained messages: the subscriber sees RETAIN. */
	readonly retained: boolean;
}
