// SPDX-License-Identifier: MIT
/**
 * Run by tests/system/host/mqtt/xs.test.ts: over the host's own name resolver and TCP, subscribes at QoS 1, publishes
 * messages of growing lengths, and compares what comes back. Configuration: `host`, `port`.
 */

import TCP from "embedded:io/socket/tcp";
import Resolver from "embedded:network/dns/resolver/udp";
import config from "mc/config";
import type { MQTTClientOptions } from "../../../../host/platform/sdk/mqtt/options.js";
import { MQTTClient } from "./fakes.js";

const { CONNACK, SUBACK, PUBACK, SUBSCRIBE, DISCONNECT } = MQTTClient;
const lengths = [0, 1, 127, 128, 1_459, 1_460, 1_461, 16_384, 131_072] as const;
const topic = "echo/é";

let subscribed = false;
/** What the socket takes. */
let writable = 0;
/** Messages written, and bytes written of the next. */
let sent = 0;
let written = 0;
/** Packet identifier of the message that was acknowledged last: they are the messages' numbers, from 1. */
let acknowledged = 0;
/** Messages received, bytes received of the next, and of all. */
let received = 0;
let current = 0;
let compared = 0;

const byteAt = (message: number, index: number): number => (((index * 131) >> 3) + message) & 0xff;

function part(message: number, from: number, count: number): Uint8Array {
	return Uint8Array.from({ length: count }, (_, index) => byteAt(message, from + index));
}

/** Writes what the socket takes of the next message, once the one before was acknowledged. */
function write(): void {
	const length = lengths[sent];
	if (length === undefined || acknowledged < sent || writable < 64) return;
	const bytes = part(sent, written, Math.min(writable - 32, length - written));
	writable = client.write(bytes, written === 0 ? { topic, QoS: 1, id: sent + 1, byteLength: length } : undefined);
	written += bytes.length;
	if (written < length) return;
	sent += 1;
	written = 0;
}

function compare(bytes: Uint8Array): void {
	for (const byte of bytes) {
		if (byte !== byteAt(received, current)) throw new Error(`message ${received} differs at byte ${current}`);
		current += 1;
	}
	compared += bytes.length;
}

function finish(): void {
	if (received < lengths.length || acknowledged < lengths.length) return;
	client.write(null, { operation: DISCONNECT });
	client.close();
	trace(`echoed ${received} messages of ${compared} bytes\n`);
}

const options: MQTTClientOptions = {
	host: String(config.host),
	port: Number(config.port),
	id: "xs",
	keepAlive: 60_000,
	dns: { io: Resolver as unknown as MQTTClientOptions["dns"]["io"] },
	socket: { io: TCP as unknown as MQTTClientOptions["socket"]["io"] },
	onControl({ operation, id = 0 }) {
		if (operation === CONNACK) client.write(null, { operation: SUBSCRIBE, id: 100, items: [{ topic, QoS: 1 }] });
		if (operation === SUBACK) subscribed = true;
		if (operation === PUBACK) acknowledged = id;
		if (subscribed) write();
		finish();
	},
	onWritable(count) {
		writable = count;
		if (subscribed) write();
	},
	onReadable(count, { more }) {
		compare(new Uint8Array(client.read(count) ?? new ArrayBuffer(0)));
		if (more) return;
		received += 1;
		current = 0;
		finish();
	},
	onError() {
		throw new Error("the connection failed");
	},
};

const client = new MQTTClient(options);
