// SPDX-License-Identifier: MIT
import type { DeviceClient } from "../device-client.js";

/** DISCONNECT: the only end of a connection after which no last will is published. */
export function disconnect(client: DeviceClient): void {
	client.leave("CLIENT_INITIATED_DISCONNECT");
}
