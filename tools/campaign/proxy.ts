import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";

/** A socket in front of the simulator: each connection is announced before its first byte goes on. */
export class Proxy {
	readonly #server: Server;

	private constructor(server: Server) {
		this.#server = server;
	}

	/** @param target the simulator's socket; @param onConnection called before a connection reaches it */
	static async listen(path: string, target: string, onConnection: () => void): Promise<Proxy> {
		const server = createServer(host => {
			onConnection();
			const chip = connect(target);
			const end = () => {
				host.destroy();
				chip.destroy();
			};
			host.on("error", end).on("close", end).pipe(chip);
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
