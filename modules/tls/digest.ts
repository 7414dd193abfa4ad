// SPDX-License-Identifier: MIT
/** SHA-256 (FIPS 180-4) by Mbed TLS: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
	return new Uint8Array(Digest.sha256(bytes));
}

/** A method and not a function: xsc makes it the native itself, without a call in between. */
class Digest {
	static sha256(bytes: Uint8Array): ArrayBuffer {
		return native("xs_tls_sha256").call(this, bytes) as ArrayBuffer;
	}
}
