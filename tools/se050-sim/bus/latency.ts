// SPDX-License-Identifier: MIT
import { curveByName, type NamedCurve } from "../crypto/curves.js";

/** How long the chip computes, in microseconds. */
export interface Latency {
	/** From power or chip reset until the chip acknowledges its address. */
	boot: number;
	/** Any block that needs no applet: R-blocks, S-blocks, one more block of a chain. */
	block: number;
	/** The R-block that acknowledges a block of a chained command. */
	acknowledge: number;
	/** Added to the first block after S(End of APDU session): the wake-up from power-down. */
	wake: number;
	/** A command that ends with an error, and what has no time of its own below. */
	command: number;
	select: number;
	/** Reading an object: once, and for each byte. */
	read: number;
	readByte: number;
	random: number;
	randomByte: number;
	sign: number;
	verify: number;
	generateKey: number;
	/** The private operation of RSA 2048; other sizes by `rsaTime`. */
	rsa: number;
	/** The public operation of RSA 2048. */
	rsaPublic: number;
	/** One test of a candidate for a prime of RSA 2048. */
	primeTest: number;
	/** Added to a read by attestation: one more digest; the signature has its own time. */
	attest: number;
	keyAgreement: number;
	verifyUserId: number;
	/** Each of the two commands that open an SCP03 channel. */
	handshake: number;
	/** Added to each command under secure messaging. */
	secureMessaging: number;
	/** Writing non-volatile memory: once, and for each byte. */
	write: number;
	writeByte: number;
}

/**
 * SE050C. `acknowledge` lies below the ATR's guard time of 100 µs: Nitrokey's driver, which runs on parts, reads this block
 * once after that time and does not try again. Measured by others: `sign` (OpenMV, SE050C on an RT1062: 48 ms), `write` (microReticulum's bench of an
 * SE050E2: an EC key written in 33.7 ms), `wake` (datasheet rev. 3.8: 97 µs from power-down by I2C), `boot` (NXP's
 * reset waits 3 ms after ENA), `verifyUserId` (PQ1's findings on an SE050: about 103 ms). `verify` equals `sign`, as in wolfSSL's benchmark of the part (102.9 ms both, with NXP's
 * middleware). `generateKey` lies in the range that users see (60 to 100 ms). `primeTest` is such
 * that a key of 2048 bits takes some 2.5 s and one of 4096 bits some 40 s: users see one of 1.5 s, and waits of 30 s.
 * `rsa`, `rsaPublic` and `keyAgreement` are estimates (X25519: 54.6 ms in microReticulum's bench). The rest is of the right order only: the
 * interface's answers come within "a few milliseconds", and nobody publishes them one by one.
 */
export const se050cLatency: Latency = {
	boot: 3000,
	block: 300,
	acknowledge: 90,
	wake: 97,
	command: 1500,
	select: 3000,
	read: 2000,
	readByte: 2,
	random: 3000,
	randomByte: 20,
	sign: 48_000,
	verify: 48_000,
	generateKey: 80_000,
	rsa: 150_000,
	rsaPublic: 10_000,
	primeTest: 22_000,
	attest: 2000,
	keyAgreement: 55_000,
	verifyUserId: 103_000,
	handshake: 20_000,
	secureMessaging: 3000,
	write: 33_700,
	writeByte: 10,
};

/** A chip that computes in no time: what is left is the wire and the host's own waiting. */
export const instantLatency: Latency = {
	boot: 0,
	block: 0,
	acknowledge: 0,
	wake: 0,
	command: 0,
	select: 0,
	read: 0,
	readByte: 0,
	random: 0,
	randomByte: 0,
	sign: 0,
	verify: 0,
	generateKey: 0,
	rsa: 0,
	rsaPublic: 0,
	primeTest: 0,
	attest: 0,
	keyAgreement: 0,
	verifyUserId: 0,
	handshake: 0,
	secureMessaging: 0,
	write: 0,
	writeByte: 0,
};

/** What takes some time on P-256 takes this on another curve: it grows with the cube of the length, an estimate. */
export const curveTime = (microseconds: number, curve: NamedCurve): number =>
	Math.round(microseconds * (curveByName[curve].fieldLength / 32) ** 3);

/** What takes some time with a key of 2048 bits takes this with another: it grows with the cube of the length. */
export const rsaTime = (microseconds: number, modulusLength: number): number =>
	Math.round(microseconds * (modulusLength / 256) ** 3);
