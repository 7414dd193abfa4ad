// SPDX-License-Identifier: MIT
import { createHash, X509Certificate } from "node:crypto";
import { PemCollector, parseEvent } from "../lib/serial-lines.js";

/** What a board says about its chip. */
export interface Chip {
	/** 36 hexadecimal digits. */
	uid: string;
	clientId: string;
	/** SHA-256 of the certificate's DER, lower-case hexadecimal, as AWS IoT names a certificate. */
	certificateId: string;
	certificatePem: string;
}

/** A board says something that cannot be. */
export class RecordError extends Error {}

function idOf(pem: string): string {
	try {
		return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
	} catch {
		throw new RecordError(
			"The certificate on the serial line is damaged: characters were lost. It is not saved; reset the board to see it again.",
		);
	}
}

/** Puts a chip together from the serial lines of one board. */
export class Recorder {
	readonly #pem = new PemCollector();
	#identity: { uid: string; clientId: string } | undefined;
	#certificateId: string | undefined;

	/**
	 * Takes one line.
	 * @returns the chip, when the line completes it
	 * @throws {RecordError} when the certificate is not the one that the board announced
	 */
	push(line: string): Chip | undefined {
		this.#observe(line);
		const certificatePem = this.#pem.push(line);
		if (!certificatePem || !this.#identity) return undefined;
		const certificateId = idOf(certificatePem);
		if (certificateId !== this.#certificateId)
			throw new RecordError(
				"The certificate on the serial line is not the one whose id the board printed: characters were lost. It is not saved; reset the board to see it again.",
			);
		return { ...this.#identity, certificateId, certificatePem };
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
