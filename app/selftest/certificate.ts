// SPDX-License-Identifier: MIT
/** What Mbed TLS reads in a certificate. */
export interface Description {
	subject: string;
	issuer: string;
	/** Such as "EC 256 bits". */
	key: string;
	/** YYYY-MM-DD. */
	validFrom: string;
	validTo: string;
}

class X509 {
	static describe(certificate: Uint8Array): string | number {
		return native("xs_selftest_describe").call(this, certificate) as string | number;
	}

	static verify(certificate: Uint8Array, digest: Uint8Array, signature: Uint8Array): number {
		return native("xs_selftest_verify").call(this, certificate, digest, signature) as number;
	}
}

function failure(error: number): Error {
	return new Error(`Mbed TLS: error -0x${(-error).toString(16).padStart(4, "0")}`);
}

/** @param certificate DER @throws Error with Mbed TLS's error number when it is not a certificate */
export function describe(certificate: Uint8Array): Description {
	const text = X509.describe(certificate);
	if (typeof text === "number") throw failure(text);
	const [subject = "", issuer = "", key = "", validFrom = "", validTo = ""] = text.split("\n");
	return { subject, issuer, key, validFrom, validTo };
}

/** Checks a signature over a SHA-256 digest with the certificate's key. @throws Error with Mbed TLS' number when it is wrong */
export function verify(certificate: Uint8Array, digest: Uint8Array, signature: Uint8Array): void {
	const error = X509.verify(certificate, digest, signature);
	if (error) throw failure(error);
}
