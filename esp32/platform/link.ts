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

/** The networks that a build can join, by the values of the setting `network`. */
export interface NetworkLinks {
	readonly wifi: JoinLink;
	/** Only in builds with a manifest of esp32/ethernet. */
	readonly ethernet?: JoinLink;
}

/** The network that the setting `network` names. @throws Error when it is not in this build */
export function chooseLink(links: NetworkLinks, network: unknown = "wifi"): JoinLink {
	if (network === "wifi") return links.wifi;
	if (network !== "ethernet") throw new Error(`The setting network=${String(network)} must be "wifi" or "ethernet".`);
	if (!links.ethernet)
		throw new Error(
			"The setting network=ethernet needs a build with Ethernet: give mcconfig the manifest of the board, as in mcconfig … esp32/ethernet/wt32-eth01/manifest.json.",
		);
	return links.ethernet;
}
