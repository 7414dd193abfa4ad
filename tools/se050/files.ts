// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { certificatesIn } from "../../se050/chain.js";
import { DerError } from "../../se050/der.js";
import { type PolicyEntry, rights } from "../../se050/management/policy.js";
import type { ChipProcess } from "./chip.js";
import { idText } from "./info.js";

/** Of a file for which nothing else was asked: everybody may read, rewrite and delete it. */
const defaultFilePolicy: readonly PolicyEntry[] = [{ user: 0, rights: rights.read | rights.write | rights.delete }];

export interface FileOptions {
	/** Bytes of the object; by default as many as the content has. */
	size?: number;
	rights?: readonly PolicyEntry[];
}

/** Bytes that one command writes; a longer file needs the right to write for the rest. */
const oneWrite = 500;

const mayAll = (policy: readonly PolicyEntry[], right: number): boolean =>
	policy.some(({ user, rights: bits }) => user === 0 && (bits & right) !== 0);

/**
 * Makes a file in the chip and reads it back.
 * @throws Error of one sentence: it cannot be written with this policy, or it is not what was written
 */
export async function writeFile(
	chip: ChipProcess,
	id: number,
	content: Uint8Array,
	options: FileOptions,
): Promise<void> {
	const { size = content.length, rights: policy = defaultFilePolicy } = options;
	if (content.length === 0) throw new Error("There is nothing to write: the file is empty.");
	if (content.length > oneWrite && !mayAll(policy, rights.write))
		throw new Error(
			`${content.length} bytes take several commands, and the policy lets nobody write after the first: add "write" to --rights.`,
		);
	await chip.call("writeFile", id, content, size, policy);
	if (!mayAll(policy, rights.read)) return;
	const written = await chip.call("read", id);
	if (written.length !== size || Buffer.compare(written.subarray(0, content.length), content) !== 0)
		throw new Error(`${idText(id)} is not what was written: delete it, check the wiring, and write it again.`);
}

/** What a file has in place of a certificate. */
function contentInWords(bytes: Uint8Array): string {
	try {
		certificatesIn(bytes);
		return "it is damaged";
	} catch (error) {
		if (error instanceof DerError) return error.message;
		throw error;
	}
}

const inPem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM or DER file, one after another in DER: the device's own first, then its issuers.
 * @throws Error of one sentence: there is no certificate, or one did not issue the one before it
 */
export function certificateContent(path: string): { content: Uint8Array; leaf: X509Certificate } {
	const bytes = readFileSync(path);
	const certificates = (bytes.toString("latin1").match(inPem) ?? [bytes]).map(block => {
		try {
			return new X509Certificate(block);
		} catch {
			throw new Error(
				`${path} has no certificate that can be read: ${contentInWords(bytes)}. Give the certificate, as PEM or DER.`,
			);
		}
	});
	certificates.slice(1).forEach((issuer, index) => {
		const issued = certificates[index]!;
		if (!issued.checkIssued(issuer) || !issued.verify(issuer.publicKey))
			throw new Error(
				`${path} is not a chain: its certificate ${index + 2} did not issue the one before it. Put the device's own first, then its issuers.`,
			);
	});
	return { content: Buffer.concat(certificates.map(({ raw }) => raw)), leaf: certificates[0]! };
}

/** A file's bytes, or those of standard input for "-". */
export const readInput = (path: string): Buffer => readFileSync(path === "-" ? 0 : path);

/** A signature as `sign` writes it: bytes, or hexadecimal digits. No signature's bytes are hexadecimal digits throughout. */
export function signatureOf(bytes: Buffer): Uint8Array {
	const text = bytes.toString("latin1").trim();
	return /^([0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, "hex") : bytes;
}
