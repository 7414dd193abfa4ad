const lineLength = 64;

/**
 * A certificate in PEM (RFC 7468): lines of 64 characters between BEGIN and END, each line ended by "\n".
 * @param der the certificate
 * @param base64 makes base64 of bytes, with padding; the platform has it
 */
export function certificateToPem(der: Uint8Array, base64: (bytes: Uint8Array) => string): string {
	const text = base64(der);
	const lines = ["-----BEGIN CERTIFICATE-----"];
	for (let start = 0; start < text.length; start += lineLength)
		lines.push(text.slice(start, start + lineLength));
	lines.push("-----END CERTIFICATE-----", "");
	return lines.join("\n");
}
