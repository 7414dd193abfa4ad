import { chmodSync, rmSync } from "node:fs";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import type { Bus } from "./bus.js";
import { concat } from "./bytes.js";
import { ProtocolError, type Request, RESPONSE, encodeResponse, parseRequest, splitMessage } from "./link-protocol.js";
import { UserError, systemCode } from "./user-error.js";

/** Where the simulator listens: a Unix-domain socket, or TCP (port 0: any that is free). */
export type Endpoint = { path: string } | { host: string; port: number };

/** Longest path of a Unix-domain socket on Linux, in bytes (unix(7): 108 with the zero byte). */
const LONGEST_SOCKET_PATH = 107;

export interface LinkServerOptions {
	bus: Bus;
	/** Simulated time in microseconds, for ERROR responses. */
	now(): number;
	/** Called when the bus failed: a file could not be written, a trace listener threw. The host has been told. */
	onError(error: unknown): void;
}

/** Listens for one host at a time and carries its requests to the bus. */
export class LinkServer {
	readonly #options: LinkServerOptions;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();
	#host: Socket | undefined;

	constructor(options: LinkServerOptions) {
		this.#options = options;
		this.#server = createServer(socket => this.#accept(socket));
	}

	/** Starts to listen and gives the bus address (`sim:…`). Throws UserError. */
	async listen(endpoint: Endpoint): Promise<string> {
		if ("path" in endpoint)
			return this.#listenAtPath(endpoint.path);
		try {
			await this.#bind(endpoint);
		}
		catch (error) {
			throw tcpError(endpoint, error);
		}
		return `sim:${endpoint.host}:${(this.#server.address() as AddressInfo).port}`;
	}

	/** Drops the host and stops listening; a socket file is removed. */
	async close(): Promise<void> {
		const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
		for (const socket of this.#sockets)
			socket.destroy();
		await closed;
	}

	async #listenAtPath(path: string): Promise<string> {
		if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH)
			throw new UserError(`The socket's path has ${Buffer.byteLength(path)} bytes, and a Unix-domain socket takes ${LONGEST_SOCKET_PATH}: choose a shorter one than ${path}.`);
		try {
			await this.#bind({ path });
		}
		catch (error) {
			if (systemCode(error) !== "EADDRINUSE" || await isAlive(path))
				throw pathError(path, error);
			rmSync(path, { force: true });
			await this.#bind({ path }).catch((again: unknown) => { throw pathError(path, again); });
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

	#accept(socket: Socket): void {
		socket.on("error", () => {});	// a host that died; "close" follows
		this.#sockets.add(socket);
		socket.once("close", () => this.#sockets.delete(socket));
		if (this.#host) {
			this.#refuse(socket, "another host is connected to this chip");
			return;
		}
		this.#host = socket;
		socket.setNoDelay(true);
		socket.once("close", () => this.#host = undefined);
		void this.#serve(socket);
	}

	#refuse(socket: Socket, sentence: string): void {
		const text = new Uint8Array(Buffer.from(sentence));
		socket.end(encodeResponse(RESPONSE.error, this.#options.now(), text));
	}

	/** Answers one request after the other until the host goes, or breaks the protocol. */
	async #serve(socket: Socket): Promise<void> {
		let greeted = false;
		try {
			for await (const request of requests(socket)) {
				if (greeted === (request.type === "hello"))
					throw new ProtocolError(greeted ? "HELLO came twice" : "HELLO must come first");
				greeted = true;
				socket.write(await this.#options.bus.perform(request));
			}
		}
		catch (error) {
			if (socket.errored || socket.destroyed)
				return;
			this.#refuse(socket, (error as Error).message);
			if (!(error instanceof ProtocolError))
				this.#options.onError(error);
		}
	}
}

/** The requests in a stream of bytes. Throws ProtocolError. */
async function* requests(socket: Socket): AsyncGenerator<Request> {
	let buffered: Uint8Array = new Uint8Array(0);
	for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
		buffered = concat(buffered, chunk);
		for (let message = splitMessage(buffered); message; message = splitMessage(buffered)) {
			buffered = buffered.subarray(message.size);
			yield parseRequest(message.type, message.payload);
		}
	}
}

/** Whether somebody listens at a socket's path. */
function isAlive(path: string): Promise<boolean> {
	return new Promise(resolve => {
		const socket = connect(path, () => {
			socket.destroy();
			resolve(true);
		});
		socket.once("error", error => resolve(systemCode(error) !== "ECONNREFUSED"));
	});
}

function pathError(path: string, error: unknown): UserError {
	switch (systemCode(error)) {
		case "EADDRINUSE": return new UserError(`${path} is in use: another simulator listens there, or it is no socket; stop it or choose another path.`);
		case "ENOENT": return new UserError(`There is no folder for the socket ${path}: create it first.`);
		case "EACCES": return new UserError(`The socket ${path} may not be created: check the folder's permissions.`);
		default: return new UserError(`Cannot listen at ${path} (${(error as Error).message}): choose another path.`);
	}
}

function tcpError({ host, port }: { host: string; port: number }, error: unknown): UserError {
	switch (systemCode(error)) {
		case "EADDRINUSE": return new UserError(`Port ${port} of ${host} is in use: choose another, or 0 for any that is free.`);
		case "EACCES": return new UserError(`Port ${port} of ${host} may not be used: choose one above 1023.`);
		default: return new UserError(`Cannot listen at ${host}:${port} (${(error as Error).message}): use 127.0.0.1 and a free port.`);
	}
}
