// SPDX-License-Identifier: MIT
import type { X509Certificate } from "node:crypto";

import { certificateIdFromDer } from "../registry/certificate.js";
import type { Registry } from "../registry/registry.js";
import type { AlertName } from "./alert.js";

/** Who a device has proven to be, by the key of a registered certificate. */
export interface Principal {
	certificateId: string;
	certificate: X509Certificate;
}

/** Why a device is not let in. */
export interface Refusal {
	alert: AlertName;
	/** A sentence for the log. */
	reason: string;
}

/** What the TLS handshake brought. */
export interface Handshake {
	/** "TLSv1.2" or "TLSv1.3". */
	protocol: string;
	/** The host_name of SNI. */
	serverName: string | undefined;
	certificate: X509Certificate | undefined;
}

/** SNI must be the complete name of the endpoint (developer guide, "Transport security"). */
export function judgeServerName(serverName: string, endpoint: string): Refusal | undefined {
	if (serverName.toLowerCase() === endpoint) return undefined;
	return { alert: "unrecognized_name", reason: `SNI names ${serverName}, the endpoint is ${endpoint}` };
}

/** Judges a finished handshake: certificate shown, SNI sent, certificate registered, certificate ACTIVE. */
export function admit({ protocol, serverName, certificate }: Handshake, registry: Registry): Principal | Refusal {
	if (certificate === undefined)
		return {
			alert: protocol === "TLSv1.3" ? "certificate_required" : "handshake_failure",
			reason: "no client certificate was shown",
		};
	const certificateId = certificateIdFromDer(certificate.raw);
	if (serverName === undefined)
		return {
			alert: "missing_extension",
			reason: `no SNI was sent, which certificate ${certificateId} needs (certificateMode SNI_ONLY)`,
		};
	const record = registry.findCertificate(certificateId);
	if (record === undefined)
		return { alert: "certificate_unknown", reason: `certificate ${certificateId} is not registered` };
	if (record.status !== "ACTIVE")
		return { alert: "certificate_unknown", reason: `certificate ${certificateId} is ${record.status}, not ACTIVE` };
	return { certificateId, certificate };
}
