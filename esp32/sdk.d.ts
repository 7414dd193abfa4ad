// SPDX-License-Identifier: MIT
/** What @moddable/typings 5.6.0 lacks of SDK 8.2.3: the ECMA-419 network interfaces, as far as esp32/platform/ uses it. */
declare module "embedded:network/interface/wifi" {
	interface Options {
		onChanged?(this: WiFi, property: string): void;
	}

	/** modules/io/wifi/esp32: `connection` is 200 without a network, 400 when joined, 500 with an address. */
	class WiFi {
		constructor(options: Options);
		connect(options: { SSID: string; password?: string }): void;
		disconnect(): void;
		close(): void;
		readonly connection: number;
		readonly address: string | undefined;
		readonly RSSI: number | undefined;
	}

	export { WiFi as default };
}

declare module "embedded:network/interface/ethernet" {
	/** modules/io/ethernet/esp32: `connection` is 200 without a link, 300 asking for an address, 400 linked, 500 with an address. */
	class Ethernet {
		constructor(options: { onChanged?(this: Ethernet, property: string): void });
		connect(): void;
		readonly connection: number;
		readonly address: string | undefined;
	}

	export { Ethernet as default };
}
