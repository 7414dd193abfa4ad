// SPDX-License-Identifier: MIT
import { connect, createServer, type Server, type Socket } from "node:net";

/** A SOCKS 5 proxy that brings every name to 127.0.0.1, so that a client can be given a name that no resolver knows. */
export class LoopbackProxy {
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();

	private constructor(server: Server) {
		this.#server = server;
	}

	static async start(): Promise<LoopbackProxy> {
		const server = createServer();
		const proxy = new LoopbackProxy(server);
		server.on("connection", client => void proxy.#serve(client));
		await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
		return proxy;
	}

	/** As mosquitto's clients take it: the proxy resolves the name. */
	get url(): string {
		const address = this.#server.address();
		return `socks5h://127.0.0.1:${typeof address === "object" ? address?.port : address}`;
	}

	close(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		return new Promise(resolve => this.#server.close(() => resolve()));
	}

	/** RFC 1928: method selection without authentication, then CONNECT to a domain name. */
	async #serve(client: Socket): Promise<void> {
		this.#keep(client);
		try {
			const [, methods = 0] = await take(client, 2);
			await take(client, methods);
			client.write(Buffer.from([5, 0]));
			const [, , , , nameLength = 0] = await take(client, 5);
			const target = await take(client, nameLength + 2);
			const upstream = connect(target.readUInt16BE(nameLength), "127.0.0.1", () => {
				client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
				client.pipe(upstream).pipe(client);
			});
			this.#keep(upstream);
		} catch {
			client.destroy();
		}
	}

	#keep(socket: Socket): void {
		this.#sockets.add(socket);
		socket.on("error", () => socket.destroy());
		socket.on("close", () => this.#sockets.delete(socket));
	}
}

/** Exactly so many bytes from the front of a connection. */
async function take(socket: Socket, length: number): Promise<Buffer> {
	for (;;) {
		const bytes = socket.read(length) as Buffer | null;
		if (bytes !== null) return bytes;
		await new Promise((resolve, reject) => {
			socket.once("readable", resolve);
			socket.once("close", reject);
		});
	}
}
