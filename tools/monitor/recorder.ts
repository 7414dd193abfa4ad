// SPDX-License-Identifier: MIT
import { createHash, X509Certificate } from "node:crypto";
import type { Authorities } from "../lib/authorities.js";
import { PemCollector, parseEvent } from "../lib/serial-lines.js";
import { CertificateError, readChipCertificate } from "../provision/certificate.js";

/** What a board says about its chip. */
export interface RecordedChip {
	/** 36 hexadecimal digits. */
	uid: string;
	clientId: string;
	/** SHA-256 of the certificate's DER, lower-case hexadecimal, as AWS IoT names a certificate. */
	certificateId: string;
	certificatePem: string;
}

/** A board says something that cannot be. */
export class RecordError extends Error {}

/** SHA-256 of a certificate's DER, lower-case hexadecimal; undefined when the text is not a certificate. */
export function certificateIdOf(pem: string): string | undefined {
	try {
		return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
	} catch {
		return undefined;
	}
}

/** Puts a chip together from the serial lines of one board. */
export class Recorder {
	readonly #pem = new PemCollector();
	readonly #authorities: Authorities | undefined;
	#identity: { uid: string; clientId: string } | undefined;
	#certificateId: string | undefined;

	/** @param authorities the CAs that issued the chips' certificates; without them, boards are believed */
	constructor(authorities?: Authorities) {
		this.#authorities = authorities;
	}

	/**
	 * Takes one line.
	 * @returns the chip, when the line completes it
	 * @throws {RecordError} when the certificate is not the one that the board announced, or not the manufacturer's
	 */
	push(line: string): RecordedChip | undefined {
		this.#observe(line);
		const certificatePem = this.#pem.push(line);
		if (!certificatePem || !this.#identity) return undefined;
		const certificateId = certificateIdOf(certificatePem);
		if (certificateId === undefined)
			throw new RecordError(
				"The certificate on the serial line is damaged: characters were lost. It is not saved; reset the board to see it again.",
			);
		if (certificateId !== this.#certificateId)
			throw new RecordError(
				"The certificate on the serial line is not the one whose id the board printed: characters were lost. It is not saved; reset the board to see it again.",
			);
		this.#checkIssuer(this.#identity.uid, certificatePem);
		return { ...this.#identity, certificateId, certificatePem };
	}

	#checkIssuer(uid: string, certificatePem: string): void {
		if (!this.#authorities) return;
		try {
			const { namesUid } = readChipCertificate(certificatePem, uid, { authorities: this.#authorities });
			if (!namesUid) throw new CertificateError("it does not name the chip's UID");
		} catch (error) {
			if (!(error instanceof CertificateError)) throw error;
			throw new RecordError(`The certificate of ${uid} is not saved: ${error.message}.`);
		}
	}

	#observe(line: string): void {
		const event = parseEvent(line);
		if (!event) return;
		const { uid, clientId, certificateId } = event.fields;
		if (event.name === "start") this.#identity = this.#certificateId = undefined;
		else if (event.name === "identity" && /^[0-9a-f]{36}$/i.test(uid ?? "") && clientId)
			this.#identity = { uid: (uid as string).toLowerCase(), clientId };
		else if (event.name === "certificate") this.#certificateId = certificateId;
	}
}
