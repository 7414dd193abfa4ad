/**
 * Stand-in of the SDK's `mqttclient/config`: ECMA-419's host provider with what MQTT needs. `address` of the
 * configuration, if given, is connected to instead of what the endpoint's name resolves to.
 */
import config from "mc/config";
import TCP from "embedded:io/socket/tcp";
import Resolver from "embedded:network/dns/resolver/udp";
import MQTTClient from "embedded:network/mqtt/client";

const mqtt = {
	io: MQTTClient,
	dns: { io: Resolver, address: config.address as string | undefined },
	socket: { io: TCP },
};

Object.assign(globalThis, { device: Object.freeze({ network: { mqtt } }) });
