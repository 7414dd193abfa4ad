// SPDX-License-Identifier: MIT
/** ECMA-419's host provider, globalThis.device, with what MQTT needs; in place of the SDK's example, whose name server is fixed. */

import TCP from "embedded:io/socket/tcp";
import MQTTClient from "embedded:network/mqtt/client";
import Net from "net";
import Timer from "timer";

interface Request {
	host: string;
	onResolved?: (this: Resolver, host: string, address: string) => void;
	onError?: (this: Resolver, host: string) => void;
}

/**
 * ECMA-419's name resolver over lwIP's, which asks the name servers that DHCP named. With the option `address` every name is
 * at that address: an endpoint that no name server knows, as the local AWS IoT Core.
 */
class Resolver {
	readonly #address: string | undefined;

	constructor({ address }: { address?: string }) {
		this.#address = address;
	}

	resolve({ host, onResolved, onError }: Request): void {
		const fixed = this.#address;
		if (fixed !== undefined) {
			Timer.set(() => onResolved?.call(this, host, fixed), 0);
			return;
		}
		Net.resolve(host, (_name, address) => {
			if (address) onResolved?.call(this, host, address);
			else onError?.call(this, host);
		});
	}

	close(): void {}
}

const mqtt = Object.freeze({
	io: MQTTClient,
	dns: Object.freeze({ io: Resolver }),
	socket: Object.freeze({ io: TCP }),
});

(globalThis as { device?: object }).device = Object.freeze({ network: Object.freeze({ mqtt }) });
