// SPDX-License-Identifier: MIT
import { randomBytes, X509Certificate } from "node:crypto";
import { decodeAttestation, type Transcript } from "../../se050/management/attestation.js";
import { objects } from "../../se050/objects.js";
import { fromHex, toHex } from "../lib/bytes.js";
import { ChipError, type ChipProcess } from "./chip.js";
import { isRsa } from "./public-key.js";

/** An attested read as it is kept in a file: all that it takes to check it elsewhere, later, without the chip. */
export interface AttestationFile {
	format: "se050-attestation";
	version: 1;
	/** One read; of an RSA key two, its modulus and its public exponent. APDU and response data in hexadecimal digits. */
	reads: { command: string; response: string }[];
	/** The attestation key's certificate, PEM; absent where the part has none. */
	certificate?: string;
	/** The attestation key's public point as the chip shows it, in hexadecimal digits: no proof of itself. */
	attestationKey: string;
}

const freshnessLength = 16;

/** The certificate of the attestation key; undefined on a part without one. */
async function attestationCertificate(chip: ChipProcess): Promise<string | undefined> {
	try {
		return new X509Certificate(await chip.call("certificate", objects.attestationCertificate)).toString();
	} catch (error) {
		if (error instanceof ChipError && error.name === "MissingObjectError") return undefined;
		throw error;
	}
}

const inDigits = ({ command, response }: Transcript) => ({ command: toHex(command), response: toHex(response) });

/**
 * Lets the chip's attestation key sign what an object is.
 * @param freshness what the one who will check it has asked for; random by default
 */
export async function attest(
	chip: ChipProcess,
	id: number,
	freshness: Uint8Array = randomBytes(freshnessLength),
): Promise<AttestationFile> {
	const { type } = await chip.call("type", id);
	const reads = isRsa(type)
		? [await chip.call("attest", id, freshness, "modulus"), await chip.call("attest", id, freshness, "publicExponent")]
		: [await chip.call("attest", id, freshness)];
	reads.forEach(decodeAttestation);
	const certificate = await attestationCertificate(chip);
	const attestationKey = toHex(await chip.call("read", objects.attestationKey));
	return {
		format: "se050-attestation",
		version: 1,
		reads: reads.map(inDigits),
		...(certificate !== undefined && { certificate }),
		attestationKey,
	};
}

/** What a text is as JSON; undefined where it is not JSON. */
function asJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

const isHex = (value: unknown): boolean => typeof value === "string" && /^([0-9a-f]{2})+$/i.test(value);

function isAttestationFile(file: Partial<AttestationFile>): file is AttestationFile {
	const { format, version, reads, certificate, attestationKey } = file;
	return (
		format === "se050-attestation" &&
		version === 1 &&
		Array.isArray(reads) &&
		reads.length > 0 &&
		reads.every(read => isHex(read?.command) && isHex(read?.response)) &&
		(certificate === undefined || typeof certificate === "string") &&
		isHex(attestationKey)
	);
}

/** @throws Error of one sentence */
export function parseAttestationFile(text: string, path: string): AttestationFile {
	const file = Object(asJson(text)) as Partial<AttestationFile>;
	if (!isAttestationFile(file))
		throw new Error(`${path} is not an attestation, or it is damaged: make one with npm run se050 -- attest.`);
	return file;
}

export const transcripts = ({ reads }: AttestationFile): Transcript[] =>
	reads.map(({ command, response }) => ({ command: fromHex(command), response: fromHex(response) }));
