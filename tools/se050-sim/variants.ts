import { fromHex } from "./bytes.js";
import { OBJECT_ID } from "./codes.js";
import { type Latency, SE050C_LATENCY } from "./latency.js";
import type { Platform } from "./commands/command.js";
import { DEFAULT_KEYS } from "./scp03/default-keys.js";
import type { CounterRule } from "./scp03/secure-channel.js";

/** Which of the manufacturer's intermediate CAs issues a certificate. */
export type Issuer = "attestation" | "connectivity";

/** A key pair and its certificate that the factory puts into a chip. */
export interface ProvisionedPair {
	key: number;
	certificate: number;
	issuer: Issuer;
	/** Common name of the certificate's subject, in front of the UID. */
	commonName: string;
	/** The certificate's serial number is the UID and these two bytes. */
	serialSuffix: number;
	/** A subject alternative name of type dNSName, the same on every chip. */
	alternativeName?: string;
}

/** What tells one part of the family from another. */
export interface Variant {
	name: string;
	/** SELECT and GetVersion: major, minor, patch, applet configuration (2), secure box (2). */
	version: Uint8Array;
	atr: Uint8Array;
	/** Identifier of the configuration, as IDENTIFY shows it (AN12436). */
	oef: number;
	/** How the counter of an SCP03 channel goes on. */
	counterRule: CounterRule;
	/** Whether commands in the clear are refused from the factory on. */
	scp03Required: boolean;
	/** Longest command APDU, in bytes. */
	commandBuffer: number;
	/** Longest value that one answer carries, in bytes. */
	responseValue: number;
	/** Free memory of a chip as it left the factory, in bytes. */
	memory: { persistent: number; transientReset: number; transientDeselect: number };
	/** Computing time after which a S(WTX request) comes, in microseconds; under the ATR's BWT of 1 s. */
	waitingTime: number;
	latency: Latency;
	provisioned: readonly ProvisionedPair[];
}

/**
 * SE050C1, applet 3.1.1. ATR: as captured from a part (version 0, NXP's RID, BWT 1000 ms, IFSC 254, 1000 kHz,
 * "JCOP4 ATPO"). Version, buffer sizes and free memory: as benched on SE050C 3.1.1. OEF A200: NXP's key header.
 */
export const SE050C: Variant = {
	name: "SE050C1",
	version: fromHex("030101 6FFF 010B"),
	atr: fromHex("00 A000000396 04 03E800FE 02 0B 03E8080100000000640000 0A 4A434F5034204154504F"),
	oef: 0xA200,
	counterRule: "commands with data",
	scp03Required: false,
	commandBuffer: 892,
	responseValue: 880,
	memory: { persistent: 31304, transientReset: 575, transientDeselect: 560 },
	waitingTime: 950_000,
	latency: SE050C_LATENCY,
	provisioned: [
		{ key: OBJECT_ID.dieIndividualKey, certificate: OBJECT_ID.dieIndividualCertificate, issuer: "connectivity", commonName: "Conn", serialSuffix: 0x0001 },
		{ key: OBJECT_ID.attestationKey, certificate: OBJECT_ID.attestationCertificate, issuer: "attestation", commonName: "Attest", serialSuffix: 0x0002 },
		{ key: OBJECT_ID.cloudKey, certificate: OBJECT_ID.cloudCertificate, issuer: "connectivity", commonName: "Cloud0", serialSuffix: 0x0003, alternativeName: "se050.simulated.invalid" },
	],
};

/** Platform settings of a part as it leaves the factory. */
export function factoryPlatform({ name, oef, scp03Required }: Variant): Platform {
	const keys = DEFAULT_KEYS.get(oef);
	if (!keys)
		throw new Error(`no platform SCP03 keys are known for ${name}`);
	return { keys, scp03Required };
}

/** Variants by the name that a chip's state file holds. */
export const VARIANTS: ReadonlyMap<string, Variant> = new Map([[SE050C.name, SE050C]]);
