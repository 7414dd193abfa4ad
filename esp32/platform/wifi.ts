// SPDX-License-Identifier: MIT
import WiFi from "embedded:network/interface/wifi";
import { Disconnection } from "./disconnection.js";
import { stopEntropy } from "./entropy.js";
import type { NetworkLinkOptions } from "./link.js";
import { explainDisconnection } from "./reasons.js";
import { Station } from "./station.js";
import { timers } from "./timers.js";

/** Joins the Wi-Fi network, and joins it again after each loss. */
export default function joinWiFi({ ssid, password, report, onLinked, onUnlinked }: NetworkLinkOptions): void {
	const disconnection = new Disconnection();
	stopEntropy(); // the radio comes on
	new Station({
		io: WiFi,
		ssid,
		password,
		timer: timers,
		report,
		reason: () => disconnection.reason,
		explain: explainDisconnection,
		onOnline: onLinked,
		onOffline: onUnlinked,
	});
	disconnection.watch();
}
