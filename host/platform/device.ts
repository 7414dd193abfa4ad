// SPDX-License-Identifier: MIT
/** Stand-in of the SDK's `mqttclient/config`: ECMA-419's host provider, globalThis.device. Run before the firmware. */

import TCP from "embedded:io/socket/tcp";
import Resolver from "embedded:network/dns/resolver/udp";
import MQTTClient from "embedded:network/mqtt/client";
import config from "mc/config";

const dns = { io: Resolver, ...(config.address === undefined ? {} : { address: config.address }) };
const device = Object.freeze({
	network: Object.freeze({
		mqtt: Object.freeze({ io: MQTTClient, dns: Object.freeze(dns), socket: Object.freeze({ io: TCP }) }),
	}),
});

(globalThis as { device?: typeof device }).device = device;
