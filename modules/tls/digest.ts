/** SHA-256 (FIPS 180-4) by Mbed TLS: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
	return new Uint8Array(digest(bytes));
}

function digest(bytes: Uint8Array): ArrayBuffer {
	return native("xs_tls_sha256").call(undefined, bytes) as ArrayBuffer;
}
