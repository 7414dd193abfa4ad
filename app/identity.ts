// SPDX-License-Identifier: MIT
/** The forms of a client id: how the chip's UID is written. */
export const clientIdForms = Object.freeze(["base64", "base64url", "hex"] as const);
export type ClientIdForm = (typeof clientIdForms)[number];

/** Lower-case hexadecimal digits of bytes, first byte first. */
export function toHex(bytes: Uint8Array): string {
	let result = "";
	for (const byte of bytes) result += byte.toString(16).padStart(2, "0");
	return result;
}

/** @throws RangeError for a name that is not a form of a client id */
export function clientIdForm(name: string): ClientIdForm {
	const form = clientIdForms.find(known => known === name);
	if (!form) throw new RangeError(`clientId is "${name}": use one of ${clientIdForms.join(", ")}`);
	return form;
}

/**
 * The MQTT client id of a chip.
 *
 * The 18 bytes of an SE050's UID are 24 characters of base64, never padded. Standard base64 is what the product's
 * origin uses; its `+` and `/` are legal in a client id, but AWS IoT sends no lifecycle events for an id with `+`,
 * and neither character may stand in a thing's name: base64url has none of that.
 * @param encode standard base64 (RFC 4648 section 4)
 */
export function clientId(uid: Uint8Array, form: ClientIdForm, encode: (bytes: Uint8Array) => string): string {
	if (form === "hex") return toHex(uid);
	const id = encode(uid);
	return form === "base64" ? id : id.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** What AWS IoT does differently for this client id, in a sentence; undefined when nothing. */
export function clientIdWarning(id: string): string | undefined {
	if (id.includes("+"))
		return "the client id contains +: AWS IoT sends no lifecycle events for it, and it cannot be a thing's name; clientId=base64url avoids both";
	if (id.includes("/"))
		return "the client id contains /: it adds a level to the topics of lifecycle events, and it cannot be a thing's name; clientId=base64url avoids both";
	return undefined;
}

/**
 * A topic with the device's own client id where it says `{clientId}`: one build for a fleet whose policy gives each
 * device topics of its own.
 * @throws RangeError for a client id with + or #, which may not stand in the name of a topic
 */
export function deviceTopic(topic: string, id: string): string {
	if (!topic.includes("{clientId}")) return topic;
	if (id.includes("+") || id.includes("#"))
		throw new RangeError(
			`topic=${topic} cannot be used with the client id ${id}: a topic's name may not contain +; use clientId=base64url`,
		);
	return topic.replaceAll("{clientId}", id);
}

/** What fits into one TLS message of the board (CONFIG_MBEDTLS_SSL_OUT_CONTENT_LEN), and into one value of its NVS. */
const maximumCertificateLength = 3_900;

/** @param certificate DER, with its chain if it has one @throws RangeError for one that is longer than a board can send */
export function checkCertificate(certificate: Uint8Array): void {
	if (certificate.length > maximumCertificateLength)
		throw new RangeError(
			`The certificate in the chip has ${certificate.length} bytes with its chain; a device sends at most ${maximumCertificateLength}. Issue a shorter one, or leave intermediate certificates out: AWS IoT needs the device's own only.`,
		);
}
