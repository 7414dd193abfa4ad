// SPDX-License-Identifier: MIT
import joinWiFi from "platform/wifi";
import type { NetworkLinks } from "../platform/link.js";
import joinEthernet from "./ethernet.js";

/** The networks of a build with Ethernet, in place of esp32/platform/links.ts. */
export const links: NetworkLinks = Object.freeze({ wifi: joinWiFi, ethernet: joinEthernet });
