// SPDX-License-Identifier: MIT
import type { PlatformTimers } from "../platform/station.js";

/** The SDK's `embedded:network/interface/ethernet`, as far as it is used. */
export interface WiredInterface {
	/**
	 * ECMA-419 network interface, as the SDK's class has it: 200 no link, 300 asked to connect, with or without a link,
	 * 400 a link without an address, 500 connected.
	 */
	readonly connection: number;
	readonly address: string | undefined;
	connect(): void;
}

export interface WireOptions<Timer> {
	io: new (options: { onChanged(property: string): void }) => WiredInterface;
	timer: PlatformTimers<Timer>;
	report(event: string, fields?: Readonly<Record<string, string | number | undefined>>): void;
	/** There is an address: after the first link and after each later one. */
	onOnline(): void;
	/** The address is gone: after each `onOnline` once. */
	onOffline(): void;
}

/** How long link and address may take before that is said, in milliseconds: auto-negotiation and DHCP take 2 to 8 s. */
const patience = 30_000;

/** Cause and remedy, by the interface's `connection`. */
function whatIsMissing(connection: number): string {
	const noLink = "check the cable, the switch, and the pins and the address of the PHY";
	const noAddress = "check the DHCP server and how many addresses it has left";
	if (connection >= 400) return `there is a link but no address: ${noAddress}`;
	if (connection <= 200) return `there is no link: ${noLink}`;
	return `no address: if the port's lights are off, ${noLink}; otherwise ${noAddress}`;
}

/**
 * An Ethernet interface. The driver sees cable and link by itself, and the DHCP client asks forever: nothing is retried here.
 * What is missing for long is said, once for each loss.
 */
export class Wire<Timer> {
	readonly #options: WireOptions<Timer>;
	readonly #wire: WiredInterface;
	#isOnline = false;
	#timer: Timer | undefined;

	constructor(options: WireOptions<Timer>) {
		this.#options = options;
		options.report("join", { network: "ethernet" });
		this.#wire = new options.io({ onChanged: () => this.#changed() });
		this.#wait();
		this.#wire.connect();
		this.#changed();
	}

	#changed(): void {
		const isOnline = this.#wire.connection >= 500;
		if (isOnline === this.#isOnline) return;
		this.#isOnline = isOnline;
		if (isOnline) this.#joined();
		else this.#lost();
	}

	#joined(): void {
		const { report, onOnline, timer } = this.#options;
		if (this.#timer !== undefined) timer.clear(this.#timer);
		this.#timer = undefined;
		report("online", { address: this.#wire.address });
		onOnline();
	}

	#lost(): void {
		const { report, onOffline } = this.#options;
		const cause = this.#wire.connection >= 300 ? "the address was lost" : "the link was lost: check the cable";
		report("error", { step: "ethernet", message: `Ethernet: ${cause}.` });
		this.#wait();
		onOffline();
	}

	#wait(): void {
		const { timer, report } = this.#options;
		this.#timer = timer.set(() => {
			this.#timer = undefined;
			const cause = whatIsMissing(this.#wire.connection);
			report("error", { step: "ethernet", message: `Ethernet: ${cause}.` });
		}, patience);
	}
}
