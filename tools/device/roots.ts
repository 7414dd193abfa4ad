// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** As many as the firmware's TLS engine takes. */
export const maximumRoots = 16;

/** Base64 of a certificate's DER; undefined when it cannot be parsed. */
function derOf(pem: string): string | undefined {
	try {
		return new X509Certificate(pem).raw.toString("base64");
	} catch {
		return undefined;
	}
}

/**
 * The certificates of a PEM file as the firmware's setting `trustedRoots` takes them: base64 of DER, commas between.
 * @param warn takes a sentence about each certificate that cannot be parsed: it is left out, as the TLS engine does
 * @throws Error that names the file and what is wrong with it; also when no certificate is left
 */
export function trustedRoots(file: string, warn: (message: string) => void = () => undefined): string {
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
	const roots = blocks.map(derOf);
	const left = roots.filter(root => root !== undefined);
	if (left.length === 0)
		throw new Error(
			`The root CA file ${file} has no certificate that can be parsed (${blocks.length} cannot): ${remedy}.`,
		);
	for (const [index, root] of roots.entries())
		if (root === undefined)
			warn(
				`The root CA file ${file}: certificate ${index + 1} of ${roots.length} cannot be parsed. It is left out; remove or replace it.`,
			);
	return left.join(",");
}
