// SPDX-License-Identifier: MIT
import type { SignatureScheme } from "../../se050/algorithms.js";
import type { Transcript } from "../../se050/management/attestation.js";
import type { Attributes } from "../../se050/management/attributes.js";
import type { CurveName } from "../../se050/management/curves.js";
import type { memories, RsaSize, rsaComponents } from "../../se050/management/object-management.js";
import type { PolicyEntry } from "../../se050/management/policy.js";
import type { PlatformKeys } from "../../se050/scp03.js";
import type { Version } from "../../se050/version.js";

/** What a chip says of itself before any command. */
export interface Greeting {
	atr: Uint8Array;
	/** From IDENTIFY; undefined on a part that does not tell it. */
	oef: number | undefined;
	version: Version;
}

/**
 * What the tool asks of the driver, which runs on XS (tools/se050/driver.xs.ts). Arguments and results cross as JSON, byte strings
 * as `{ "bytes": digits }`.
 */
export interface ChipCalls {
	/** Opens the bus, and resets and selects when the first command comes. @param scp03 as the firmware takes it, or keys */
	open(bus: string, scp03: string | PlatformKeys): void;
	greet(): Greeting;
	uid(): Uint8Array;
	exists(id: number): boolean;
	size(id: number): number;
	read(id: number): Uint8Array;
	certificate(id: number): Uint8Array;
	random(byteLength: number): Uint8Array;
	sign(id: number, hashName: string, digest: Uint8Array, scheme: SignatureScheme): Uint8Array;
	ids(): number[];
	type(id: number): { type: number; transient: boolean };
	freeMemory(kind: keyof typeof memories): number;
	attributes(id: number): Attributes;
	rsaComponent(id: number, component: keyof typeof rsaComponents): Uint8Array;
	generateEcKey(id: number, curve: CurveName, policy: readonly PolicyEntry[]): void;
	generateRsaKey(id: number, bits: RsaSize, policy: readonly PolicyEntry[]): void;
	writeFile(id: number, content: Uint8Array, size: number, policy: readonly PolicyEntry[]): void;
	delete(id: number): void;
	attest(id: number, freshness: Uint8Array, component?: keyof typeof rsaComponents): Transcript;
	/** Selects the security domain and opens its channel: the chip proves that it has the keys. */
	openSecurityDomain(keys: PlatformKeys): void;
	putKeys(data: Uint8Array): Uint8Array;
}
