// SPDX-License-Identifier: MIT
import type { DeviceClient } from "../device-client.js";
import { encode } from "../packets.js";

const pingresp = encode({ cmd: "pingresp" });

/** PINGREQ. */
export function pingreq(client: DeviceClient): void {
	client.send(pingresp);
}
