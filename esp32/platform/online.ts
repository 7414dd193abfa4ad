// SPDX-License-Identifier: MIT
import WiFi from "embedded:network/interface/wifi";
import SNTP from "sntp";
import Time from "time";
import Timer from "timer";
import { Clock } from "./clock.js";
import { Disconnection } from "./disconnection.js";
import { network } from "./network.js";
import { explainDisconnection } from "./reasons.js";
import { Station } from "./station.js";

type Report = (event: string, fields?: Readonly<Record<string, string | number | boolean | undefined>>) => void;

/**
 * Joins the Wi-Fi network, sets the clock, then calls `then`, once. Goes on joining after each loss.
 * @param config mc/config: ssid, password, sntp
 * @throws Error for a setting that is missing or wrong
 */
export default function online(config: Readonly<Record<string, unknown>>, report: Report, then: () => void): void {
	const { ssid, password, timeServer } = network(config);
	const timer = {
		set: (callback: () => void, milliseconds: number) => Timer.set(callback, milliseconds),
		clear: (id: Timer) => Timer.clear(id),
	};
	const clock = new Clock({
		io: SNTP,
		server: timeServer,
		set: seconds => Time.set(seconds),
		timer,
		report,
		onSet: then,
	});
	const disconnection = new Disconnection();
	new Station({
		io: WiFi,
		ssid,
		password,
		timer,
		report,
		reason: () => disconnection.reason,
		explain: explainDisconnection,
		onOnline: () => clock.start(),
	});
	disconnection.watch();
}
