// SPDX-License-Identifier: MIT
/** Stand-in of the SDK's `mqttclient/config`: ECMA-419's host provider, globalThis.device. Run before the firmware. */

import TCP from "embedded:io/socket/tcp";
import Resolver from "embedded:network/dns/resolver/udp";
import MQTTClient from "embedded:network/mqtt/client";

const device = Object.freeze({
	network: Object.freeze({
		mqtt: Object.freeze({ io: MQTTClient, dns: Object.freeze({ io: Resolver }), socket: Object.freeze({ io: TCP }) }),
	}),
});

(globalThis as { device?: typeof device }).device = device;
