// SPDX-License-Identifier: MIT
/** What tools that test devices take from the local AWS IoT Core: its scenarios, what it observes, and the certificates that it issues. */
export { type Issued, issueCertificate } from "./endpoint/authority.js";
export { parsePolicyDocument } from "./policy/document.js";
export { largeCertificateMessage } from "./scenario/certificate.js";
export type { Observation, PacketRule, PacketSender, PacketVerdict } from "./scenario/filter.js";
export type { Observer } from "./scenario/observer.js";
export { type ObservedPacket, packetType } from "./scenario/packet.js";
export { type CertificateDefect, type EndpointScenario, latePuback, only, passAll } from "./scenario/scenarios.js";
