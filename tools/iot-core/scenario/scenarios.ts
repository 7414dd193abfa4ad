// SPDX-License-Identifier: MIT
import type { PacketRule, PacketSender, PacketVerdict } from "./filter.js";
import { type ObservedPacket, packetType } from "./packet.js";

/** What is wrong with the server's certificate. */
export const certificateDefects = ["untrusted-chain", "wrong-name", "expired", "large-certificate"] as const;
export type CertificateDefect = (typeof certificateDefects)[number];

/** A way in which the server misbehaves. */
export interface EndpointScenario {
	/** Shows this server certificate in place of the good one. */
	certificate?: CertificateDefect;
	/** Makes the rule of a connection; `connection` counts from 1. */
	packets?(connection: number): PacketRule;
	/** Publishes a message of AWS IoT's largest payload to each topic that a device subscribes to. */
	largeMessage?: boolean;
}

/** A random cut comes before so many packets of a connection, at the latest. */
const randomPackets = 40;

/** Lets every packet through. */
export const passAll: PacketRule = () => "pass";

/** Judges the packets of one type and one sender; the others pass. */
export function only(type: number, sender: PacketSender, verdict: PacketVerdict): PacketRule {
	return (packet: ObservedPacket, from: PacketSender) => (packet.type === type && from === sender ? verdict : "pass");
}

/** Cuts the connection in the middle of a randomly chosen packet, CONNECT and CONNACK included. */
export function cutAtRandom(random: () => number = Math.random): PacketRule {
	let left = Math.floor(random() * randomPackets);
	return () => (left-- === 0 ? "cut" : "pass");
}

const withhold = (type: number): EndpointScenario => ({ packets: () => only(type, "server", "withhold") });

/** Each PUBACK of the server comes so many milliseconds late. */
export function latePuback(milliseconds: number): EndpointScenario {
	return { packets: () => only(packetType.PUBACK, "server", { late: milliseconds }) };
}

/** The scenarios of the command line: those that AWS IoT Device Advisor has, and those that a network has. */
export const scenarios = {
	"no-connack": withhold(packetType.CONNACK),
	"no-suback": withhold(packetType.SUBACK),
	"no-puback": withhold(packetType.PUBACK),
	"late-puback": latePuback(5_000),
	"no-pingresp": withhold(packetType.PINGRESP),
	"drop-after-connack": { packets: () => only(packetType.CONNACK, "server", "pass and cut") },
	"drop-at-random": { packets: () => cutAtRandom() },
	"untrusted-chain": { certificate: "untrusted-chain" },
	"wrong-name": { certificate: "wrong-name" },
	expired: { certificate: "expired" },
	"large-certificate": { certificate: "large-certificate" },
	"large-messages": { largeMessage: true },
} as const satisfies Record<string, EndpointScenario>;

export type ScenarioName = keyof typeof scenarios;
export const scenarioNames = Object.keys(scenarios) as ScenarioName[];
