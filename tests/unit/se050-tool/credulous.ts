// SPDX-License-Identifier: MIT
import { createHash, verify, X509Certificate } from "node:crypto";
import { concatenate } from "../../../se050/bytes.js";
import { decodeAttributes } from "../../../se050/management/attributes.js";
import { decodeTlvs, type Tlv } from "../../../se050/tlv.js";
import { type AttestationFile, transcripts } from "../../../tools/se050/attest.js";
import { ecPublicKey } from "../../../tools/se050/public-key.js";
import { bytes, hex } from "../se050/chip.js";

/** What a credulous verifier reads out of an attestation. */
export interface Claim {
	id: number;
	origin: string;
	key: string;
	chipId: string;
}

const sha256 = (data: Uint8Array) => new Uint8Array(createHash("sha256").update(data).digest());
const valueIn = (tlvs: readonly Tlv[], tag: number): Uint8Array =>
	tlvs.find(tlv => tlv.tag === tag)?.value ?? new Uint8Array();

/**
 * A verifier without the checks that make an attestation a proof: it takes tags wherever they are, decides the form twice,
 * takes any certificate that names the chip and has a chain, and none at all. The signature it does check. A forgery that it
 * refuses would prove nothing about the real one.
 * @returns the claim, or undefined when the signature is wrong
 */
export function believe(file: AttestationFile, authorities: readonly X509Certificate[] = []): Claim | undefined {
	const [first] = transcripts(file);
	const { command, response } = first!;
	const tlvs = decodeTlvs(response);
	const isModern = tlvs.some(({ tag }) => tag === 0x52);
	const signature = valueIn(tlvs, isModern ? 0x52 : 0x46);
	const end =
		response.length -
		signature.length -
		(signature.length < 0x80 && response.at(-signature.length - 2) === 0x52 ? 2 : 4);
	const message =
		tlvs.at(-1)?.tag === 0x52
			? concatenate(sha256(command), response.subarray(0, end))
			: concatenate(...tlvs.filter(({ tag }) => tag >= 0x41 && tag <= 0x45).map(({ value }) => value));
	const certificate = file.certificate === undefined ? undefined : new X509Certificate(file.certificate);
	const chipId = hex(valueIn(tlvs, isModern ? 0x42 : 0x45));
	if (certificate && !certificate.subject.toUpperCase().includes(chipId)) return undefined;
	if (certificate && authorities.length > 0 && !authorities.some(ca => certificate.verify(ca.publicKey)))
		return undefined;
	const signer = certificate?.publicKey ?? ecPublicKey(bytes(file.attestationKey));
	if (!verify("sha256", message, signer, signature)) return undefined;
	const attributes = decodeAttributes(valueIn(tlvs, isModern ? 0x43 : 0x42));
	return { id: attributes.id, origin: attributes.origin, key: hex(valueIn(tlvs, 0x41)), chipId };
}
