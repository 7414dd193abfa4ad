// SPDX-License-Identifier: MIT
import type { Connack } from "./connack.js";
import type { Reason, Stage } from "./diagnosis.js";
import type { Fields } from "./events.js";
import type { Reconnection } from "./reconnection.js";

/** What a handshake agreed on, as far as it is printed. */
interface Secured {
	version: string;
	cipherSuite: string;
	/** ALPN. */
	protocol?: string;
	handshakeMilliseconds: number;
	signatureMilliseconds: number;
	/** When the validity of the server's certificate begins, in seconds since 1970. */
	serverValidFrom?: number;
}

export interface ProgressOptions {
	host: string;
	port: number;
	report(event: string, fields?: Fields): void;
}

/** AWS IoT takes MQTT with a client certificate on port 443 only with this ALPN protocol. */
const httpsPort = 443;
const mqttOnHttpsPort = Object.freeze(["x-amzn-mqtt-ca"]);

const none: Connack = Object.freeze({ sessionPresent: false, returnCode: 0 });

/**
 * How far one connection has come, and why it failed. Its methods are what a socket of ours calls besides ECMA-419 (see
 * tls/tlssocket and connack): the session gives it to the socket as the `secure` options, which are copied into it.
 */
export class Progress {
	stage: Stage = "setup";
	reason: Reason | undefined;
	connack = none;
	/** When the validity of the server's certificate begins, in seconds since 1970, once it was verified. */
	serverValidFrom: number | undefined;
	/** ALPN. */
	readonly applicationLayerProtocols: readonly string[] | undefined;
	readonly #options: ProgressOptions;
	readonly #reconnection: Reconnection;

	constructor(options: ProgressOptions, reconnection: Reconnection) {
		this.#options = options;
		this.#reconnection = reconnection;
		if (options.port === httpsPort) this.applicationLayerProtocols = mqttOnHttpsPort;
	}

	/** The client has begun: it resolves the name first, unless it has come further already. */
	opened(): void {
		if (this.stage === "setup") this.stage = "resolve";
	}

	onConnecting(): void {
		this.stage = "connect";
	}

	onConnected(): void {
		this.stage = "secure";
		this.#options.report("connected", { host: this.#options.host });
	}

	onSecured(secured: Secured): void {
		const { version, cipherSuite, protocol, handshakeMilliseconds, signatureMilliseconds } = secured;
		this.stage = "login";
		this.serverValidFrom = secured.serverValidFrom;
		this.#reconnection.attempted();
		this.#options.report("secured", { version, cipherSuite, protocol, handshakeMilliseconds, signatureMilliseconds });
	}

	onConnack(connack: Connack): void {
		this.connack = connack;
	}

	/** The first reason counts. */
	onFailure(error: Reason): void {
		this.reason ??= error;
	}
}
