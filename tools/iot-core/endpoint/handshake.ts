// SPDX-License-Identifier: MIT
import type { Server as HttpServer } from "node:http";
import type { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import type { DeviceEvents } from "../broker/events.js";
import type { Registry } from "../registry/registry.js";
import { offeredSuites } from "../scenario/client-hello.js";
import type { Observer } from "../scenario/observer.js";
import { RecordMeter } from "../scenario/records.js";
import { admit, judgeServerName, type Principal, type Refusal } from "./admission.js";
import { plainAlert, sealedAlert } from "./alert.js";
import { chooseProtocol, mqttWithCertificate } from "./alpn.js";
import { Gate } from "./gate.js";
import { type Peer, peerOf } from "./peer.js";

/** A device that has not finished the handshake by then is cut off. */
const timeoutMs = 30_000;
/** The NSS key log label of server_application_traffic_secret_0. */
const serverSecretLabel = "SERVER_TRAFFIC_SECRET_0";

/** An error of OpenSSL; the reason is its short text. */
type TlsError = Error & { reason?: string };

/** What a handshake needs to know. */
export interface HandshakeOptions {
	/** The endpoint's complete name. */
	endpoint: string;
	secureContext: SecureContext;
	registry: Registry;
	log(line: string): void;
	observer?: Observer;
	events?: DeviceEvents;
	/** The port requires ALPN, and speaks HTTPS without it. */
	withAlpn: boolean;
	/** Answers what comes over HTTPS there. */
	http: HttpServer;
	/** Takes over a connection whose client has proven who it is. */
	onAdmitted(connection: TLSSocket, principal: Principal, peer: Peer): void;
}

/** One device's TLS handshake: it ends with the device let in, refused by an alert, or gone. */
export class DeviceHandshake {
	readonly #options: HandshakeOptions;
	readonly #peer: Peer;
	readonly #gate: Gate;
	readonly #connection: TLSSocket;
	/** The server's application traffic secret; TLS 1.3 only. */
	#secret: Buffer | undefined;
	#settled = false;

	constructor(socket: Socket, options: HandshakeOptions) {
		this.#options = options;
		this.#peer = peerOf(socket);
		this.#gate = observedGate(socket, options.observer);
		this.#connection = new TLSSocket(this.#gate, {
			isServer: true,
			secureContext: options.secureContext,
			requestCert: true,
			rejectUnauthorized: false,
			SNICallback: (serverName, proceed) => this.#guard(() => this.#onServerName(serverName, proceed)),
			...(options.withAlpn && { ALPNCallback: ({ protocols }) => this.#chooseProtocol(protocols) }),
		});
		const deadline = setTimeout(() => {
			this.#settleRefused(`the TLS handshake was not done within ${timeoutMs / 1000} s`);
			socket.destroy();
		}, timeoutMs);
		socket.once("close", () => {
			clearTimeout(deadline);
			this.#settle(`${this.#peer.name} went away before the TLS handshake was done`);
		});
		// Node reports the outcome of a handshake on a TLSSocket by the events "secure" and "_tlsError", which it does not document.
		this.#connection.once("secure", () => {
			clearTimeout(deadline);
			this.#guard(() => this.#judge());
		});
		this.#connection.on("_tlsError", ({ reason, message }: TlsError) =>
			this.#settleRefused(`the TLS handshake failed: ${reason ?? message}`),
		);
		this.#connection.on("error", () => this.#connection.destroy());
		this.#connection.on("keylog", line => (this.#secret ??= serverSecret(line)));
	}

	/** Does what an event of the handshake asks for. Whatever it throws ends this connection with a line of the log. */
	#guard(work: () => void): void {
		try {
			work();
		} catch (error) {
			this.#options.log(`disconnecting ${this.#peer.name}: ${error instanceof Error ? error.stack : String(error)}`);
			this.#settled = true;
			this.#connection.destroy();
		}
	}

	#onServerName(serverName: string, proceed: (error: Error | null) => void): void {
		const refusal = judgeServerName(serverName, this.#options.endpoint);
		if (refusal === undefined) proceed(null);
		else this.#refuse(refusal, plainAlert(refusal.alert));
	}

	/** Node ends the handshake with the alert no_application_protocol when there is no protocol. */
	#chooseProtocol(offered: string[]): string | undefined {
		const chosen = chooseProtocol(offered);
		if (chosen === undefined)
			this.#settleRefused(
				`ALPN offers ${offered.join(", ")}, not ${mqttWithCertificate} (TLS alert no_application_protocol)`,
			);
		return chosen;
	}

	#judge(): void {
		if (this.#options.withAlpn && this.#connection.alpnProtocol !== mqttWithCertificate) return this.#refuseHttps();
		const { servername } = this.#connection;
		const verdict = admit(
			{
				protocol: this.#connection.getProtocol() ?? "",
				serverName: typeof servername === "string" ? servername : undefined,
				certificate: this.#connection.getPeerX509Certificate(),
			},
			this.#options.registry,
		);
		if ("alert" in verdict)
			return this.#refuse(
				verdict,
				this.#secret === undefined
					? plainAlert(verdict.alert)
					: sealedAlert(verdict.alert, this.#connection.getCipher().standardName, this.#secret),
			);
		this.#settled = true;
		this.#options.onAdmitted(this.#connection, verdict, this.#peer);
	}

	/** As on AWS IoT's port 443, a connection without the protocol of MQTT is one of HTTPS. */
	#refuseHttps(): void {
		const protocol = this.#connection.alpnProtocol || "no ALPN";
		this.#settleRefused(`${protocol} on the port that needs ALPN ${mqttWithCertificate}: HTTPS is not served`);
		this.#options.http.emit("connection", this.#connection);
	}

	#refuse({ alert, reason }: Refusal, record: Buffer): void {
		this.#settleRefused(`${reason} (TLS alert ${alert})`);
		this.#gate.refuse(record);
	}

	#settleRefused(reason: string): void {
		if (!this.#settled) this.#options.events?.emit("refused", { peer: this.#peer.name }, reason);
		this.#settle(`refused ${this.#peer.name}: ${reason}`);
	}

	/** Logs the outcome, the first one only. */
	#settle(line: string): void {
		if (!this.#settled) this.#options.log(line);
		this.#settled = true;
	}
}

/** The gate of a connection, with what an observer sees at it: the ClientHello and the records to the device. */
function observedGate(socket: Socket, observer: Observer | undefined): Gate {
	if (observer === undefined) return new Gate(socket);
	socket.once("data", (bytes: Buffer) => {
		const suites = offeredSuites(bytes);
		if (suites !== undefined) observer.onClientHello?.(suites, performance.now());
	});
	const meter = new RecordMeter(length => observer.onRecord?.(length));
	return new Gate(socket, bytes => meter.push(bytes));
}

function serverSecret(line: Buffer): Buffer | undefined {
	const [label, , secret = ""] = line.toString("latin1").trim().split(" ");
	return label === serverSecretLabel ? Buffer.from(secret, "hex") : undefined;
}
