// SPDX-License-Identifier: MIT
import Ethernet from "embedded:network/interface/ethernet";
import { timers } from "platform/timers";
import type { NetworkLinkOptions } from "../platform/link.js";
import { Wire } from "./wire.js";

/** Brings the Ethernet interface up; the radio stays off, so the generator keeps its other source of entropy. */
export default function joinEthernet({ report, onLinked, onUnlinked }: NetworkLinkOptions): void {
	new Wire({ io: Ethernet, timer: timers, report, onOnline: onLinked, onOffline: onUnlinked });
}
