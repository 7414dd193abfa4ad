// SPDX-License-Identifier: MIT
import type { Thing } from "./account/iot-api.js";

/**
 * Attribute of the things that this program makes; its value is the id of the certificate that the thing was made for.
 * It says what `--remove` may delete. CreateThing refuses a thing of the same name with another value
 * (ResourceAlreadyExistsException), which is how a second certificate of one chip is found over runs and machines.
 */
export const ownerAttribute = "moddable-se050-certificate";

/** True when this program made the thing for the certificate. */
export function isOwnThing({ attributes }: Pick<Thing, "attributes">, certificateId: string): boolean {
	return attributes[ownerAttribute] === certificateId;
}

/** Why a thing that exists is not used. @param others ARNs of other principals that are attached to it */
export function strangerText({ name, attributes }: Thing, others: readonly string[]): string {
	const owner = attributes[ownerAttribute];
	if (owner !== undefined || others.length > 0) {
		const holder = others[0] ?? `certificate ${owner}`;
		return `the thing ${name} already belongs to ${holder}, and one chip has one certificate: find out which of the two is the chip's; --remove takes the other one out, --adopt attaches this one as well`;
	}
	return `a thing ${name} exists that this program did not make: --adopt uses it, or delete it`;
}
