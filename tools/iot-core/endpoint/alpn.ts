// SPDX-License-Identifier: MIT
import { createServer, type Server } from "node:http";

/** MQTT with a client certificate on port 443 (developer guide, "Device communication protocols"). */
export const mqttWithCertificate = "x-amzn-mqtt-ca";
/** What HTTPS clients offer there, among them those of WebSocket and of HTTPS publish with a client certificate. */
const https = ["http/1.1", "x-amzn-http-ca"];

/**
 * The protocol of an offer that is served on the port with ALPN; undefined when none is, which Node answers with the
 * alert no_application_protocol. Without an offer the port speaks HTTPS, as port 443 does at AWS.
 */
export function chooseProtocol(offered: readonly string[]): string | undefined {
	return [mqttWithCertificate, ...https].find(name => offered.includes(name));
}

/** The answer to HTTP on the device endpoint: the sentence is for the client's own log. */
const httpRefusal = `This local AWS IoT Core serves neither WebSocket nor HTTPS: connect with MQTT 3.1.1 over TLS, on port 443 with ALPN ${mqttWithCertificate}.`;
const notImplemented = 501;

/** Answers whatever comes over HTTPS with the reason why it is not served. Connections are handed to it. */
export function httpRefuser(): Server {
	return createServer((_request, response) => {
		response.writeHead(notImplemented, { "content-type": "application/json", connection: "close" });
		response.end(JSON.stringify({ message: httpRefusal }));
	}).on("upgrade", (_request, socket) => socket.end(httpRefusalResponse()));
}

/** The same answer as bytes. */
export function httpRefusalResponse(): Buffer {
	const body = JSON.stringify({ message: httpRefusal });
	return Buffer.from(
		`HTTP/1.1 ${notImplemented} Not Implemented\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
	);
}
