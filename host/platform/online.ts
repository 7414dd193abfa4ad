// SPDX-License-Identifier: MIT
import Timer from "timer";

export interface OnlineOptions {
	/** What a board's network needs, of no meaning here. */
	network: unknown;
	sntp: string;
	ssid: string;
	password: string;
	report(event: string, fields?: Readonly<Record<string, string | number | boolean | undefined>>): void;
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

/** The names of what the network needs among the settings: nothing here. */
export function neededSettings(_network: unknown): readonly "ssid"[] {
	return [];
}

/** Stand-in of esp32/platform/online.ts: a PC is in the network and knows the time. It calls back later, as a board does. */
export default function online({ onOnline }: OnlineOptions): Online {
	Timer.set(onOnline, 0);
	return { doubtTime() {}, confirmTime() {} };
}
