import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, TLSSocket, type SecureContext } from "node:tls";

import type { ServerIdentity } from "../authority.js";
import type { Registry } from "../registry.js";
import { admit, judgeServerName, type Principal, type Refusal } from "./admission.js";
import { plainAlert, sealedAlert } from "./alert.js";
import { Gate } from "./gate.js";
import { peerOf, type Peer } from "./peer.js";

/** AWS IoT's suites (developer guide, "Transport security", IoTSecurityPolicy_TLS13_1_2_2022_10), as OpenSSL names them. */
const CIPHERS = [
	"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
	"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256",
	"ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
	"ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
	"AES128-GCM-SHA256", "AES128-SHA256", "AES128-SHA", "AES256-GCM-SHA384", "AES256-SHA256", "AES256-SHA",
];
/** A device that has not finished the handshake by then is cut off. */
const HANDSHAKE_TIMEOUT_MS = 30_000;
/** The NSS key log label of server_application_traffic_secret_0. */
const SERVER_SECRET_LABEL = "SERVER_TRAFFIC_SECRET_0";

/** An error of OpenSSL; the reason is its short text. */
type TlsError = Error & { reason?: string };

/** What the device endpoint needs to know. */
export interface EndpointOptions {
	/** The endpoint's complete name. */
	endpoint: string;
	identity: ServerIdentity;
	registry: Registry;
	log(line: string): void;
	/** Takes over a connection whose client has proven who it is. */
	onAdmitted(connection: TLSSocket, principal: Principal, peer: Peer): void;
}

/** The TLS side of the device endpoint: who may come in, by SNI and by registered certificate. */
export class DeviceEndpoint {
	readonly #options: EndpointOptions;
	readonly #secureContext: SecureContext;
	readonly #connections = new Set<Socket>();

	constructor(options: EndpointOptions) {
		this.#options = options;
		this.#secureContext = createSecureContext({
			key: options.identity.key,
			cert: options.identity.chain,
			minVersion: "TLSv1.2",
			ciphers: CIPHERS.join(":"),
			honorCipherOrder: true,
			// AWS IoT has no session tickets, and a resumed session would show no certificate.
			secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
		});
	}

	/** Takes a TCP connection of a device. */
	accept(socket: Socket): void {
		const peer = peerOf(socket);
		this.#connections.add(socket);
		socket.setNoDelay();
		const gate = new Gate(socket);
		const deadline = setTimeout(() => {
			this.#options.log(`refused ${peer.name}: the TLS handshake was not done within ${HANDSHAKE_TIMEOUT_MS / 1000} s`);
			socket.destroy();
		}, HANDSHAKE_TIMEOUT_MS);
		socket.on("close", () => {
			clearTimeout(deadline);
			this.#connections.delete(socket);
		});
		const connection = this.#secure(gate, peer);
		let secret: Buffer | undefined;
		connection.on("keylog", line => secret ??= serverSecret(line));
		connection.once("secure", () => {
			clearTimeout(deadline);
			this.#judge(connection, gate, peer, secret);
		});
	}

	/** Cuts all connections. */
	close(): void {
		for (const socket of this.#connections)
			socket.destroy();
	}

	#secure(gate: Gate, peer: Peer): TLSSocket {
		const connection: TLSSocket = new TLSSocket(gate, {
			isServer: true,
			secureContext: this.#secureContext,
			requestCert: true,
			rejectUnauthorized: false,
			SNICallback: (serverName, proceed) => {
				const refusal = judgeServerName(serverName, this.#options.endpoint);
				if (refusal === undefined)
					proceed(null);
				else
					this.#refuse(gate, peer, refusal, plainAlert(refusal.alert));
			},
		});
		connection.on("_tlsError", (error: TlsError) => this.#options.log(`refused ${peer.name}: the TLS handshake failed: ${error.reason ?? error.message}`));
		connection.on("error", () => connection.destroy());
		return connection;
	}

	#judge(connection: TLSSocket, gate: Gate, peer: Peer, secret: Buffer | undefined): void {
		const protocol = connection.getProtocol() ?? "";
		const verdict = admit({
			protocol,
			serverName: typeof connection.servername === "string" ? connection.servername : undefined,
			certificate: connection.getPeerX509Certificate(),
		}, this.#options.registry);
		if ("certificateId" in verdict)
			return this.#options.onAdmitted(connection, verdict, peer);
		const record = secret === undefined
			? plainAlert(verdict.alert)
			: sealedAlert(verdict.alert, connection.getCipher().standardName, secret);
		this.#refuse(gate, peer, verdict, record);
	}

	#refuse(gate: Gate, peer: Peer, { alert, reason }: Refusal, record: Buffer): void {
		this.#options.log(`refused ${peer.name}: ${reason} (TLS alert ${alert})`);
		gate.refuse(record);
	}
}

/** The server's application traffic secret, when a line of the key log has it (TLS 1.3 only). */
function serverSecret(line: Buffer): Buffer | undefined {
	const [label, , secret = ""] = line.toString("latin1").trim().split(" ");
	return label === SERVER_SECRET_LABEL ? Buffer.from(secret, "hex") : undefined;
}
