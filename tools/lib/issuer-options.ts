// SPDX-License-Identifier: MIT
import type { Command } from "commander";
import { Authorities, authoritiesHint } from "./authorities.js";
import { UserError } from "./user-error.js";
import { userPath } from "./user-path.js";

/** Options that say whose certificates are believed. */
export interface IssuerOptions {
	ca?: string[];
	anyIssuer?: boolean;
}

const collect = (path: string, earlier: string[] | undefined) => [...(earlier ?? []), userPath(path)];

export function addIssuerOptions(command: Command): Command {
	return command
		.option(
			"--ca <file>",
			"CA that issued the chips' certificates, PEM or DER (NXP's: docs/provisioning.md), or manufacturer.json of simulated chips; may be repeated",
			collect,
		)
		.option(
			"--any-issuer",
			"accept certificates of any issuer: for a PKI of your own, and only where sources and boards are trusted",
		);
}

/** Printed when certificates of any issuer are believed. */
export const anyIssuerWarning =
	"warning: --any-issuer: a certificate's issuer is not checked, and anyone can make a certificate that names another chip's UID.";

/**
 * The CAs that are believed; undefined with `--any-issuer`.
 * @throws UserError when neither option is given, or both are, or a file is not a CA's
 */
export function issuerChoice({ ca, anyIssuer }: IssuerOptions): Authorities | undefined {
	if (ca && anyIssuer) throw new UserError("--ca and --any-issuer contradict each other: give one of them.");
	if (ca) return Authorities.read(ca);
	if (anyIssuer) return undefined;
	throw new UserError(
		`Which CA issued the certificates? Give it with --ca FILE: what a certificate says about itself proves nothing. ${authoritiesHint}. --any-issuer accepts every issuer.`,
	);
}
