// SPDX-License-Identifier: MIT
import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import { httpRefuser } from "./alpn.js";
import type { ServerIdentity } from "./authority.js";
import { DeviceHandshake, type HandshakeOptions } from "./handshake.js";

/** AWS IoT's suites (developer guide, "Transport security", IoTSecurityPolicy_TLS13_1_2_2022_10), as OpenSSL names them. */
const supportedCiphers = [
	"TLS_AES_128_GCM_SHA256",
	"TLS_AES_256_GCM_SHA384",
	"TLS_CHACHA20_POLY1305_SHA256",
	"ECDHE-ECDSA-AES128-GCM-SHA256",
	"ECDHE-RSA-AES128-GCM-SHA256",
	"ECDHE-ECDSA-AES128-SHA256",
	"ECDHE-RSA-AES128-SHA256",
	"ECDHE-ECDSA-AES128-SHA",
	"ECDHE-RSA-AES128-SHA",
	"ECDHE-ECDSA-AES256-GCM-SHA384",
	"ECDHE-RSA-AES256-GCM-SHA384",
	"ECDHE-ECDSA-AES256-SHA384",
	"ECDHE-RSA-AES256-SHA384",
	"ECDHE-ECDSA-AES256-SHA",
	"ECDHE-RSA-AES256-SHA",
	"AES128-GCM-SHA256",
	"AES128-SHA256",
	"AES128-SHA",
	"AES256-GCM-SHA384",
	"AES256-SHA256",
	"AES256-SHA",
];

/** What the device endpoint needs to know. */
export interface EndpointOptions extends Omit<HandshakeOptions, "secureContext" | "http" | "withAlpn"> {
	identity: ServerIdentity;
}

/** The TLS side of the device endpoint: brings TCP connections through the handshake. */
export class DeviceEndpoint {
	readonly #options: EndpointOptions;
	readonly #secureContext: SecureContext;
	readonly #http = httpRefuser();
	readonly #connections = new Set<Socket>();

	constructor(options: EndpointOptions) {
		this.#options = options;
		this.#secureContext = createSecureContext({
			key: options.identity.key,
			cert: options.identity.chain,
			minVersion: "TLSv1.2",
			ciphers: supportedCiphers.join(":"),
			honorCipherOrder: true,
			// AWS IoT has no session tickets, and a resumed session would show no certificate.
			secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
		});
	}

	/**
	 * Takes a TCP connection of a device.
	 * @param withAlpn it came to the port that is as AWS IoT's port 443
	 */
	accept(socket: Socket, withAlpn = false): void {
		this.#connections.add(socket);
		socket.once("close", () => this.#connections.delete(socket));
		socket.setNoDelay();
		new DeviceHandshake(socket, { ...this.#options, secureContext: this.#secureContext, http: this.#http, withAlpn });
	}

	/** Cuts all connections. */
	close(): void {
		for (const socket of this.#connections) socket.destroy();
	}
}
