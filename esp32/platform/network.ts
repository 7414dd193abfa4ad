// SPDX-License-Identifier: MIT
/** Name and password of the Wi-Fi network. */
export interface Network {
	ssid: string;
	/** "" for an open network. */
	password: string;
}

/** IEEE 802.11-2020, 9.4.2.2: an SSID has 0 to 32 octets; an empty one is a wildcard. Here: UTF-16 units, which are never more. */
const maximumSsidLength = 32;
/** IEEE 802.11-2020, annex J.4: a passphrase has 8 to 63 characters; 64 hexadecimal digits are the key itself. */
const minimumPasswordLength = 8,
	maximumPasswordLength = 64;

function string(config: Readonly<Record<string, unknown>>, name: string): string {
	const value = config[name];
	return typeof value === "string" ? value : "";
}

/** Host name of the SNTP server, from mc/config. @throws Error that says how it is given */
export function timeServer(config: Readonly<Record<string, unknown>>): string {
	const name = string(config, "sntp");
	if (name === "") throw new Error('The setting "sntp" is empty: name a time server, mcconfig … sntp=pool.ntp.org');
	return name;
}

/** Reads mc/config. @throws Error that names the setting, what is wrong with it and how it is given */
export function network(config: Readonly<Record<string, unknown>>): Network {
	const ssid = string(config, "ssid"),
		password = string(config, "password");
	if (ssid === "")
		throw new Error(
			'The setting "ssid" is missing: give the name of the Wi-Fi network on the command line that builds the firmware, mcconfig … ssid=… password=…',
		);
	if (ssid.length > maximumSsidLength)
		throw new Error(
			`The setting ssid=${ssid} is too long for the name of a Wi-Fi network: it has more than ${maximumSsidLength} bytes.`,
		);
	if (password !== "" && (password.length < minimumPasswordLength || password.length > maximumPasswordLength))
		throw new Error(
			`The setting "password" has ${password.length} characters; a Wi-Fi password has ${minimumPasswordLength} to 63, or none for an open network.`,
		);
	return { ssid, password };
}
