// SPDX-License-Identifier: MIT
/** Why a Wi-Fi connection ended: wifi_err_reason_t of ESP-IDF v6.0 (esp_wifi_types_generic.h); below 200 it is IEEE 802.11's reason code. */
const sentences: Readonly<Record<number, string>> = Object.freeze({
	1: "the access point ended the connection and gave no reason",
	2: "the access point ended the authentication: the password may be wrong",
	3: "the access point ended the connection: it may have been switched off or restarted",
	4: "the access point dropped us for inactivity",
	5: "the access point serves as many stations as it can",
	6: "the access point no longer knows this station: it may have restarted",
	7: "the access point no longer knows this station: it may have restarted",
	8: "the access point ended the connection: it may have been switched off or restarted",
	12: "the access point asked this station to use another access point of the network",
	15: "the four-way handshake timed out: the password is wrong, or the signal is weak",
	23: "the 802.1X authentication failed: enterprise networks are not supported",
	34: "too many frames were not acknowledged: the signal is weak",
	200: "the access point's beacons were lost: out of range, or switched off",
	201: "no such network was found: check the name, that it is in reach and that it is on 2.4 GHz",
	202: "the authentication failed: check the password",
	203: "the association failed: the access point may be full",
	204: "the handshake timed out: the password is wrong, or the signal is weak",
	205: "the connection failed: the signal may be weak",
	206: "the access point restarted",
	210: "this build does not support the network's security: use WPA2 or WPA3 with a password, or an open network",
	211: "the network's security is weaker than asked for: it is open or WEP, and a password was given",
	212: "the network's signal is too weak",
});

/** Cause and remedy, as a sentence. */
export function explainDisconnection(reason: number, ssid: string): string {
	const cause = sentences[reason] ?? "check the name, the password and the signal";
	return `Wi-Fi "${ssid}": ${cause} (reason ${reason}).`;
}
