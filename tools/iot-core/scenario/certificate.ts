// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";

import {
	type Issued,
	issueCertificate,
	type Order,
	type ServerIdentity,
	type ServerKeyType,
} from "../endpoint/authority.js";
import type { CertificateDefect } from "./scenarios.js";

/**
 * Bytes of the Certificate message that AWS IoT's data endpoint sent in ap-south-1
 * (captured in arduino/ArduinoCloudProviderExamples issue 4), and 20 % more: Device Advisor's
 * TLS_Large_Size_Server_Cert.
 */
export const awsCertificateMessage = 4881;
export const largeCertificateMessage = Math.ceil(awsCertificateMessage * 1.2);
/** Header of the handshake message, length of the list, and of each certificate (RFC 5246, sections 7.4 and 7.4.2). */
const messageHeader = 4,
	listLength = 3,
	certificateLength = 3;
const serverDays = 30;

/** Where the identity is to be shown. */
export interface IdentityPlace {
	region: string;
	keyType: ServerKeyType;
	identity: ServerIdentity;
}

/** The server's certificate with a defect; its root stays the one that devices trust. */
export async function defectiveIdentity(
	defect: CertificateDefect,
	{ region, keyType, identity }: IdentityPlace,
): Promise<ServerIdentity> {
	const domain = `iot.${region}.amazonaws.com`;
	const order: Order = {
		subject: `CN=*.${domain}`,
		names: [domain, `*.${domain}`],
		days: serverDays,
		issuer: identity.intermediate,
		keyType,
		now: Date.now(),
	};
	const show = ({ certificate, key }: Issued, intermediate = identity.intermediate): ServerIdentity => ({
		...identity,
		chain: certificate + intermediate.certificate,
		key,
	});
	switch (defect) {
		case "untrusted-chain": {
			const root = await issueCertificate({
				subject: "CN=Root CA that nobody trusts, O=moddable-se050",
				days: serverDays,
				keyType,
				now: order.now,
			});
			return show(await issueCertificate({ ...order, issuer: root }), root);
		}
		case "wrong-name":
			return show(await issueCertificate({ ...order, subject: "CN=iot.example.com", names: ["iot.example.com"] }));
		case "expired":
			return show(await issueCertificate({ ...order, days: -1 }));
		case "large-certificate": {
			const { chain } = show(await issueCertificate(order));
			return show(
				await issueCertificate({ ...order, ballast: largeCertificateMessage - certificateMessageLength(chain) }),
			);
		}
	}
}

/** Bytes of TLS 1.2's Certificate message for a chain in PEM. */
export function certificateMessageLength(chain: string): number {
	const certificates = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
	return certificates.reduce(
		(sum, pem) => sum + certificateLength + new X509Certificate(pem).raw.length,
		messageHeader + listLength,
	);
}
