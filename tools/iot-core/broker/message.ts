// SPDX-License-Identifier: MIT
import type { ServedQoS } from "./subscriptions.js";

/** A message on its way to subscribers. */
export interface RoutedMessage {
	readonly topic: string;
	readonly payload: Buffer;
	readonly qos: ServedQoS;
	/** It comes from the retained messages: the subscriber sees RETAIN. */
	readonly retained: boolean;
}
