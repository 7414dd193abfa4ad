// SPDX-License-Identifier: MIT
import TLSError, { type TLSFailure } from "./tls-error.js";

/** How a signature is made; the key's kind and the TLS version decide. */
export type SignatureScheme = "ECDSA" | "RSASSA-PKCS1-v1_5" | "RSASSA-PSS";

/** A private key that lives anywhere. */
export interface SigningKey {
	/**
	 * Signs, synchronously, from inside the handshake.
	 * @param hashName hash that `digest` was made with: "SHA-256", "SHA-384" or "SHA-512"
	 * @param scheme with "RSASSA-PSS" (RFC 8017), the mask is MGF1 with the same hash and the salt as long as the hash
	 * @returns DER ECDSA-Sig-Value (RFC 3279); of RSA the signature itself, as many bytes as the modulus, big-endian
	 */
	sign(hashName: string, digest: Uint8Array, scheme: SignatureScheme): Uint8Array;
}

export type TLSVersion = "TLSv1.2" | "TLSv1.3";

export interface EngineOptions {
	/** Trusted root certificates, DER; 1 to 16. Resources (in flash, on the board) are used in place. */
	trustedRoots: readonly (ArrayBufferLike | Uint8Array)[];
	/** Sent as SNI, and what the server's certificate must be for. An IP literal is checked but not sent. */
	serverName: string;
	/**
	 * Client's certificate, DER; further ones of its chain may follow without a gap, and are sent in this order. Only the
	 * first one's public key is parsed (ECDSA P-256 or P-384, RSA).
	 */
	certificate?: ArrayBuffer | Uint8Array;
	/** Its key; both or neither. */
	key?: SigningKey;
	/** ALPN, in order of preference; at most 4. */
	applicationLayerProtocols?: string[];
	minimumVersion?: TLSVersion;
	maximumVersion?: TLSVersion;
}

/** What was agreed in the handshake. */
export interface EngineInfo {
	version: TLSVersion;
	/** IANA's name. */
	cipherSuite: string;
	/** ALPN's choice. */
	protocol?: string;
	/** The server asked for the client's certificate and got it, with a signature. */
	certificateUsed: boolean;
	/** Subject of the server's certificate. */
	serverSubject: string;
	/** SHA-256 of the server's certificate, 32 bytes. */
	serverSha256: ArrayBuffer;
	/** When the validity of the server's certificate begins, in seconds since 1970: it is later than that. */
	serverValidFrom: number;
}

/** TLSState in native/engine.h. */
export const State = Object.freeze({ handshake: 0, open: 1, peerClosed: 2, closed: 3, failed: 4 } as const);

const versions = Object.freeze({ "TLSv1.2": 0x0303, "TLSv1.3": 0x0304 } as const);

function optionsError(fault: string): TLSError {
	return new TLSError({
		step: "setup",
		reason: "options",
		code: 0,
		message: `TLS setup: an option cannot be used (${fault}). Correct it and connect again.`,
	});
}

/** What native/tls_binding.c asks for signatures: it must not throw, but answers with bytes or the reason why not. */
class Signer {
	readonly #key: SigningKey | undefined;
	exception: unknown;

	constructor(key: SigningKey | undefined) {
		this.#key = key;
	}

	sign(hashName: string, digest: ArrayBuffer, scheme: SignatureScheme): Uint8Array | string | undefined {
		try {
			return this.#key?.sign(hashName, new Uint8Array(digest), scheme);
		} catch (exception) {
			this.exception = exception;
			return exception instanceof Error ? exception.message : String(exception);
		}
	}
}

/**
 * A TLS client over memory on both sides: ciphertext is fed and drained, plaintext is read and written. After bytes were
 * fed or drained, `step` does all that can be done. Its owner must `close` it, which frees the native memory.
 */
export default class Engine extends Native("xs_tls_engine_destructor") {
	readonly #signer: Signer;
	/** Roots that are used in place must outlive the handshake. */
	readonly trustedRoots: EngineOptions["trustedRoots"];

	/** @throws {TLSError} step "setup": an option that cannot be used, a clock that is not set, or no memory */
	constructor(options: EngineOptions) {
		super();
		const {
			trustedRoots,
			serverName,
			certificate,
			key,
			applicationLayerProtocols = [],
			minimumVersion,
			maximumVersion,
		} = options;
		this.#signer = new Signer(key);
		this.trustedRoots = trustedRoots;
		if ((key === undefined) !== (certificate === undefined))
			throw optionsError("certificate and key go together: give both or neither");
		if (trustedRoots.length > 16) throw optionsError("trustedRoots: at most 16 root certificates");
		if (applicationLayerProtocols.length > 4) throw optionsError("applicationLayerProtocols: at most 4");
		const failure = this.#open(
			serverName,
			trustedRoots,
			certificate,
			minimumVersion ? versions[minimumVersion] : 0,
			maximumVersion ? versions[maximumVersion] : 0,
			applicationLayerProtocols,
		);
		if (failure !== undefined) throw new TLSError(failure);
	}

	/** What of the options is not used: a trusted root that cannot be read is left out. */
	get warning(): string | undefined {
		return native("xs_tls_engine_warning").call(this) as string | undefined;
	}

	/** Goes on with the handshake, or opens the next record once the last is read; one of `State`, undefined when closed. */
	step(): number | undefined {
		return this.#step(this.#signer);
	}

	/** Bytes of ciphertext that `feed` accepts now. */
	get room(): number {
		return native("xs_tls_engine_room").call(this) as number;
	}

	/** Takes ciphertext from the server; returns how many bytes. */
	feed(data: ArrayBuffer): number {
		return native("xs_tls_engine_feed").call(this, data) as number;
	}

	/** The transport ended: nothing more will be fed, and nothing drained arrives. */
	end(): void {
		native("xs_tls_engine_end").call(this);
	}

	/** Bytes of ciphertext that wait for the server. */
	get pending(): number {
		return native("xs_tls_engine_pending").call(this) as number;
	}

	/** Fills a buffer with ciphertext for the server; returns how many bytes. */
	drain(buffer: ArrayBuffer): number {
		return native("xs_tls_engine_drain").call(this, buffer) as number;
	}

	/** Bytes of plaintext that can be read: the rest of one record, at most 16384. */
	get readable(): number {
		return native("xs_tls_engine_readable").call(this) as number;
	}

	/** Fills a buffer with plaintext; returns how many bytes. */
	read(buffer: ArrayBuffer | ArrayBufferView): number {
		return native("xs_tls_engine_read").call(this, buffer) as number;
	}

	/** Bytes of plaintext that `write` accepts now. */
	get writable(): number {
		return native("xs_tls_engine_writable").call(this) as number;
	}

	/** Most bytes that a record has in addition to its plaintext. */
	get overhead(): number {
		return native("xs_tls_engine_overhead").call(this) as number;
	}

	/** Makes one record of plaintext; returns how many bytes. */
	write(data: ArrayBuffer | Uint8Array): number {
		return native("xs_tls_engine_write").call(this, data) as number;
	}

	/** Sends close_notify, if there is a connection. */
	notify(): void {
		native("xs_tls_engine_notify").call(this);
	}

	/** Why the state is FAILED. If the key threw, what it threw, itself. */
	get failure(): Error | undefined {
		const failure = this.#failure();
		if (failure === undefined) return undefined;
		const { exception } = this.#signer;
		return failure.reason === "signing" && exception instanceof Error ? exception : new TLSError(failure);
	}

	/** What was agreed; meaningful from State.open on. */
	get info(): EngineInfo {
		/* The native side's names, spelled out: the SDK's linker defines identifiers for names in JavaScript only. */
		const { version, cipherSuite, protocol, certificateUsed, serverSubject, serverSha256, serverValidFrom } =
			this.#info();
		return {
			version,
			cipherSuite,
			...(protocol !== undefined && { protocol }),
			certificateUsed,
			serverSubject,
			serverSha256,
			serverValidFrom,
		};
	}

	/** Frees the native memory. May be called twice, and from within the key. */
	close(): void {
		native("xs_tls_engine_close").call(this);
	}

	#open(
		serverName: string,
		trustedRoots: EngineOptions["trustedRoots"],
		certificate: EngineOptions["certificate"],
		minimum: number,
		maximum: number,
		protocols: string[],
	): TLSFailure | undefined {
		return native("xs_tls_engine_open").call(
			this,
			serverName,
			trustedRoots,
			certificate,
			minimum,
			maximum,
			protocols,
		) as TLSFailure | undefined;
	}

	#step(signer: Signer): number | undefined {
		return native("xs_tls_engine_step").call(this, signer) as number | undefined;
	}

	#failure(): TLSFailure | undefined {
		return native("xs_tls_engine_failure").call(this) as TLSFailure | undefined;
	}

	#info(): EngineInfo {
		return native("xs_tls_engine_info").call(this) as EngineInfo;
	}
}
