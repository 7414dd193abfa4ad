// SPDX-License-Identifier: MIT

import { concat, fromHex } from "../../lib/bytes.js";
import { objectIds } from "../applet/codes.js";
import type { PlatformState } from "../applet/commands/command.js";
import { type Latency, se050cLatency } from "../bus/latency.js";
import { defaultKeys } from "../card/scp03/default-keys.js";
import type { CounterRule } from "../card/scp03/secure-channel.js";
import { allParameters, curveByName } from "../crypto/curves.js";
import { systemRandom } from "../crypto/random.js";

/** Which of the manufacturer's intermediate CAs issues a certificate. */
export type Issuer = "attestation" | "connectivity";

/** A key pair and its certificate that the factory puts into a chip. */
export interface ProvisionedPair {
	type: "ec" | "rsa";
	/** Of an RSA key, in bits. */
	size?: number;
	key: number;
	/** Absent: the factory puts none there. */
	certificate?: number;
	issuer: Issuer;
	/** Common name of the certificate's subject, in front of the UID. */
	commonName: string;
	/** The certificate's serial number is the UID and these two bytes. */
	serialSuffix: number;
	/** A subject alternative name of type dNSName, the same on every chip. */
	alternativeName?: string;
}

/** What distinguishes one part of the family from another. */
export interface ChipVariant {
	name: string;
	/** SELECT and GetVersion: major, minor, patch, applet configuration (2), secure box (2). */
	version: Uint8Array;
	atr: Uint8Array;
	/** Identifier of the configuration, as IDENTIFY shows it (AN12436). */
	oef: number;
	/** Which keys the applet works with. */
	features: { ec: boolean; rsa: boolean };
	/** Whether IDENTIFY says that the part is in FIPS mode. */
	fips: boolean;
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
	/** Pairs that a part has too, which a simulated one has on request: their keys take seconds to make. */
	slowPairs: readonly ProvisionedPair[];
}

const pair = (
	type: "ec" | "rsa",
	key: number,
	issuer: Issuer,
	commonName: string,
	serial: number,
): ProvisionedPair => ({ type, key, certificate: key + 1, issuer, commonName, serialSuffix: serial });

const dieIndividual = pair("ec", objectIds.dieIndividualKey, "connectivity", "Conn", 0x0001);
const attestation = pair("ec", objectIds.attestationKey, "attestation", "Attest", 0x0002);
/** NXP's host library attests with this key on every part; some have no certificate of it. */
const uncertifiedAttestation: ProvisionedPair = {
	type: "ec",
	key: objectIds.attestationKey,
	issuer: "attestation",
	commonName: "",
	serialSuffix: 0,
};
const cloud = {
	...pair("ec", objectIds.cloudKey, "connectivity", "Cloud0", 0x0003),
	/* Found on real chips, the same on all of them. */
	alternativeName: "se050.simulated.invalid",
};
const secondCloud = pair("ec", objectIds.secondCloudKey, "connectivity", "Cloud1", 0x0004);
const rsaPair = (size: number, key: number, commonName: string, serial: number): ProvisionedPair => ({
	...pair("rsa", key, "connectivity", commonName, serial),
	size,
});
const rsaCloud = rsaPair(2048, objectIds.rsaCloudKey, "CloudRSA0", 0x0005);
const slowRsaPairs = [
	rsaPair(2048, objectIds.secondRsaCloudKey, "CloudRSA1", 0x0006),
	rsaPair(4096, objectIds.rsa4096CloudKey, "CloudRSA4096-0", 0x0007),
	rsaPair(4096, objectIds.secondRsa4096CloudKey, "CloudRSA4096-1", 0x0008),
];

/** The ATR of a part: version 0, NXP's RID, BWT 1000 ms, IFSC 254, 1000 kHz, and historical bytes. */
function atr(historical: string): Uint8Array {
	const bytes = new Uint8Array(Buffer.from(historical));
	return concat(fromHex("00 A000000396 04 03E800FE 02 0B 03E8080100000000640000"), Uint8Array.of(bytes.length), bytes);
}

/**
 * SE050C1, applet 3.1.1. ATR: as captured from a part ("JCOP4 ATPO"). Version, buffer sizes and free memory: as benched
 * on SE050C 3.1.1. OEF A200: NXP's key header.
 */
export const se050c: ChipVariant = {
	name: "SE050C1",
	version: fromHex("030101 6FFF 010B"),
	atr: atr("JCOP4 ATPO"),
	oef: 0xa200,
	features: { ec: true, rsa: true },
	fips: false,
	counterRule: "commands with data",
	scp03Required: false,
	commandBuffer: 892,
	responseValue: 880,
	memory: { persistent: 31304, transientReset: 575, transientDeselect: 560 },
	waitingTime: 950_000,
	latency: se050cLatency,
	provisioned: [dieIndividual, attestation, cloud, secondCloud, rsaCloud],
	slowPairs: slowRsaPairs,
};

/** An applet 7.2: buffers as benched on SE050E and SE051. The historical bytes' length is not published. */
const applet7: Pick<ChipVariant, "atr" | "counterRule" | "commandBuffer" | "responseValue"> = {
	atr: atr("eSE051"),
	counterRule: "every command",
	commandBuffer: 1024,
	responseValue: 1018,
};

/**
 * The family. Where no figure of a part is published it has the SE050C's. Configuration words: those of C, E, F and SE051
 * were seen on parts; A and B are the SE050C's without the bits of what they lack (NXP's `fsl_sss_ftr.h`: A has no RSA,
 * no Montgomery and no Edwards curves; AN12436: B has no elliptic curves). F is mandatory SCP03 and FIPS.
 */
const parts: readonly ChipVariant[] = [
	se050c,
	{
		...se050c,
		name: "SE050A1",
		oef: 0xa204,
		version: fromHex("030101 6F93 010B"),
		features: { ec: true, rsa: false },
		slowPairs: [],
		provisioned: [dieIndividual, uncertifiedAttestation, cloud, secondCloud],
	},
	{
		...se050c,
		name: "SE050A2",
		oef: 0xa205,
		version: fromHex("030101 6F93 010B"),
		features: { ec: true, rsa: false },
		slowPairs: [],
		provisioned: [dieIndividual, uncertifiedAttestation, cloud, secondCloud],
	},
	{
		...se050c,
		name: "SE050B1",
		oef: 0xa202,
		version: fromHex("030101 6FF0 010B"),
		features: { ec: false, rsa: true },
		provisioned: [rsaCloud],
	},
	{
		...se050c,
		name: "SE050B2",
		oef: 0xa203,
		version: fromHex("030101 6FF0 010B"),
		features: { ec: false, rsa: true },
		provisioned: [rsaCloud],
	},
	{ ...se050c, name: "SE050C2", oef: 0xa201 },
	{ ...se050c, name: "SE050ARD", oef: 0xa1f4 },
	{
		...se050c,
		name: "SE050D2",
		oef: 0xa43b,
		provisioned: [dieIndividual, uncertifiedAttestation, cloud, secondCloud, rsaCloud],
	},
	{
		...se050c,
		...applet7,
		name: "SE050E2",
		oef: 0xa921,
		version: fromHex("070200 3F9F FFFF"),
		features: { ec: true, rsa: false },
		memory: { persistent: 32767, transientReset: 796, transientDeselect: 784 },
		slowPairs: [],
		provisioned: [dieIndividual, attestation, cloud, secondCloud],
	},
	{ ...se050c, name: "SE050F2", oef: 0xa92a, version: fromHex("030600 61D2 010B"), fips: true, scp03Required: true },
	{
		...se050c,
		...applet7,
		name: "SE051C2",
		oef: 0xa8fa,
		version: fromHex("070200 3FFF FFFF"),
		memory: { persistent: 21000, transientReset: 605, transientDeselect: 592 },
	},
];

const randomKey = (): Uint8Array => systemRandom.bytes(16);

/** Platform settings of a part as it leaves the factory. Where NXP publishes no keys, they are the part's own. */
export function factoryPlatform({ features, oef, scp03Required }: ChipVariant): PlatformState {
	const keys = defaultKeys.get(oef) ?? { enc: randomKey(), mac: randomKey(), dek: randomKey() };
	const curves = new Map(features.ec ? [[curveByName["P-256"].id, allParameters]] : []);
	return { keys, scp03Required, curves };
}

/** Variants by the name that a chip's state file holds. */
export const variantTable: ReadonlyMap<string, ChipVariant> = new Map(parts.map(part => [part.name, part]));
