// SPDX-License-Identifier: MIT
import { createECDH, createHash, createHmac, randomBytes, sign } from "node:crypto";
import type { Identity } from "../../../tools/bench/tls/pki.js";
import { type Channel, Gcm13 } from "./channel.js";
import {
	type ClientHello,
	Extension,
	extension,
	HandshakeType,
	message,
	number,
	parseClientHello,
	Reader,
	vector,
} from "./wire.js";

const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest();
const hmac = (key: Uint8Array, data: Uint8Array) => createHmac("sha256", key).update(data).digest();

/** HKDF-Expand-Label, RFC 8446 section 7.1; at most 32 bytes. */
function expandLabel(secret: Buffer, label: string, context: Buffer, length: number): Buffer {
	const info = Buffer.concat([number(2, length), vector(1, Buffer.from(`tls13 ${label}`)), vector(1, context)]);
	return hmac(secret, Buffer.concat([info, Uint8Array.of(1)])).subarray(0, length);
}

/** SHA-256 of "HelloRetryRequest": its ServerHello.random, RFC 8446 section 4.1.3. */
const retryRandom = sha256(Buffer.from("HelloRetryRequest"));

export interface Hello13Fields {
	version?: number;
	random?: Buffer;
	sessionId?: Buffer;
	suite?: number;
	compression?: number;
	group?: number;
	point?: Buffer;
	/** In place of supported_versions and key_share. */
	extensions?: Buffer[];
}

export interface VerifyFields {
	algorithm?: number;
	/** That of the signature. */
	hash?: string;
	/** In place of the identity's, PEM. */
	key?: string;
	/** In place of the transcript's hash. */
	transcript?: Buffer;
	signature?: Buffer;
	context?: string;
	/** Behind the message's own fields. */
	trailer?: Buffer;
}

/** A TLS 1.3 server that speaks TLS_AES_128_GCM_SHA256 over P-256, step by step, as Server12 does. */
export class Server13 {
	hello!: ClientHello;
	readonly channel: Channel;
	readonly #identity: Identity;
	#ecdh = createECDH("prime256v1");
	#group = 23;
	#handshakeSecret: Buffer = Buffer.alloc(32);
	#clientSecret: Buffer = Buffer.alloc(32);
	#serverSecret: Buffer = Buffer.alloc(32);

	constructor(channel: Channel, identity: Identity) {
		this.channel = channel;
		this.#identity = identity;
		this.#ecdh.generateKeys();
	}

	async readHello(): Promise<void> {
		this.hello = parseClientHello(await this.channel.readMessage(HandshakeType.clientHello));
	}

	/** From P-256 to P-384, which a HelloRetryRequest asked for. */
	useP384(): void {
		this.#ecdh = createECDH("secp384r1");
		this.#ecdh.generateKeys();
		this.#group = 24;
	}

	get publicKey(): Buffer {
		return this.#ecdh.getPublicKey();
	}

	serverHello({
		version = 0x0303,
		random = randomBytes(32),
		sessionId = this.hello.sessionId,
		suite = 0x1301,
		compression = 0,
		group = this.#group,
		point = this.publicKey,
		extensions,
	}: Hello13Fields = {}): Buffer {
		const usual = [
			extension(Extension.supportedVersions, number(2, 0x0304)),
			extension(Extension.keyShare, number(2, group), vector(2, point)),
		];
		return message(
			HandshakeType.serverHello,
			number(2, version),
			random,
			vector(1, sessionId),
			number(2, suite),
			number(1, compression),
			vector(2, ...(extensions ?? usual)),
		);
	}

	helloRetryRequest(...extensions: Buffer[]): Buffer {
		return this.serverHello({
			random: retryRandom,
			extensions: [extension(Extension.supportedVersions, number(2, 0x0304)), ...extensions],
		});
	}

	/** After ServerHello: the handshake keys, both ways. */
	protect(): void {
		const share = this.#clientShare();
		const early = hmac(Buffer.alloc(32), Buffer.alloc(32));
		const secret = this.#ecdh.computeSecret(share);
		this.#handshakeSecret = hmac(expandLabel(early, "derived", sha256(Buffer.alloc(0)), 32), secret);
		const hash = this.channel.transcriptHash();
		this.#clientSecret = expandLabel(this.#handshakeSecret, "c hs traffic", hash, 32);
		this.#serverSecret = expandLabel(this.#handshakeSecret, "s hs traffic", hash, 32);
		this.channel.reading = this.#gcm(this.#clientSecret);
		this.channel.writing = this.#gcm(this.#serverSecret);
	}

	#gcm(secret: Buffer): Gcm13 {
		return new Gcm13(expandLabel(secret, "key", Buffer.alloc(0), 16), expandLabel(secret, "iv", Buffer.alloc(0), 12));
	}

	#clientShare(): Buffer {
		const shares = new Reader(this.hello.extensions.get(Extension.keyShare) ?? Buffer.alloc(0)).vector(2);
		while (shares.left > 0) {
			const group = shares.number(2),
				share = shares.vector(2).rest();
			if (group === this.#group) return share;
		}
		throw new Error(`the client offers no key share of group ${this.#group}`);
	}

	encryptedExtensions(...extensions: Buffer[]): Buffer {
		return message(HandshakeType.encryptedExtensions, vector(2, ...extensions));
	}

	certificateRequest(context = Buffer.alloc(0)): Buffer {
		return message(
			HandshakeType.certificateRequest,
			vector(1, context),
			vector(2, extension(Extension.signatureAlgorithms, vector(2, number(2, 0x0403)))),
		);
	}

	certificate({
		chain = this.#identity.chain.map(each => new Uint8Array(each.rawData)),
		context = Buffer.alloc(0),
	} = {}): Buffer {
		return message(
			HandshakeType.certificate,
			vector(1, context),
			vector(3, ...chain.map(each => Buffer.concat([vector(3, each), vector(2)]))),
		);
	}

	certificateVerify({
		algorithm = 0x0403,
		hash = "sha256",
		key = this.#identity.key,
		transcript = this.channel.transcriptHash(),
		signature,
		context = "TLS 1.3, server CertificateVerify",
		trailer = Buffer.alloc(0),
	}: VerifyFields = {}): Buffer {
		const content = Buffer.concat([Buffer.alloc(64, 0x20), Buffer.from(`${context}\0`), transcript]);
		return message(
			HandshakeType.certificateVerify,
			number(2, algorithm),
			vector(2, signature ?? sign(hash, content, key)),
			trailer,
		);
	}

	#verifyData(secret: Buffer): Buffer {
		return hmac(expandLabel(secret, "finished", Buffer.alloc(0), 32), this.channel.transcriptHash());
	}

	finished(verifyData = this.#verifyData(this.#serverSecret)): Buffer {
		return message(HandshakeType.finished, verifyData);
	}

	/** ServerHello and the keys: from here on all is encrypted. */
	async begin(): Promise<void> {
		await this.readHello();
		this.channel.send(this.serverHello());
		this.protect();
	}

	/** After the server's Finished: reads the client's flight, and switches both ways to application data. */
	async readFinished({ withCertificate = false } = {}): Promise<void> {
		const master = hmac(expandLabel(this.#handshakeSecret, "derived", sha256(Buffer.alloc(0)), 32), Buffer.alloc(32));
		const hash = this.channel.transcriptHash();
		this.channel.writing = this.#gcm(expandLabel(master, "s ap traffic", hash, 32));
		if (withCertificate) {
			await this.channel.readMessage(HandshakeType.certificate);
			await this.channel.readMessage(HandshakeType.certificateVerify);
		}
		const expected = this.#verifyData(this.#clientSecret);
		if (!expected.equals(await this.channel.readMessage(HandshakeType.finished)))
			throw new Error("the client's Finished is wrong");
		this.channel.reading = this.#gcm(expandLabel(master, "c ap traffic", hash, 32));
	}

	/** The handshake as it should be, to its end. */
	async handshake(): Promise<void> {
		await this.begin();
		this.channel.send(this.encryptedExtensions());
		this.channel.send(this.certificate());
		this.channel.send(this.certificateVerify());
		this.channel.send(this.finished());
		await this.readFinished();
	}
}
