// SPDX-License-Identifier: MIT
import type { NetworkLinks } from "./link.js";
import joinWiFi from "./wifi.js";

/** The networks of a build without Ethernet; esp32/ethernet/links.ts takes this module's place in the others. */
export const links: NetworkLinks = Object.freeze({ wifi: joinWiFi });
