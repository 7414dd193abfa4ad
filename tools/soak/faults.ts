// SPDX-License-Identifier: MIT
/** How a connection of a device is ended: a name, and what happens. */
export const faults = {
	handshake: "the TCP connection ends in the middle of the TLS handshake",
	connack: "the TCP connection ends right after CONNACK",
	puback: "a PUBLISH of the device arrives, the TCP connection ends before its PUBACK",
	record: "the TCP connection ends in the middle of a TLS record to the device",
	takeover: "another client connects with the device's client id",
	reset: "the TCP connection is reset",
	silence: "nothing passes any more, and nobody says so: a half-open connection",
	disconnect: "the endpoint ends the connection in good order",
} as const;

export type ConnectionFault = keyof typeof faults;
export const faultNames = Object.keys(faults) as readonly ConnectionFault[];

/** One end of a connection. */
export interface Planned {
	fault: ConnectionFault;
	/** How far the connection may come before, from 0 to 1 of what the fault has as its longest. */
	point: number;
}

/**
 * The ends of a device's connections, in their order. Every fault comes as often as every other, give or take one.
 * @param first the fault that may come once more than others, by its place in the list
 * @param random uniform in [0, 1)
 */
export function plan(count: number, first: number, random: () => number): Planned[] {
	const ends = Array.from({ length: count }, (_, index) => ({
		fault: faultNames[(first + index) % faultNames.length]!,
		point: random(),
	}));
	for (let index = ends.length - 1; index > 0; index--) {
		const other = Math.floor(random() * (index + 1));
		[ends[index], ends[other]] = [ends[other]!, ends[index]!];
	}
	return ends;
}
