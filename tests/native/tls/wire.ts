// SPDX-License-Identifier: MIT
/** TLS on the wire (RFC 5246, RFC 8446): what the scripted servers are made of. Numbers are big-endian. */

export const ContentType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

export const HandshakeType = {
	helloRequest: 0,
	clientHello: 1,
	serverHello: 2,
	newSessionTicket: 4,
	endOfEarlyData: 5,
	encryptedExtensions: 8,
	certificate: 11,
	serverKeyExchange: 12,
	certificateRequest: 13,
	serverHelloDone: 14,
	certificateVerify: 15,
	clientKeyExchange: 16,
	finished: 20,
	certificateStatus: 22,
	keyUpdate: 24,
} as const;

export const Alert = {
	closeNotify: 0,
	unexpectedMessage: 10,
	badRecordMac: 20,
	recordOverflow: 22,
	handshakeFailure: 40,
	badCertificate: 42,
	unsupportedCertificate: 43,
	illegalParameter: 47,
	unknownCA: 48,
	decodeError: 50,
	decryptError: 51,
	protocolVersion: 70,
	internalError: 80,
	userCanceled: 90,
	noRenegotiation: 100,
	unsupportedExtension: 110,
	noApplicationProtocol: 120,
} as const;

export const Extension = {
	serverName: 0,
	maxFragmentLength: 1,
	supportedGroups: 10,
	pointFormats: 11,
	signatureAlgorithms: 13,
	alpn: 16,
	encryptThenMac: 22,
	extendedMasterSecret: 23,
	sessionTicket: 35,
	supportedVersions: 43,
	cookie: 44,
	keyShare: 51,
	renegotiationInfo: 0xff01,
} as const;

export function number(bytes: number, value: number): Buffer {
	const buffer = Buffer.alloc(bytes);
	buffer.writeUIntBE(value, 0, bytes);
	return buffer;
}

/** A vector: its length in so many bytes, then its content. */
export function vector(lengthBytes: number, ...parts: Uint8Array[]): Buffer {
	const content = Buffer.concat(parts);
	return Buffer.concat([number(lengthBytes, content.length), content]);
}

export function record(type: number, payload: Uint8Array, version = 0x0303): Buffer {
	return Buffer.concat([number(1, type), number(2, version), vector(2, payload)]);
}

export function message(type: number, ...body: Uint8Array[]): Buffer {
	return Buffer.concat([number(1, type), vector(3, ...body)]);
}

export function extension(type: number, ...data: Uint8Array[]): Buffer {
	return Buffer.concat([number(2, type), vector(2, ...data)]);
}

/** Reads from the front; throws at the end. */
export class Reader {
	#rest: Buffer;

	constructor(bytes: Buffer) {
		this.#rest = bytes;
	}

	get left(): number {
		return this.#rest.length;
	}

	take(bytes: number): Buffer {
		if (bytes > this.#rest.length) throw new Error(`${bytes} bytes wanted, ${this.#rest.length} left`);
		const taken = this.#rest.subarray(0, bytes);
		this.#rest = this.#rest.subarray(bytes);
		return taken;
	}

	number(bytes: number): number {
		return this.take(bytes).readUIntBE(0, bytes);
	}

	vector(lengthBytes: number): Reader {
		return new Reader(this.take(this.number(lengthBytes)));
	}

	rest(): Buffer {
		return this.take(this.#rest.length);
	}
}

export interface ClientHello {
	random: Buffer;
	sessionId: Buffer;
	suites: number[];
	/** Their data, by type. */
	extensions: Map<number, Buffer>;
}

export function parseClientHello(body: Buffer): ClientHello {
	const reader = new Reader(body);
	reader.number(2);
	const random = reader.take(32),
		sessionId = reader.vector(1).rest(),
		suites: number[] = [],
		extensions = new Map<number, Buffer>();
	for (const list = reader.vector(2); list.left > 0; ) suites.push(list.number(2));
	reader.vector(1);
	for (const list = reader.vector(2); list.left > 0; ) extensions.set(list.number(2), list.vector(2).rest());
	return { random, sessionId, suites, extensions };
}
