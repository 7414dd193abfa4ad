// SPDX-License-Identifier: MIT
import type { Socket } from "node:net";

/** The other end of a TCP connection. */
export interface Peer {
	address: string;
	/** Address and port, as in a URL. */
	name: string;
}

/** Who is at the other end of a connection that has just been made. */
export function peerOf({ remoteAddress = "", remotePort = 0 }: Socket): Peer {
	const host = remoteAddress.includes(":") ? `[${remoteAddress}]` : remoteAddress;
	return { address: remoteAddress, name: `${host}:${remotePort}` };
}
