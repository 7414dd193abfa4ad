// SPDX-License-Identifier: MIT
import type { Reading } from "../se050/credential.js";
import { toHex } from "./identity.js";
import type { Report } from "./report.js";

export interface CertificateReportOptions {
	report: Report;
	/** Hands over the lines of the certificate's PEM. */
	eachPemLine(certificate: Uint8Array, take: (line: string) => void): void;
	sha256(bytes: Uint8Array): Uint8Array;
	/** First and last day of validity, YYYY-MM-DD; throws for a certificate that cannot be parsed. */
	describe(certificate: Uint8Array): { validFrom: string; validTo: string };
	/** The day by the clock, YYYY-MM-DD. */
	today(): string;
}

/** What a person reads about the chip's certificate. */
export class CertificateReport {
	readonly #options: CertificateReportOptions;
	/** Its dates were compared with the clock. */
	#isDated = false;

	constructor(options: CertificateReportOptions) {
		this.#options = options;
	}

	/** Where the certificate was read, and its PEM when it differs from the one before. Returns it with its chain. */
	read({ certificate, chain, source, isNew }: Reading): Uint8Array {
		const { report, sha256, eachPemLine } = this.#options;
		if (source)
			report.event("certificate", {
				bytes: certificate.length,
				certificateId: toHex(sha256(certificate)),
				source,
			});
		if (isNew) eachPemLine(certificate, line => report.line(line));
		return chain;
	}

	/** The same for a connection: the clock is right now, so the dates are compared with it, once for each certificate. */
	show(reading: Reading): Uint8Array {
		const chain = this.read(reading);
		if (this.#isDated && !reading.isNew) return chain;
		this.#isDated = true;
		const message = this.#dates(reading.certificate);
		if (message) this.#options.report.event("warning", { message });
		return chain;
	}

	/** Why the certificate is not kept, if it is not. */
	kept(problem: string | undefined): void {
		if (problem)
			this.#options.report.event("warning", {
				message: `The certificate is not kept, and is read from the chip at each start: ${problem}`,
			});
	}

	/** What is wrong with the dates of validity. TLS sends a certificate that it cannot parse, too: that is no reason to stop. */
	#dates(certificate: Uint8Array): string | undefined {
		const { describe, today } = this.#options;
		let dates: { validFrom: string; validTo: string };
		try {
			dates = describe(certificate);
		} catch {
			return undefined;
		}
		const day = today();
		if (day > dates.validTo)
			return `The chip's certificate expired on ${dates.validTo}; today is ${day}. AWS IoT refuses it: write a new certificate to the chip and register it.`;
		if (day < dates.validFrom)
			return `The chip's certificate is valid from ${dates.validFrom} on; today is ${day}. If that is not the date, check the time server.`;
		return undefined;
	}
}
