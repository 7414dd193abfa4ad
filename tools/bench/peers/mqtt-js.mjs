// SPDX-License-Identifier: MIT
// The work of tools/bench/rows/qos1.xs.ts with mqtt.js. Argument: JSON with host, port, servername, ca, cert, key, messages,
// inFlight; ca, cert and key are PEM files.
import { readFileSync } from "node:fs";
import mqtt from "mqtt";

const { ca, cert, key, messages, inFlight, ...where } = JSON.parse(process.argv[2] ?? "{}");
const topic = "bench/qos1";
const payload = Buffer.alloc(100, "x");
let published = 0,
	acknowledged = 0,
	received = 0;

const client = mqtt.connect({
	...where,
	protocol: "mqtts",
	clientId: "bench-mqtt-js",
	keepalive: 1200,
	reconnectPeriod: 0,
	ca: readFileSync(ca),
	cert: readFileSync(cert),
	key: readFileSync(key),
});

function pump() {
	const done = Math.min(acknowledged, received);
	while (published < messages && published - done < inFlight) {
		published += 1;
		client.publish(topic, payload, { qos: 1 }, error => {
			if (error) throw error;
			acknowledged += 1;
			pump();
		});
	}
	if (done === messages) console.log("end");
}

client.on("error", error => {
	console.log(`error ${error.message}`);
	process.exit(1);
});
client.on("message", () => {
	received += 1;
	pump();
});
client.on("connect", () =>
	client.subscribe(topic, { qos: 1 }, error => {
		if (error) throw error;
		console.log("begin");
		pump();
	}),
);
