// SPDX-License-Identifier: MIT
/** The simulator link: docs/simulator-link.md. All integers are big-endian. Version 2 has AFTER. */
const protocolVersions = [1, 2];

export const requestTypes = {
	hello: 0x01,
	write: 0x02,
	read: 0x03,
	sleep: 0x04,
	time: 0x05,
	ena: 0x06,
	after: 0x07,
} as const;
export const responseTypes = { welcome: 0x81, ack: 0x82, data: 0x83, nack: 0x84, error: 0x8f } as const;

/** How every HELLO begins: type, length, version. */
export const helloStarts = protocolVersions.map(version => Uint8Array.of(requestTypes.hello, 0x00, 0x05, version));

/** Greatest value of a message's length field. */
export const maximumLength = 1024;

const headerLength = 3;
const timeLength = 8;
const afterHeaderLength = 5;

/** Most bytes that one READ asks for: as many as a response carries. */
const maximumCount = maximumLength - timeLength;

type Transaction =
	| { type: "write"; address: number; bytes: Uint8Array; stop: boolean }
	| { type: "read"; address: number; count: number };

export type LinkRequest =
	| Transaction
	| { type: "hello"; version: number; hz: number }
	/** A transaction when so much time has passed. */
	| { type: "after"; microseconds: number; transaction: Transaction }
	| { type: "sleep"; microseconds: number }
	| { type: "time" }
	| { type: "ena"; level: boolean };

/** A request that docs/simulator-link.md does not allow; the message is the sentence of the ERROR response. */
export class ProtocolError extends Error {}

/** The first whole message in `bytes`, and its size; undefined while it is incomplete. Throws ProtocolError. */
export function splitMessage(bytes: Uint8Array): { type: number; payload: Uint8Array; size: number } | undefined {
	const [type, high, low] = bytes;
	if (type === undefined || high === undefined || low === undefined) return undefined;
	const length = (high << 8) | low;
	if (length > maximumLength) throw new ProtocolError(`a message of ${length} bytes is longer than ${maximumLength}`);
	const size = headerLength + length;
	return bytes.length < size ? undefined : { type, payload: bytes.slice(headerLength, size), size };
}

const megahertz = 1_000_000;

/** Fastest mode of the part (I2C high-speed mode) and slowest that makes sense. */
const busClock = { minimum: 1000, maximum: 3.4 * megahertz } as const;

/** Takes a request apart. Throws ProtocolError. */
export function parseRequest(type: number, payload: Uint8Array): LinkRequest {
	const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
	switch (type) {
		case requestTypes.hello:
			return parseHello(view);
		case requestTypes.write:
			return parseWrite(payload);
		case requestTypes.read:
			return parseRead(view);
		case requestTypes.sleep:
			expectLength(view, 4, "SLEEP");
			return { type: "sleep", microseconds: view.getUint32(0) };
		case requestTypes.time:
			expectLength(view, 0, "TIME");
			return { type: "time" };
		case requestTypes.ena:
			return parseEna(view);
		case requestTypes.after:
			return parseAfter(payload, view);
		default:
			throw new ProtocolError(`there is no request of type ${type}`);
	}
}

function expectLength(view: DataView, length: number, name: string): void {
	if (view.byteLength !== length)
		throw new ProtocolError(`${name} has ${view.byteLength} bytes of payload, not ${length}`);
}

function parseHello(view: DataView): LinkRequest {
	expectLength(view, 5, "HELLO");
	const version = view.getUint8(0);
	const hz = view.getUint32(1);
	if (!protocolVersions.includes(version))
		throw new ProtocolError(
			`this simulator speaks versions ${protocolVersions.join(" and ")} of the link, not ${version}`,
		);
	if (hz < busClock.minimum || hz > busClock.maximum)
		throw new ProtocolError(`a bus clock of ${hz} Hz is not between ${busClock.minimum} and ${busClock.maximum}`);
	return { type: "hello", version, hz };
}

/** The flags of a transaction: bit 0 says that no STOP follows. */
function checkTransaction(address: number, flags: number): void {
	if (address > 0x7f) throw new ProtocolError(`${address} is not a 7-bit address`);
	if (flags > 1) throw new ProtocolError(`flags ${flags} are not defined`);
}

/** Time, type and payload of the transaction that follows it. */
function parseAfter(payload: Uint8Array, view: DataView): LinkRequest {
	if (payload.length < afterHeaderLength) throw new ProtocolError("AFTER has no time and type");
	const type = view.getUint8(afterHeaderLength - 1);
	if (type !== requestTypes.write && type !== requestTypes.read)
		throw new ProtocolError(`AFTER carries a request of type ${type}, not WRITE or READ`);
	const rest = payload.subarray(afterHeaderLength);
	const transaction =
		type === requestTypes.write
			? parseWrite(rest)
			: parseRead(new DataView(rest.buffer, rest.byteOffset, rest.byteLength));
	return { type: "after", microseconds: view.getUint32(0), transaction };
}

function parseWrite(payload: Uint8Array): Transaction {
	const [address, flags] = payload;
	if (address === undefined || flags === undefined) throw new ProtocolError("WRITE has no address and flags");
	checkTransaction(address, flags);
	return { type: "write", address, bytes: payload.subarray(2), stop: flags === 0 };
}

function parseRead(view: DataView): Transaction {
	expectLength(view, 4, "READ");
	checkTransaction(view.getUint8(0), view.getUint8(1));
	const count = view.getUint16(2);
	if (count === 0 || count > maximumCount)
		throw new ProtocolError(`READ asks for ${count} bytes, not for 1 to ${maximumCount}`);
	return { type: "read", address: view.getUint8(0), count };
}

function parseEna(view: DataView): LinkRequest {
	expectLength(view, 1, "ENA");
	const level = view.getUint8(0);
	if (level > 1) throw new ProtocolError(`ENA has level ${level}, not 0 or 1`);
	return { type: "ena", level: level === 1 };
}

/** One response. @param time simulated time in microseconds; a fraction is dropped */
export function encodeResponse(type: number, time: number, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
	const response = new Uint8Array(headerLength + timeLength + payload.length);
	const header = new DataView(response.buffer);
	header.setUint8(0, type);
	header.setUint16(1, timeLength + payload.length);
	header.setUint32(headerLength, Math.floor(time / 2 ** 32));
	header.setUint32(headerLength + 4, Math.floor(time) % 2 ** 32);
	response.set(payload, headerLength + timeLength);
	return response;
}
