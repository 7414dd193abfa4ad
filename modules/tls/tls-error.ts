// SPDX-License-Identifier: MIT
/** Where a TLS connection was when it failed. */
export type TLSStep = "setup" | "connecting" | "handshake" | "reading" | "writing";

/** Why it failed, for programs; the message says it for people. The reasons of the engine are those of native/failure.h. */
export type TLSReason =
	| "options"
	| "clock-not-set"
	| "tcp"
	| "peer-alert"
	| "peer-closed"
	| "truncated"
	| "unknown-issuer"
	| "wrong-name"
	| "expired"
	| "not-yet-valid"
	| "weak-certificate"
	| "bad-certificate"
	| "unsupported-certificate"
	| "protocol-version"
	| "negotiation"
	| "signing"
	| "limit"
	| "bad-record"
	| "unexpected-message"
	| "memory"
	| "internal";

export interface TLSFailure {
	step: TLSStep;
	reason: TLSReason;
	/** With "peer-alert" the alert's number (RFC 8446 section 6); else Mbed TLS's error, negative, or 0. */
	code: number;
	/** What failed, particulars, likely cause and what to do. */
	message: string;
}

/** A TLS connection that could not be made, or that broke. */
export default class TLSError extends Error {
	readonly step: TLSStep;
	readonly reason: TLSReason;
	readonly code: number;

	constructor({ step, reason, code, message }: TLSFailure) {
		super(message);
		this.step = step;
		this.reason = reason;
		this.code = code;
	}

	/** The far end meant it: it sent an alert. */
	get refused(): boolean {
		return this.reason === "peer-alert";
	}

	/** It only says that the connection ended. */
	get ended(): boolean {
		return this.reason === "peer-closed" || this.reason === "truncated";
	}

	override get name(): string {
		return "TLSError";
	}
}
