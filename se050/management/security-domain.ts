// SPDX-License-Identifier: MIT
import { type Command, decodeResponse, encodeCommand } from "../apdu.js";
import type { Transceiver } from "../applet.js";
import { type ChannelCounting, type PlatformKeys, withChannelKeys } from "../scp03.js";
import { StatusError, success } from "../status.js";

/** The security domain that holds the keys of Platform SCP03 (NXP's nano-package, SSD_NAME). */
const aid = [0xd2, 0x76, 0x00, 0x00, 0x85, 0x30, 0x4a, 0x43, 0x4f, 0x90, 0x03];

const select: Command = { name: "SELECT security domain", cla: 0x00, ins: 0xa4, p1: 0x04, p2: 0x00, response: "short" };

/**
 * PUT KEY of three keys in one command, beginning with the first (GlobalPlatform Card Specification 2.3, 11.8; P1 the version that is
 * replaced, P2 = 80 | key identifier 1).
 */
const putKey: Command = { name: "PUT KEY", cla: 0x80, ins: 0xd8, p1: 0x0b, p2: 0x81, response: "short" };

/** The keys of Platform SCP03, as they are replaced. */
export class SecurityDomain {
	readonly #link: Transceiver;

	constructor(link: Transceiver) {
		this.#link = link;
	}

	/**
	 * Resets the link, selects the security domain and opens its secure channel: the chip proves that it has these keys.
	 * @throws {LinkError} SCP03_WRONG_KEYS: the chip has other keys; nothing was sent that counts as a failed try
	 */
	open(keys: PlatformKeys, counting: ChannelCounting): void {
		this.#link.reset?.();
		this.#command(select, Uint8Array.from(aid));
		withChannelKeys(keys, bytes => this.#link.secure?.(bytes, counting));
	}

	/**
	 * Replaces all three keys, for good, inside the channel that is open. Sent once: when the response is lost, which keys the
	 * chip has is found out by opening a channel.
	 * @param data the key version, then ENC, MAC and DEK: type 88, 11, 10, the key under the present DEK, 03, check value
	 * @returns the key version and the three check values of what the chip has now
	 */
	putKeys(data: Uint8Array): Uint8Array {
		return this.#command({ ...putKey, p1: data[0] ?? putKey.p1 }, data).slice();
	}

	#command(command: Command, data: Uint8Array): Uint8Array {
		const { data: answer, sw } = decodeResponse(new Uint8Array(this.#link.transceive(encodeCommand(command, data))));
		if (sw !== success) throw new StatusError(command.name, sw);
		return answer;
	}
}
