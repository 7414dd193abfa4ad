import type { Server } from "node:net";

import { systemCode } from "./errors.js";

/** Nothing here is reachable from another machine. */
const IPV4_LOOPBACK = "127.0.0.1", IPV6_LOOPBACK = "::1";

/** A port that cannot be listened on; the message is the sentence that the operator reads. */
export class ListenError extends Error {
	override readonly name = "ListenError";
}

/**
 * Listens on the IPv4 and, where the machine has one, the IPv6 loopback address, on the same port.
 * @param servers makes one server for each address
 * @param port 0 for any
 * @param option names the command line's option in the error
 * @throws ListenError
 */
export async function listenOnLoopback(makeServer: () => Server, port: number, option: string): Promise<{ port: number; servers: Server[] }> {
	const first = makeServer();
	const chosen = await listen(first, IPV4_LOOPBACK, port, option);
	const second = makeServer();
	try {
		await listen(second, IPV6_LOOPBACK, chosen, option);
	} catch (error) {
		const code = error instanceof ListenError ? systemCode(error.cause) : undefined;
		// No IPv6 here; or a port of the system's choice that is taken on the other address.
		if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT" || port === 0)
			return { port: chosen, servers: [first] };
		first.close();
		throw error;
	}
	return { port: chosen, servers: [first, second] };
}

function listen(server: Server, host: string, port: number, option: string): Promise<number> {
	return new Promise((resolve, reject) => {
		server.once("error", cause => reject(new ListenError(sentence(host, port, option, cause), { cause })));
		server.listen({ host, port }, () => {
			const address = server.address();
			resolve(typeof address === "object" && address !== null ? address.port : port);
		});
	});
}

function sentence(host: string, port: number, option: string, cause: Error): string {
	const why = systemCode(cause) === "EADDRINUSE" ? "another program listens there" : cause.message;
	return `Port ${port} on ${host} cannot be used (${why}): stop it, or choose another port with ${option}.`;
}
