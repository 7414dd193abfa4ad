// SPDX-License-Identifier: MIT
/** Sizes and types of RFC 8446, sections 4, 4.1.2 and 5.1. */
const recordHeader = 5,
	handshakeHeader = 4,
	protocolVersion = 2,
	random = 32;
const contentHandshake = 22,
	clientHello = 1;

/**
 * The cipher suites that a ClientHello offers, by their numbers.
 * @param bytes the first bytes of a connection
 * @returns undefined when they are no ClientHello, or not as much of it as the suites take
 */
export function offeredSuites(bytes: Buffer): number[] | undefined {
	if (bytes[0] !== contentHandshake || bytes[recordHeader] !== clientHello) return undefined;
	const sessionId = recordHeader + handshakeHeader + protocolVersion + random;
	const length = sessionId + 1 + (bytes[sessionId] ?? 0);
	if (bytes.length < length + 2) return undefined;
	const begin = length + 2,
		end = begin + bytes.readUInt16BE(length);
	if (bytes.length < end) return undefined;
	return Array.from({ length: (end - begin) / 2 }, (_, index) => bytes.readUInt16BE(begin + 2 * index));
}
