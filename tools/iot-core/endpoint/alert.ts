// SPDX-License-Identifier: MIT
import { createCipheriv, createHmac } from "node:crypto";

/** Alert descriptions (RFC 8446, section 6; unrecognized_name also RFC 6066, section 3). */
export const alertCodes = {
	handshake_failure: 40,
	certificate_unknown: 46,
	missing_extension: 109,
	unrecognized_name: 112,
	certificate_required: 116,
} as const;

export type AlertName = keyof typeof alertCodes;

const fatal = 2;
/** ContentType (RFC 8446, section 5.1). */
const contentAlert = 21,
	contentApplicationData = 23;
/** legacy_record_version of TLS 1.2 and 1.3 (RFC 8446, section 5.1). */
const recordVersion = [3, 3];
const tagBytes = 16;

/** TLS 1.3 cipher suites by their standard names (RFC 8446, appendix B.4). */
const aeadNames = {
	TLS_AES_128_GCM_SHA256: { cipher: "aes-128-gcm", keyBytes: 16, hash: "sha256" },
	TLS_AES_256_GCM_SHA384: { cipher: "aes-256-gcm", keyBytes: 32, hash: "sha384" },
	TLS_CHACHA20_POLY1305_SHA256: { cipher: "chacha20-poly1305", keyBytes: 32, hash: "sha256" },
} as const;

/** A fatal alert as a whole record without protection: what a server may send before its ChangeCipherSpec. */
export function plainAlert(alert: AlertName): Buffer {
	return Buffer.from([contentAlert, ...recordVersion, 0, 2, fatal, alertCodes[alert]]);
}

/**
 * A fatal alert as the first record of the server under TLS 1.3's application traffic keys (RFC 8446, section 5.2):
 * sequence number 0, so nothing else may have been sent under them.
 * @param suite the cipher suite's standard name
 * @param secret server_application_traffic_secret_0
 */
export function sealedAlert(alert: AlertName, suite: string, secret: Buffer): Buffer {
	const aead = aeadNames[suite as keyof typeof aeadNames];
	const inner = Buffer.from([fatal, alertCodes[alert], contentAlert]);
	const header = Buffer.from([contentApplicationData, ...recordVersion, 0, inner.length + tagBytes]);
	const key = expandLabel(secret, "key", aead.keyBytes, aead.hash);
	const nonce = expandLabel(secret, "iv", 12, aead.hash);
	const cipher = createCipheriv(aead.cipher as "aes-128-gcm", key, nonce, { authTagLength: tagBytes });
	cipher.setAAD(header);
	return Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
}

/** HKDF-Expand-Label with an empty context (RFC 8446, section 7.1), for lengths within one hash. */
function expandLabel(secret: Buffer, label: string, length: number, hash: string): Buffer {
	const full = Buffer.from(`tls13 ${label}`);
	const info = Buffer.concat([Buffer.from([0, length, full.length]), full, Buffer.from([0])]);
	return createHmac(hash, secret)
		.update(info)
		.update(Buffer.from([1]))
		.digest()
		.subarray(0, length);
}
