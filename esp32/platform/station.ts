// SPDX-License-Identifier: MIT
/** The SDK's `timer`, as far as it is used. */
export interface PlatformTimers<Timer> {
	set(callback: () => void, milliseconds: number): Timer;
	clear(timer: Timer): void;
}

/** The SDK's `embedded:network/interface/wifi`, as far as it is used. */
export interface Interface {
	/** ECMA-419 network interface: 200 and below not connected, 300 connecting, 400 without an address, 500 and above connected. */
	readonly connection: number;
	readonly address: string | undefined;
	readonly RSSI: number | undefined;
	connect(options: { SSID: string; password?: string }): void;
	disconnect(): void;
}

export interface InterfaceConstructor {
	new (options: { onChanged(property: string): void }): Interface;
}

export interface StationOptions<Timer> {
	io: InterfaceConstructor;
	ssid: string;
	/** "" for an open network. */
	password: string;
	/** Why the last connection ended: a number of wifi_err_reason_t, or 0. */
	reason(): number;
	/** Cause and remedy of such a number, as a sentence. */
	explain(reason: number, ssid: string): string;
	timer: PlatformTimers<Timer>;
	report(event: string, fields?: Readonly<Record<string, string | number | undefined>>): void;
	/** There is an address: after the first join and after each later one. */
	onOnline(): void;
	/** The address is gone: after each `onOnline` once. */
	onOffline(): void;
}

/** From the request to an address, in milliseconds: a scan of all channels, four-way handshake and DHCP take 2 to 8 s. */
const joinTimeout = 30_000;
/**
 * Milliseconds before the next attempt: doubles up to the longest. Once joined, name and password are known to be right, and
 * it stays the shortest, for an echo soon after the access point's return. One access point serves one house: no jitter.
 */
const shortestDelay = 1_000,
	longestDelay = 30_000;

/** Joins a Wi-Fi network, and joins it again forever. */
export class Station<Timer> {
	readonly #options: StationOptions<Timer>;
	readonly #wifi: Interface;
	#state: "joining" | "online" | "waiting" = "waiting";
	#delay = shortestDelay;
	#longestDelay = longestDelay;
	#timer: Timer | undefined;

	constructor(options: StationOptions<Timer>) {
		this.#options = options;
		this.#wifi = new options.io({ onChanged: () => this.#changed() });
		this.#join();
	}

	#join(): void {
		const { ssid, password, report } = this.#options;
		this.#state = "joining";
		report("join", { ssid });
		this.#after(joinTimeout, () => this.#giveUp());
		try {
			this.#wifi.connect(password === "" ? { SSID: ssid } : { SSID: ssid, password });
		} catch (error) {
			this.#failed(`The Wi-Fi driver does not take the request: ${(error as Error).message}.`);
		}
	}

	#changed(): void {
		const { connection } = this.#wifi;
		if (connection >= 500) this.#joined();
		else if (connection <= 200 && this.#state !== "waiting") this.#lost();
		else if (connection > 200 && this.#state === "online") this.#addressLost();
	}

	/** Still joined, but the lease is gone. */
	#addressLost(): void {
		this.#state = "joining";
		this.#after(joinTimeout, () => this.#giveUp());
		this.#options.onOffline();
	}

	#joined(): void {
		if (this.#state === "online") return;
		const { report, onOnline } = this.#options;
		const { address, RSSI: rssi } = this.#wifi;
		this.#state = "online";
		this.#delay = shortestDelay;
		this.#longestDelay = shortestDelay;
		this.#stopTimer();
		report("online", { address, rssi });
		onOnline();
	}

	#lost(): void {
		const { reason, explain, ssid } = this.#options;
		this.#failed(explain(reason(), ssid));
	}

	#giveUp(): void {
		const { ssid } = this.#options;
		const isJoined = this.#wifi.connection >= 400;
		this.#state = "waiting";
		this.#wifi.disconnect();
		this.#failed(
			isJoined
				? `"${ssid}" took us in but gave no address within ${joinTimeout / 1_000} s: check its DHCP server and how many addresses it has left.`
				: `"${ssid}" did not answer within ${joinTimeout / 1_000} s: check that it is in reach and on 2.4 GHz.`,
		);
	}

	#failed(message: string): void {
		const { report, onOffline } = this.#options;
		const delay = this.#delay,
			wasOnline = this.#state === "online";
		this.#state = "waiting";
		this.#delay = Math.min(this.#longestDelay, delay * 2);
		report("error", { step: "wifi", message });
		report("retry", { seconds: (delay / 1_000).toFixed(3) });
		this.#after(delay, () => this.#join());
		if (wasOnline) onOffline();
	}

	#after(milliseconds: number, callback: () => void): void {
		this.#stopTimer();
		this.#timer = this.#options.timer.set(() => {
			this.#timer = undefined;
			callback();
		}, milliseconds);
	}

	#stopTimer(): void {
		if (this.#timer !== undefined) this.#options.timer.clear(this.#timer);
		this.#timer = undefined;
	}
}
