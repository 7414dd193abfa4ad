// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { splitMessage } from "../se050-sim/parts.js";

/** What becomes of one connection. */
export interface Passage {
	/** The host dies when the simulator has so many of its requests; HELLO does not count. */
	dies?: number | undefined;
	/** A request goes on. */
	onRequest?(): void;
}

/** Calls back for each whole request in a stream of bytes. */
function requestCounter(onRequest: (count: number) => void): (chunk: Uint8Array) => void {
	let bytes: Uint8Array = new Uint8Array();
	let count = -1;
	return chunk => {
		bytes = Buffer.concat([bytes, chunk]);
		for (let message = splitMessage(bytes); message !== undefined; message = splitMessage(bytes)) {
			bytes = bytes.subarray(message.size);
			onRequest(++count);
		}
	};
}

/** A socket in front of the simulator: each connection is announced before its first byte goes on. */
export class Proxy {
	readonly #server: Server;

	private constructor(server: Server) {
		this.#server = server;
	}

	/** @param target the simulator's socket; @param onConnection called before a connection reaches it */
	static async listen(path: string, target: string, onConnection: () => Passage): Promise<Proxy> {
		const server = createServer(host => {
			const { dies = Infinity, onRequest } = onConnection();
			const chip = connect(target);
			const end = () => {
				host.destroy();
				chip.destroy();
			};
			const count = requestCounter(number => {
				onRequest?.();
				if (number >= dies) chip.unpipe(host).once("data", end).resume();
			});
			host.on("data", count).on("error", end).on("close", end).pipe(chip);
			chip.on("error", end).on("close", end).pipe(host);
		});
		server.listen(path);
		await once(server, "listening");
		return new Proxy(server);
	}

	close(): void {
		this.#server.close();
	}
}
