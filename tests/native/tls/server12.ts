// SPDX-License-Identifier: MIT
import { createECDH, createHash, createHmac, type ECDH, randomBytes, sign } from "node:crypto";
import type { Identity } from "../../../tools/bench/tls/pki.js";
import { type Channel, Gcm12 } from "./channel.js";
import {
	type ClientHello,
	Extension,
	extension,
	HandshakeType,
	message,
	number,
	parseClientHello,
	vector,
} from "./wire.js";

/** P_SHA256, RFC 5246 section 5. */
function prf(secret: Buffer, label: string, seed: Buffer, length: number): Buffer {
	const labelled = Buffer.concat([Buffer.from(label), seed]);
	const hmac = (data: Buffer) => createHmac("sha256", secret).update(data).digest();
	let output = Buffer.alloc(0);
	for (let a = hmac(labelled); output.length < length; a = hmac(a))
		output = Buffer.concat([output, hmac(Buffer.concat([a, labelled]))]);
	return output.subarray(0, length);
}

export interface HelloFields {
	version?: number;
	random?: Buffer;
	sessionId?: Buffer;
	suite?: number;
	compression?: number;
	/** Undefined: renegotiation_info, empty. */
	extensions?: Buffer[];
}

export interface KeyExchangeFields {
	curveType?: number;
	curve?: number;
	point?: Buffer;
	/** SignatureAndHashAlgorithm. */
	algorithm?: number;
	/** That of the signature. */
	hash?: string;
	/** In place of the identity's, PEM. */
	key?: string;
	/** In place of the client's and the server's. */
	randoms?: Buffer;
	signature?: Buffer;
	/** Behind the message's own fields. */
	trailer?: Buffer;
}

/**
 * A TLS 1.2 server that speaks ECDHE-ECDSA-AES128-GCM-SHA256 over P-256, step by step: each method makes one message as it
 * should be, but for what its fields say otherwise.
 */
export class Server12 {
	hello!: ClientHello;
	readonly channel: Channel;
	readonly #identity: Identity;
	readonly #random = randomBytes(32);
	readonly #ecdh: ECDH = createECDH("prime256v1");
	#master: Buffer = Buffer.alloc(48);

	constructor(channel: Channel, identity: Identity) {
		this.channel = channel;
		this.#identity = identity;
		this.#ecdh.generateKeys();
	}

	async readHello(): Promise<void> {
		this.hello = parseClientHello(await this.channel.readMessage(HandshakeType.clientHello));
	}

	serverHello({
		version = 0x0303,
		random = this.#random,
		sessionId = Buffer.alloc(0),
		suite = 0xc02b,
		compression = 0,
		extensions,
	}: HelloFields = {}): Buffer {
		random.copy(this.#random);
		return message(
			HandshakeType.serverHello,
			number(2, version),
			random,
			vector(1, sessionId),
			number(2, suite),
			number(1, compression),
			vector(2, ...(extensions ?? [extension(Extension.renegotiationInfo, Uint8Array.of(0))])),
		);
	}

	certificate(chain: Uint8Array[] = this.#identity.chain.map(each => new Uint8Array(each.rawData))): Buffer {
		return message(HandshakeType.certificate, vector(3, ...chain.map(each => vector(3, each))));
	}

	serverKeyExchange({
		curveType = 3,
		curve = 23,
		point = this.#ecdh.getPublicKey(),
		algorithm = 0x0403,
		hash = "sha256",
		key = this.#identity.key,
		randoms = Buffer.concat([this.hello.random, this.#random]),
		signature,
		trailer = Buffer.alloc(0),
	}: KeyExchangeFields = {}): Buffer {
		const parameters = Buffer.concat([number(1, curveType), number(2, curve), vector(1, point)]);
		const signed = signature ?? sign(hash, Buffer.concat([randoms, parameters]), key);
		return message(HandshakeType.serverKeyExchange, parameters, number(2, algorithm), vector(2, signed), trailer);
	}

	certificateRequest(): Buffer {
		return message(
			HandshakeType.certificateRequest,
			vector(1, Uint8Array.of(64, 1)),
			vector(2, number(2, 0x0403), number(2, 0x0401)),
			vector(2),
		);
	}

	serverHelloDone(body = Buffer.alloc(0)): Buffer {
		return message(HandshakeType.serverHelloDone, body);
	}

	/** The whole first flight, as it should be. */
	flight(): Buffer[] {
		return [this.serverHello(), this.certificate(), this.serverKeyExchange(), this.serverHelloDone()];
	}

	/** Reads the client's flight up to its Finished, and has the keys then. */
	async readKeyExchange({ withCertificate = false } = {}): Promise<void> {
		if (withCertificate) await this.channel.readMessage(HandshakeType.certificate);
		const body = await this.channel.readMessage(HandshakeType.clientKeyExchange);
		this.#deriveKeys(body.subarray(1));
		if (withCertificate) await this.channel.readMessage(HandshakeType.certificateVerify);
		await this.channel.readChangeCipherSpec();
		this.channel.reading = this.#client;
		const expected = this.#verifyData("client finished");
		if (!expected.equals(await this.channel.readMessage(HandshakeType.finished)))
			throw new Error("the client's Finished is wrong");
	}

	#client: Gcm12 | undefined;
	/** What ChangeCipherSpec of the server's would switch to. */
	pendingProtection: Gcm12 | undefined;

	#deriveKeys(point: Buffer): void {
		const premaster = this.#ecdh.computeSecret(point);
		this.#master = prf(premaster, "master secret", Buffer.concat([this.hello.random, this.#random]), 48);
		const block = prf(this.#master, "key expansion", Buffer.concat([this.#random, this.hello.random]), 40);
		this.#client = new Gcm12(block.subarray(0, 16), block.subarray(32, 36));
		this.pendingProtection = new Gcm12(block.subarray(16, 32), block.subarray(36, 40));
	}

	#verifyData(label: string): Buffer {
		return prf(this.#master, label, createHash("sha256").update(this.channel.transcript).digest(), 12);
	}

	changeCipherSpec(): void {
		this.channel.changeCipherSpec();
		this.channel.writing = this.pendingProtection;
	}

	finished(verifyData = this.#verifyData("server finished")): Buffer {
		return message(HandshakeType.finished, verifyData);
	}

	/** The handshake as it should be, to its end. */
	async handshake(): Promise<void> {
		await this.readHello();
		this.channel.send(...this.flight());
		await this.finish();
	}

	/** After the first flight, as it should be. */
	async finish(): Promise<void> {
		await this.readKeyExchange();
		this.changeCipherSpec();
		this.channel.send(this.finished());
	}
}
