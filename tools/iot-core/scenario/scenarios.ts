import type { PacketRule, Sender, Verdict } from "./filter.js";
import { PACKET_TYPE, type Packet } from "./packet.js";

/** What is wrong with the server's certificate. */
export const CERTIFICATE_DEFECTS = ["untrusted-chain", "wrong-name", "expired", "large-certificate"] as const;
export type CertificateDefect = typeof CERTIFICATE_DEFECTS[number];

/** A way to mistreat devices. */
export interface Scenario {
	/** Shows this server certificate in place of the good one. */
	certificate?: CertificateDefect;
	/** Makes the rule of a connection; `connection` counts from 1. */
	packets?(connection: number): PacketRule;
	/** Publishes a message of AWS IoT's largest payload to each topic that a device subscribes to. */
	largeMessage?: boolean;
}

/** A random cut comes before so many packets of a connection, at the latest. */
const RANDOM_PACKETS = 40;

/** Lets every packet through. */
export const PASS: PacketRule = () => "pass";

/** Judges the packets of one type and one sender; the others pass. */
export function only(type: number, sender: Sender, verdict: Verdict): PacketRule {
	return (packet: Packet, from: Sender) => packet.type === type && from === sender ? verdict : "pass";
}

/** Cuts the connection in the midst of a packet that is chosen by chance, CONNECT and CONNACK included. */
export function cutAtRandom(random: () => number = Math.random): PacketRule {
	let left = Math.floor(random() * RANDOM_PACKETS);
	return () => left-- === 0 ? "cut" : "pass";
}

const withhold = (type: number): Scenario => ({ packets: () => only(type, "server", "withhold") });

/** The scenarios of the command line: those that AWS IoT Device Advisor has, and those that a network has. */
export const SCENARIOS = {
	"no-connack": withhold(PACKET_TYPE.CONNACK),
	"no-suback": withhold(PACKET_TYPE.SUBACK),
	"no-puback": withhold(PACKET_TYPE.PUBACK),
	"no-pingresp": withhold(PACKET_TYPE.PINGRESP),
	"drop-after-connack": { packets: () => only(PACKET_TYPE.CONNACK, "server", "pass and cut") },
	"drop-at-random": { packets: () => cutAtRandom() },
	"untrusted-chain": { certificate: "untrusted-chain" },
	"wrong-name": { certificate: "wrong-name" },
	"expired": { certificate: "expired" },
	"large-certificate": { certificate: "large-certificate" },
	"large-messages": { largeMessage: true },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
