// SPDX-License-Identifier: MIT
/** Bytes of DER in a line of 64 characters. */
const lineByteLength = 48;

/**
 * The lines of a certificate in PEM (RFC 7468), without line ends. One at a time: a board's memory holds no whole block.
 * @param der the certificate
 * @param base64 makes base64 of bytes, with padding; the platform has it
 */
export function* pemLines(der: Uint8Array, base64: (bytes: Uint8Array) => string): Generator<string> {
	yield "-----BEGIN CERTIFICATE-----";
	for (let start = 0; start < der.length; start += lineByteLength)
		yield base64(der.slice(start, start + lineByteLength));
	yield "-----END CERTIFICATE-----";
}

/** A certificate in PEM (RFC 7468), each line ended by "\n". */
export function certificateToPem(der: Uint8Array, base64: (bytes: Uint8Array) => string): string {
	return `${[...pemLines(der, base64)].join("\n")}\n`;
}
