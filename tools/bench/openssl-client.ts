// SPDX-License-Identifier: MIT
import type { Readable, Writable } from "node:stream";
import { generate, type Packet, parser } from "mqtt-packet";
import type { CoreProcess } from "./core-process.js";
import type { Identity } from "./tls/pki.js";

const topic = "test_topic/esp32";
const echoes = 2;

/** One TLS 1.2 connection with a client certificate, as the firmware makes it with Mbed TLS 2.28; MQTT comes through the pipes. */
export function opensslCommand(program: string, core: CoreProcess, device: Identity): string[] {
	const server = ["-connect", `127.0.0.1:${core.devicePort}`, "-servername", core.endpoint];
	const trust = ["-CAfile", core.rootCaFile, "-verify_return_error", "-verify_hostname", core.endpoint];
	const client = ["-cert", device.certFile, "-key", device.keyPemFile];
	return [program, "s_client", ...server, "-tls1_2", ...trust, ...client, "-quiet"];
}

/** What the firmware does on a connection: subscribes, publishes at QoS 0 and 1, and waits for both echoes. */
export async function echoByHand(input: Writable, output: Readable): Promise<void> {
	const packets = parser({ protocolVersion: 4 });
	const send = (packet: Packet) => input.write(generate(packet));
	const publish = (qos: 0 | 1) =>
		send({
			cmd: "publish",
			topic,
			payload: `hello from openssl (QOS${qos})`,
			qos,
			messageId: 2,
			dup: false,
			retain: false,
		});
	let received = 0;
	packets.on("packet", packet => {
		if (packet.cmd === "connack") send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 1 }] });
		if (packet.cmd === "suback") {
			publish(0);
			publish(1);
		}
		if (packet.cmd !== "publish") return;
		if (packet.qos === 1) send({ cmd: "puback", messageId: packet.messageId ?? 0 });
		if (++received < echoes) return;
		send({ cmd: "disconnect" });
		input.end();
	});
	send({ cmd: "connect", clientId: "openssl", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60 });
	for await (const data of output) packets.parse(data);
	if (received < echoes) throw new Error(`openssl s_client ended after ${received} of ${echoes} echoes.`);
}
