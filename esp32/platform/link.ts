// SPDX-License-Identifier: MIT
/** What Wi-Fi and Ethernet have in common for the rest of the platform. */
export interface NetworkLinkOptions {
	/** Name of the Wi-Fi network. */
	ssid: string;
	/** "" for an open network. */
	password: string;
	report(event: string, fields?: Readonly<Record<string, string | number | boolean | undefined>>): void;
	/** There is an address: for the first time, and after each loss. */
	onLinked(): void;
	/** The address is gone. */
	onUnlinked(): void;
}

/** Brings a network interface up and keeps it up. @throws Error for a setting that is missing or wrong */
export type JoinLink = (options: NetworkLinkOptions) => void;
