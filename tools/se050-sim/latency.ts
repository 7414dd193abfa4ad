/** How long the chip computes, in microseconds. */
export interface Latency {
	/** From power or chip reset until the chip acknowledges its address. */
	boot: number;
	/** Any block that needs no applet: R-blocks, S-blocks, one more block of a chain. */
	block: number;
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
	/** The private operation of RSA 2048. */
	rsa: number;
	keyAgreement: number;
	/** Each of the two commands that open an SCP03 channel. */
	handshake: number;
	/** Added to each command under secure messaging. */
	secureMessaging: number;
	/** Writing non-volatile memory: once, and for each byte. */
	write: number;
	writeByte: number;
}

/**
 * SE050C. Measured by others: `sign` (OpenMV, SE050C on an RT1062: 48 ms), `write` (microReticulum's bench of an
 * SE050E2: an EC key written in 33.7 ms), `wake` (datasheet rev. 3.8: 97 µs from power-down by I2C), `boot` (NXP's
 * reset waits 3 ms after ENA). `verify` equals `sign`, as in wolfSSL's benchmark of the part (102.9 ms both, with NXP's
 * middleware). `generateKey` lies in the range that users see (60 to 100 ms). `rsa` and
 * `keyAgreement` are estimates (X25519: 54.6 ms in microReticulum's bench). The rest is of the right order only: the
 * interface's answers come within "a few milliseconds", and nobody publishes them one by one.
 */
export const SE050C_LATENCY: Latency = {
	boot: 3000,
	block: 300,
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
	keyAgreement: 55_000,
	handshake: 20_000,
	secureMessaging: 3000,
	write: 33_700,
	writeByte: 10,
};

/** A chip that computes in no time: what is left is the wire and the host's own waiting. */
export const INSTANT_LATENCY: Latency = {
	boot: 0, block: 0, wake: 0, command: 0, select: 0, read: 0, readByte: 0, random: 0, randomByte: 0,
	sign: 0, verify: 0, generateKey: 0, rsa: 0, keyAgreement: 0, handshake: 0, secureMessaging: 0, write: 0, writeByte: 0,
};
