// SPDX-License-Identifier: MIT
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { systemCode, UserError } from "../lib/user-error.js";

/** This machine as the emulator's user network shows it. */
const hostAddress = [10, 0, 2, 2] as const;
/** Where the emulator's resolver and time requests arrive on this machine; the name service has an address of its own. */
export const nameServer = "127.53.53.53";
const timeServer = "127.0.0.1";
const ports = { names: 53, time: 123 } as const;

const dnsHeader = 12,
	typeA = 1,
	ttlSeconds = 60;
/** Flags of an answer: response, recursion desired and available (RFC 1035, section 4.1.1). */
const answerFlags = [0x81, 0x80] as const;

/** Answers a DNS query: every name is this machine, for type A; no records for others. Undefined for what is not a query. */
export function answerName(query: Uint8Array): Buffer | undefined {
	let end = dnsHeader;
	for (let length = query[end] ?? 0; length > 0; length = query[end] ?? 0) end += length + 1;
	end += 5;
	if (end > query.length || query.length <= dnsHeader) return undefined;
	const isAddress = query[end - 4] === 0 && query[end - 3] === typeA;
	const record = Buffer.from([0xc0, dnsHeader, 0, typeA, 0, 1, 0, 0, 0, ttlSeconds, 0, 4, ...hostAddress]);
	return Buffer.concat([
		query.subarray(0, 2),
		Buffer.from([...answerFlags, 0, 1, 0, isAddress ? 1 : 0, 0, 0, 0, 0]),
		query.subarray(dnsHeader, end),
		isAddress ? record : Buffer.alloc(0),
	]);
}

/** Seconds from 1900, where NTP's era 0 begins, to 1970. */
const eraOffset = 2_208_988_800;
const ntpBytes = 48;
/** Leap 0, version 4, mode server; stratum 2; poll 2^6 s; precision 2^-20 s (RFC 5905, section 7.3). */
const ntpHead = [0x24, 2, 6, 0xec] as const;

function timestamp(milliseconds: number): Buffer {
	const bytes = Buffer.alloc(8);
	const seconds = milliseconds / 1_000 + eraOffset;
	bytes.writeUInt32BE(Math.floor(seconds) >>> 0, 0);
	bytes.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), 4);
	return bytes;
}

/** Answers an SNTP request with this machine's time. Undefined for what is not a request. @param now milliseconds since 1970 */
export function answerTime(request: Uint8Array, now: number): Buffer | undefined {
	if (request.length < ntpBytes) return undefined;
	const delays = Buffer.from([0, 0, 0, 16, 0, 0, 0, 16, 127, 0, 0, 1]);
	const time = timestamp(now);
	return Buffer.concat([Buffer.from(ntpHead), delays, timestamp(now - 10_000), request.subarray(40, 48), time, time]);
}

/** Whether the other program that has the name service's port answers as this one does: another emulator's services. */
async function isShared(): Promise<boolean> {
	const resolver = new Resolver({ timeout: 1_000, tries: 2 });
	resolver.setServers([nameServer]);
	const found = await resolver.resolve4("board.invalid").catch((): string[] => []);
	return found.includes(hostAddress.join("."));
}

function listen(address: string, port: number, answer: (request: Uint8Array) => Buffer | undefined): Promise<Socket> {
	const socket = createSocket("udp4");
	socket.on("message", (request, { address: to, port: back }) => {
		const bytes = answer(request);
		if (bytes) socket.send(bytes, back, to);
	});
	return new Promise((resolve, reject) => {
		socket.once("error", reject);
		socket.bind(port, address, () => resolve(socket));
	});
}

function refusal(address: string, port: number, error: unknown): UserError {
	return new UserError(
		`The service for emulated boards cannot listen on ${address} port ${port} (${systemCode(error)}): run the command as root, let users have such ports with "sudo sysctl net.ipv4.ip_unprivileged_port_start=53", or end the program that has the port.`,
	);
}

/**
 * Starts the name service and the time service that emulated boards reach, where they do not run already.
 * @returns ends them
 * @throws UserError when a port cannot be used
 */
export async function startServices(): Promise<() => void> {
	const sockets: Socket[] = [];
	const end = () => sockets.splice(0).forEach(socket => socket.close());
	try {
		sockets.push(await listen(nameServer, ports.names, answerName));
	} catch (error) {
		if (!(await isShared())) throw refusal(nameServer, ports.names, error);
	}
	try {
		sockets.push(await listen(timeServer, ports.time, request => answerTime(request, Date.now())));
	} catch (error) {
		// Whoever has this port on loopback serves the time, too.
		if (systemCode(error) === "EADDRINUSE") return end;
		end();
		throw refusal(timeServer, ports.time, error);
	}
	return end;
}
