// SPDX-License-Identifier: MIT
import { loadX509 } from "../../lib/x509.js";

/** What stands for NXP in every name, so that nobody takes a simulated certificate for a real one. */
const organization = "SIMULATED (not NXP)";

/** The organizational unit of NXP's own certificates. */
const organizationalUnit = "Plug and Trust";

/** A name shaped like those of NXP's certificates: OU, O, CN in this order, each a UTF8String. */
export async function distinguishedName(commonName: string): Promise<import("@peculiar/x509").Name> {
	const { Name } = await loadX509();
	return new Name([
		{ OU: [{ utf8String: organizationalUnit }] },
		{ O: [{ utf8String: organization }] },
		{ CN: [{ utf8String: commonName }] },
	]);
}
