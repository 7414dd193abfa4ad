// SPDX-License-Identifier: MIT
import UDP from "embedded:io/socket/udp";
import Net from "net";
import { links } from "platform/links";
import Preference from "preference";
import Time from "time";
import type Timer from "timer";
import buildTime from "./build-time.js";
import { Clock } from "./clock.js";
import { randomBytes } from "./entropy.js";
import { Floor } from "./floor.js";
import { chooseLink, type NetworkLinkOptions } from "./link.js";
import { Presence } from "./presence.js";
import { Sntp, type SntpOptions } from "./sntp.js";
import { timers } from "./timers.js";

export interface OnlineOptions extends Omit<NetworkLinkOptions, "onLinked" | "onUnlinked"> {
	/** The setting `network`: what is built in. */
	network: unknown;
	/** Host name of the time server. */
	sntp: string;
	/** Jitter: uniform in [0, 1). */
	random(): number;
	/** There is an address, and the clock is right. Never called from within `online`. */
	onOnline(): void;
	/** The address is gone. */
	onOffline(): void;
}

/** The network as the application sees it. */
export interface Online {
	/** A server's certificate did not fit the clock: the time is asked for again. */
	doubtTime(): void;
	/** A verified certificate says that it is at least this time: seconds since 1970. */
	confirmTime(seconds: number): void;
}

/** The names of what the network needs among the settings. @param network the setting of that name */
export function neededSettings(network: unknown): readonly "ssid"[] {
	return network === "ethernet" ? [] : ["ssid"];
}

/**
 * Brings the network up, sets the clock, and reports each time when both are there and when the address is lost. Goes on forever.
 * @throws Error for a setting that is missing or wrong
 */
export default function online(options: OnlineOptions): Online {
	const { network, sntp: server, ssid, password, report, random, onOnline, onOffline } = options;
	const join = chooseLink(links, network);
	const floor = new Floor(buildTime(), Preference);
	const sntp = new Sntp({
		io: UDP as unknown as SntpOptions<Timer>["io"], // the typings lack its close()
		resolve: (host, onResolved) => Net.resolve(host, (_name, address) => onResolved(address)),
		random: randomBytes,
		now: () => Time.ticks,
		timer: timers,
	});
	const clock = new Clock({
		ask: (host, onAnswer) => sntp.ask(host, onAnswer),
		server,
		floor: () => floor.seconds,
		set: seconds => Time.set(seconds),
		timer: timers,
		random,
		report,
		onSet: () => presence.timed(),
	});
	const presence: Presence = new Presence({
		isTimeSet: () => clock.isSet,
		askTime: () => clock.start(),
		onOnline,
		onOffline,
	});
	join({ ssid, password, report, onLinked: () => presence.linked(), onUnlinked: () => presence.unlinked() });
	return { doubtTime: () => clock.doubt(), confirmTime: seconds => floor.confirm(seconds) };
}
