// SPDX-License-Identifier: MIT
import { BlockList, isIPv6, type Server } from "node:net";
import { networkInterfaces } from "node:os";

import { systemCode } from "../lib/user-error.js";

/** Nothing here is reachable from another machine, unless an address is given. */
const ipv4Loopback = "127.0.0.1",
	ipv6Loopback = "::1";
/** The machine has no IPv6 loopback address. */
const noIpv6 = ["EADDRNOTAVAIL", "EAFNOSUPPORT"];
/** A port that the system chose for IPv4 may be taken for IPv6: so often another one is tried. */
const attempts = 10;

/** A port that cannot be listened on; the message is the sentence that the operator reads. */
export class ListenError extends Error {
	override readonly name = "ListenError";
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress(ipv6Loopback, "ipv6");

/** Whether only programs on this machine reach an address. */
export function isLoopback(address: string): boolean {
	return address === "localhost" || loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** The host of a URL at which an address that is listened on is reached: for all addresses, the first of this machine. */
export function hostOf(address: string = ipv4Loopback): string {
	const reached = ["0.0.0.0", "::"].includes(address) ? (firstAddress() ?? ipv4Loopback) : address;
	return isIPv6(reached) ? `[${reached}]` : reached;
}

/** An IPv4 address by which other machines reach this one. */
function firstAddress(): string | undefined {
	const addresses = Object.values(networkInterfaces()).flatMap(found => found ?? []);
	return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}

/** Servers that listen on one port of the loopback addresses. */
export interface Listening {
	port: number;
	/** Stops listening, and ends what HTTP connections wait for a next request. */
	close(): Promise<void>;
}

/**
 * Listens on the IPv4 and, where the machine has one, the IPv6 loopback address, on the same port.
 * @param makeServer makes one server for each address
 * @param port 0 for any
 * @param option names the command line's option in the error
 * @param address the only address to listen on, in place of the loopback ones
 * @throws ListenError
 */
export async function listenOnLoopback(
	makeServer: () => Server,
	port: number,
	option: string,
	address?: string,
): Promise<Listening> {
	if (address !== undefined) {
		const server = makeServer();
		return listening(await listen(server, address, port, option), [server]);
	}
	for (let attempt = 1; ; attempt++) {
		const ipv4 = makeServer(),
			ipv6 = makeServer();
		const chosen = await listen(ipv4, ipv4Loopback, port, option);
		try {
			await listen(ipv6, ipv6Loopback, chosen, option);
			return listening(chosen, [ipv4, ipv6]);
		} catch (error) {
			const code = error instanceof ListenError ? systemCode(error.cause) : undefined;
			if (code !== undefined && noIpv6.includes(code)) return listening(chosen, [ipv4]);
			await stop(ipv4);
			if (port !== 0 || attempt === attempts) throw error;
		}
	}
}

function listening(port: number, servers: Server[]): Listening {
	return { port, close: async () => void (await Promise.all(servers.map(stop))) };
}

function stop(server: Server & { closeAllConnections?(): void }): Promise<void> {
	return new Promise(resolve => {
		server.close(() => resolve());
		server.closeAllConnections?.();
	});
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
	const why =
		systemCode(cause) === "EADDRINUSE"
			? "another program listens there: stop it"
			: `${cause.message}: make it available`;
	if (systemCode(cause) === "EADDRNOTAVAIL" || systemCode(cause) === "ENOTFOUND")
		return `${host} is not an address of this machine (${systemCode(cause)}): \`ip address\` lists them; choose one with --listen.`;
	return `Port ${port} on ${host} cannot be used (${why}, or choose another port with ${option}).`;
}
