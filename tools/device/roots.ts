// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** As many as the firmware's TLS engine takes. */
export const maximumRoots = 16;

/**
 * The certificates of a PEM file as the firmware's setting `trustedRoots` takes them: base64 of DER, commas between.
 * @throws Error that names the file and what is wrong with it
 */
export function trustedRoots(file: string): string {
	const remedy = "give a PEM file of the root that the endpoint's certificate is issued under";
	let text: string;
	try {
		text = readFileSync(file, "utf8");
	} catch (error) {
		throw new Error(`The root CA file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}): ${remedy}.`);
	}
	const blocks = text.match(block) ?? [];
	if (blocks.length > maximumRoots)
		throw new Error(
			`The root CA file ${file} has ${blocks.length} certificates; the firmware takes at most ${maximumRoots}: ${remedy}.`,
		);
	if (blocks.length === 0) throw new Error(`The root CA file ${file} has no PEM certificate in it: ${remedy}.`);
	try {
		return blocks.map(pem => new X509Certificate(pem).raw.toString("base64")).join(",");
	} catch {
		throw new Error(`The root CA file ${file} has a certificate that cannot be parsed: ${remedy}.`);
	}
}
