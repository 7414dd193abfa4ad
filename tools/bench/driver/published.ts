// SPDX-License-Identifier: MIT
/**
 * NXP's own host stack, nano-package, on the way of cold start to signature with a certificate of 800 bytes at 400 kHz.
 * Its frames were counted from its sources (a read of 2, of 1 and of LEN + 2 bytes for each block, 500 bytes of a file in
 * a response, a raw read of 512 bytes when it opens), and each byte taken as 9 clocks; a NACKed poll is one byte.
 */
export const nanoPackage = {
	/** Milliseconds of the bus: open, UID, certificate, signature, close. */
	busTime: { open: 14.3, uid: 1.15, certificate: 19.8, sign: 3.1, close: 0.3 },
	/** Milliseconds that it sleeps on that way: 1 ms before each write and in each loop of reads, 5 ms when it opens. */
	sleeps: 34,
	/** Milliseconds until it notices that a signature of 48 ms is done. */
	wakeUpDelay: 5,
	/** The same scenario with its SSS API: SELECT, UID, ReadSize, ReadType, …; commands. */
	commands: 11,
	/** Bytes of text and of static RAM of its transport and APDU layer, -Os, x86-64. */
	text: 9900,
	staticMemory: 820,
} as const;

/** What this driver is to reach; the certificate has 800 bytes, the bus 400 kHz. */
export const targets = {
	busTime: 26.5,
	sleeps: 3,
	wakeUpDelay: 1,
	polls: 30,
	coldCommands: 4,
	reconnectCommands: 1,
	text: 4_985,
	staticMemory: 600,
	heap: 20 * 1024,
} as const;

export const certificateLength = 800;

/**
 * What NXP's stacks put on the wire from opening to closing with one signature, for certificates of these bytes: counted
 * from the sources of nano-package and of plug-and-trust's SSS API, NACKed polls not included. Bytes in are those clocked.
 */
export const publishedWire = [
	{
		certificate: 470,
		stack: "nano-package",
		commands: 5,
		writes: 10,
		reads: 28,
		bytesOut: 169,
		bytesIn: 934,
		busTime: 26,
	},
	{
		certificate: 600,
		stack: "nano-package",
		commands: 6,
		writes: 11,
		reads: 31,
		bytesOut: 197,
		bytesIn: 1075,
		busTime: 30,
	},
	{
		certificate: 600,
		stack: "SSS API",
		commands: 11,
		writes: 16,
		reads: 46,
		bytesOut: 277,
		bytesIn: 1141,
		busTime: 34,
	},
	{
		certificate: 1000,
		stack: "nano-package",
		commands: 6,
		writes: 12,
		reads: 34,
		bytesOut: 202,
		bytesIn: 1480,
		busTime: 39,
	},
] as const;
