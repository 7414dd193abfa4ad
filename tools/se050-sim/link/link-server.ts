// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { chmodSync, existsSync, lstatSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { dirname, resolve as resolvePath } from "node:path";
import { systemCode, UserError } from "../../lib/user-error.js";
import { HostConnection, type HostConnectionOptions, refuse } from "./host-connection.js";
import { SerialLink } from "./serial-link.js";

/** Where the simulator listens: a Unix-domain socket, or TCP (port 0: any that is free). */
export type Endpoint = ({ path: string } | { host: string; port: number }) & {
	/** A host is at the end of a serial line, as an emulated board's: a new one may begin on the connection that is open. */
	isLine?: boolean;
};

/** An emulator that stands still may pause for longer than a serial line does, in milliseconds; less than hosts wait. */
const longestPauseOfEmulator = 1_000;

/** Longest path of a Unix-domain socket on Linux, in bytes (unix(7): 108 with the zero byte). */
const longestSocketPath = 107;

/** How long a new host waits for the last one's connection to be taken down, in milliseconds. */
const handoverTime = 200;

/** Listens for one host at a time and carries its requests to the bus. */
export class LinkServer {
	readonly #options: HostConnectionOptions;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();
	#host: Socket | undefined;
	#isLine = false;

	constructor(options: HostConnectionOptions) {
		this.#options = options;
		this.#server = createServer(socket => void this.#accept(socket));
	}

	/** Starts to listen and gives the bus address (`sim:…`). Throws UserError. */
	async listen(endpoint: Endpoint): Promise<string> {
		this.#isLine = endpoint.isLine ?? false;
		if ("path" in endpoint) return this.#listenAtPath(resolvePath(endpoint.path));
		try {
			await this.#bind(endpoint);
		} catch (error) {
			throw tcpError(endpoint, error);
		}
		return `sim:${endpoint.host}:${(this.#server.address() as AddressInfo).port}`;
	}

	/** Drops the host and stops listening; a socket file is removed. */
	async close(): Promise<void> {
		const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
		for (const socket of this.#sockets) socket.destroy();
		await closed;
	}

	async #listenAtPath(path: string): Promise<string> {
		if (Buffer.byteLength(path) > longestSocketPath)
			throw new UserError(
				`The socket's path has ${Buffer.byteLength(path)} bytes, and a Unix-domain socket takes ${longestSocketPath}: choose a shorter one than ${path}.`,
			);
		try {
			await this.#bind({ path });
		} catch (error) {
			if (systemCode(error) !== "EADDRINUSE" || !(await isLeftover(path))) throw pathError(path, error);
			rmSync(path, { force: true });
			await this.#bind({ path }).catch((again: unknown) => {
				throw pathError(path, again);
			});
		}
		chmodSync(path, 0o600);
		return `sim:${path}`;
	}

	#bind(endpoint: Endpoint): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#server.once("error", reject);
			this.#server.listen(endpoint, () => {
				this.#server.off("error", reject);
				resolve();
			});
		});
	}

	async #accept(socket: Socket): Promise<void> {
		socket.on("error", () => {}); // a host that died; "close" follows
		this.#sockets.add(socket);
		socket.once("close", () => this.#sockets.delete(socket));
		await this.#handover();
		if (socket.destroyed) return;
		if (this.#host) {
			refuse(socket, this.#options.now(), "another host is connected to this chip: wait until it ends, or end it");
			return;
		}
		this.#host = socket;
		socket.once("close", () => (this.#host = undefined));
		if (this.#isLine) new SerialLink(socket, this.#options, { longestPause: longestPauseOfEmulator });
		else new HostConnection(socket, this.#options);
	}

	/** Lets a host go that has hung up already: the news of it may come after the next host. */
	async #handover(): Promise<void> {
		const host = this.#host;
		if (host) await once(host, "close", { signal: AbortSignal.timeout(handoverTime) }).catch(() => {});
	}
}

/** Whether a path is a socket at which nobody listens: a process that was killed leaves it there. */
function isLeftover(path: string): Promise<boolean> {
	if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return Promise.resolve(false);
	return new Promise(resolve => {
		const socket = connect(path, () => {
			socket.destroy();
			resolve(false);
		});
		socket.once("error", error => resolve(systemCode(error) === "ECONNREFUSED"));
	});
}

function pathError(path: string, error: unknown): UserError {
	switch (systemCode(error)) {
		case "EADDRINUSE":
			return new UserError(
				`${path} is in use: another simulator listens there, or it is not a socket; stop the simulator or choose another path.`,
			);
		case "ENOENT":
		case "EACCES": // what libuv makes of a missing folder
			if (!existsSync(dirname(path)))
				return new UserError(`There is no folder for the socket ${path}: create it first.`);
			return new UserError(`The socket ${path} may not be created: check the folder's permissions.`);
		default:
			return new UserError(`Cannot listen at ${path} (${(error as Error).message}): choose another path.`);
	}
}

function tcpError({ host, port }: { host: string; port: number }, error: unknown): UserError {
	switch (systemCode(error)) {
		case "EADDRINUSE":
			return new UserError(`Port ${port} of ${host} is in use: choose another, or 0 for any that is free.`);
		case "EACCES":
			return new UserError(`Port ${port} of ${host} may not be used: choose one above 1023.`);
		default:
			return new UserError(
				`Cannot listen at ${host}:${port} (${(error as Error).message}): use 127.0.0.1 and a free port.`,
			);
	}
}
