import { createECDH, createHmac, randomBytes } from "node:crypto";
import { concat } from "./bytes.js";

/**
 * ECDSA over P-256 of a digest that is already there, which `node:crypto` does not offer (it always hashes).
 * Multiples of the base point come from `node:crypto`; the rest is the arithmetic of FIPS 186-5, section 6.4.
 * Nothing here runs in constant time: a simulated chip has no secret worth the effort.
 */

/** P-256 (SP 800-186, 3.2.1.3): field prime and group order. */
const P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFFn;
const N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551n;

export interface KeyPair {
	/** 32 bytes, big-endian. */
	privateKey: Uint8Array;
	/** 65 bytes: 04, X, Y. */
	publicKey: Uint8Array;
}

/** Projective (Jacobian) coordinates: x = X / Z², y = Y / Z³; Z = 0 is the point at infinity. */
interface Point { X: bigint; Y: bigint; Z: bigint }

const INFINITY: Point = { X: 1n, Y: 1n, Z: 0n };

const toBigInt = (bytes: Uint8Array): bigint => bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

const toBytes = (value: bigint): Uint8Array => new Uint8Array(Buffer.from(value.toString(16).padStart(64, "0"), "hex"));

const modulo = (value: bigint, modulus: bigint): bigint => {
	const rest = value % modulus;
	return rest < 0n ? rest + modulus : rest;
};

/** Extended Euclid; `value` must not be a multiple of the (prime) modulus. */
function inverse(value: bigint, modulus: bigint): bigint {
	let [a, b, x, y] = [modulo(value, modulus), modulus, 1n, 0n];
	while (a > 1n) {
		const quotient = b / a;
		[a, b, x, y] = [b - quotient * a, a, y - quotient * x, x];
	}
	return modulo(x, modulus);
}

/** A digest as a number: its leftmost 256 bits. */
const toScalar = (digest: Uint8Array): bigint => toBigInt(digest.subarray(0, 32)) % N;

/** `scalar` times the base point, 04 ‖ X ‖ Y; `scalar` from 1 to N - 1. */
function multiplyBase(scalar: bigint): Uint8Array {
	const ecdh = createECDH("prime256v1");
	ecdh.setPrivateKey(toBytes(scalar));
	return new Uint8Array(ecdh.getPublicKey());
}

const fromUncompressed = (bytes: Uint8Array): Point => ({ X: toBigInt(bytes.subarray(1, 33)), Y: toBigInt(bytes.subarray(33)), Z: 1n });

function double({ X, Y, Z }: Point): Point {
	const delta = Z * Z % P;
	const gamma = Y * Y % P;
	const beta = X * gamma % P;
	const alpha = 3n * (X - delta) * (X + delta) % P;
	const x = modulo(alpha * alpha - 8n * beta, P);
	return { X: x, Y: modulo(alpha * (4n * beta - x) - 8n * gamma * gamma, P), Z: modulo(2n * Y * Z, P) };
}

function add(a: Point, b: Point): Point {
	if (a.Z === 0n)
		return b;
	if (b.Z === 0n)
		return a;
	const [aa, bb] = [a.Z * a.Z % P, b.Z * b.Z % P];
	const [u, s] = [a.X * bb % P, a.Y * bb * b.Z % P];
	const h = modulo(b.X * aa - u, P);
	const r = modulo(b.Y * aa * a.Z - s, P);
	if (h === 0n)
		return r === 0n ? double(a) : INFINITY;
	const hh = h * h % P;
	const [hhh, v] = [h * hh % P, u * hh % P];
	const x = modulo(r * r - hhh - 2n * v, P);
	return { X: x, Y: modulo(r * (v - x) - s * hhh, P), Z: a.Z * b.Z * h % P };
}

function multiply(scalar: bigint, point: Point): Point {
	let result = INFINITY;
	for (const bit of scalar.toString(2)) {
		result = double(result);
		if (bit === "1")
			result = add(result, point);
	}
	return result;
}

/** Where the secret number of each signature comes from. */
export type NonceSource = (privateKey: Uint8Array, digest: Uint8Array) => Iterable<Uint8Array>;

/** Fresh random numbers, as a chip takes them. */
export function* randomNonces(): Iterable<Uint8Array> {
	for (;;)
		yield new Uint8Array(randomBytes(32));
}

/** Deterministic ECDSA (RFC 6979, 3.2, with HMAC-SHA-256): the same digest gives the same signature. */
export function* deterministicNonces(privateKey: Uint8Array, digest: Uint8Array): Iterable<Uint8Array> {
	const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Uint8Array => createHmac("sha256", key).update(concat(...parts)).digest();
	const seed = concat(privateKey, toBytes(toScalar(digest)));
	let value: Uint8Array = new Uint8Array(32).fill(1);
	let key: Uint8Array = new Uint8Array(32);
	for (const separator of [0, 1]) {
		key = hmac(key, value, Uint8Array.of(separator), seed);
		value = hmac(key, value);
	}
	for (;;) {
		value = hmac(key, value);
		yield value;
		key = hmac(key, value, Uint8Array.of(0));
		value = hmac(key, value);
	}
}

/** The key pair of a private key; undefined when the 32 bytes are not one (zero, or the group's order and above). */
export function keyPair(privateKey: Uint8Array): KeyPair | undefined {
	const scalar = toBigInt(privateKey);
	if (privateKey.length !== 32 || scalar === 0n || scalar >= N)
		return undefined;
	return { privateKey, publicKey: multiplyBase(scalar) };
}

/** A new key pair from `random`, which gives as many bytes as it is asked for. */
export function generateKeyPair(random: (length: number) => Uint8Array): KeyPair {
	for (;;) {
		const pair = keyPair(random(32));
		if (pair)
			return pair;
	}
}

/** Signs a digest; the result is a DER ECDSA-Sig-Value, s as it comes (a chip does not normalise it). */
export function sign(privateKey: Uint8Array, digest: Uint8Array, nonces: NonceSource = randomNonces): Uint8Array {
	for (const nonce of nonces(privateKey, digest)) {
		const k = toBigInt(nonce);
		if (k === 0n || k >= N)
			continue;
		const r = toBigInt(multiplyBase(k).subarray(1, 33)) % N;
		const s = inverse(k, N) * (toScalar(digest) + r * toBigInt(privateKey)) % N;
		if (r !== 0n && s !== 0n)
			return encodeSignature(r, s);
	}
	throw new Error("the source of nonces ended before a usable one");
}

/** Whether a DER signature is that of a digest under a public key (04 ‖ X ‖ Y). */
export function verify(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
	const values = decodeSignature(signature);
	if (!values)
		return false;
	const { r, s } = values;
	if (r <= 0n || r >= N || s <= 0n || s >= N)
		return false;
	const w = inverse(s, N);
	const u1 = toScalar(digest) * w % N;
	const base = u1 === 0n ? INFINITY : fromUncompressed(multiplyBase(u1));
	const { X, Z } = add(base, multiply(r * w % N, fromUncompressed(publicKey)));
	return Z !== 0n && X * inverse(Z * Z, P) % P % N === r;
}

function encodeInteger(value: bigint): Uint8Array {
	const digits = value.toString(16);
	const bytes = Buffer.from(digits.padStart(digits.length + digits.length % 2, "0"), "hex");
	const content = bytes[0]! & 0x80 ? concat(Uint8Array.of(0), bytes) : bytes;
	return concat(Uint8Array.of(0x02, content.length), content);
}

function encodeSignature(r: bigint, s: bigint): Uint8Array {
	const content = concat(encodeInteger(r), encodeInteger(s));
	return concat(Uint8Array.of(0x30, content.length), content);
}

/** The INTEGER at the start of `bytes` in its one DER form, of at most 33 bytes. */
function decodeInteger(bytes: Uint8Array): { value: bigint; size: number } | undefined {
	const [tag, length = 0, first, second] = bytes;
	if (tag !== 0x02 || length < 1 || length > 33 || bytes.length < 2 + length)
		return undefined;
	const padded = first === 0 && length > 1;
	if (first! & 0x80 || (padded && !(second! & 0x80)))
		return undefined;
	return { value: toBigInt(bytes.subarray(2, 2 + length)), size: 2 + length };
}

function decodeSignature(bytes: Uint8Array): { r: bigint; s: bigint } | undefined {
	if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2)
		return undefined;
	const r = decodeInteger(bytes.subarray(2));
	const s = r && decodeInteger(bytes.subarray(2 + r.size));
	return r && s && 2 + r.size + s.size === bytes.length ? { r: r.value, s: s.value } : undefined;
}
