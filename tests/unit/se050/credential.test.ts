// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Credential, OtherChipError } from "../../../se050/credential.js";
import { keyPair } from "../../../se050/objects.js";
import { decodeVersion } from "../../../se050/version.js";
import { bytes, hex } from "./chip.js";

const version = decodeVersion(bytes("0301016FFF010B"));
const first = bytes("3003020101");
const second = bytes("3003020102");
const digest = new Uint8Array(32);

/** One chip, and its storage. */
class Board {
	id = bytes("0400500194B58D02EAB29B046AA26A701B90");
	content = first;
	asked: string[] = [];
	stored: ArrayBuffer | undefined;
	writes = 0;
	/** What the storage fails with. */
	storageFailure: string | undefined;
	/** What the chip fails with. */
	failure: string | undefined;

	uid() {
		this.asked.push("uid");
		return this.id;
	}
	chain(id?: number) {
		if (this.failure) throw new Error(this.failure);
		this.asked.push(`certificate ${id?.toString(16)}`);
		return this.content;
	}
	key(id?: number) {
		return {
			sign: () => {
				if (this.failure) throw new Error(this.failure);
				this.asked.push(`sign ${id?.toString(16)}`);
				return Uint8Array.of(1);
			},
		};
	}
	get() {
		this.#checkStorage();
		return this.stored;
	}
	set(_domain: string, _name: string, value: ArrayBuffer) {
		this.#checkStorage();
		this.writes++;
		this.stored = value;
	}
	#checkStorage() {
		if (this.storageFailure) throw new Error(this.storageFailure);
	}

	boot(key = "F0000100"): Credential {
		this.asked = [];
		return new Credential({ chip: this, preferences: this, uid: this.id, version, pair: keyPair(key) });
	}
}

/** A TLS handshake in which the server asks for the certificate. */
function handshake(credential: Credential): { certificate: string; source: string | undefined; isNew: boolean } {
	const { certificate, source, isNew } = credential.show();
	credential.sign("SHA-256", digest, "ECDSA");
	return { certificate: hex(certificate), source, isNew };
}

/** A start that leads to a session. */
function session(board: Board): ReturnType<typeof handshake> {
	const credential = board.boot();
	const shown = handshake(credential);
	credential.accepted();
	return shown;
}

test("key and certificate are those of one pair", () => {
	const board = new Board();
	handshake(board.boot("F0000102"));
	assert.equal(board.asked, ["certificate f0000103", "sign f0000102"]);
});

test("a warm boot asks the chip for the signature alone", () => {
	const board = new Board();
	assert.equal(session(board), { certificate: hex(first), source: "chip", isNew: true });
	assert.equal(session(board), { certificate: hex(first), source: "cache", isNew: true });
	assert.equal(board.asked, ["sign f0000100"]);
	assert.is(board.writes, 1);
});

test("the certificate that was read at the start is the first connection's", () => {
	const board = new Board(),
		credential = board.boot();
	assert.equal(credential.read(), { certificate: first, chain: first, source: "chip", isNew: true });
	assert.equal(credential.show(), { certificate: first, chain: first, isNew: false });
	assert.equal(board.asked, ["certificate f0000101"]);
});

test("a reconnect after an accepted certificate asks for the signature alone", () => {
	const board = new Board(),
		credential = board.boot();
	handshake(credential);
	credential.accepted();
	assert.equal(handshake(credential), { certificate: hex(first), source: undefined, isNew: false });
	assert.equal(board.asked, ["certificate f0000101", "sign f0000100", "sign f0000100"]);
});

test("a certificate that no server has accepted yet is not kept", () => {
	const board = new Board(),
		credential = board.boot();
	handshake(credential);
	assert.is(board.writes, 0);
	credential.accepted();
	assert.is(board.writes, 1);
});

test("a session for which the key has not signed proves nothing: the certificate is not kept", () => {
	const board = new Board(),
		credential = board.boot();
	credential.show();
	credential.accepted();
	assert.is(board.writes, 0);
});

test("a signature that failed proves nothing", () => {
	const board = new Board(),
		credential = board.boot();
	credential.show();
	board.failure = "no answer";
	assert.throws(() => credential.sign("SHA-256", digest, "ECDSA"), /no answer/);
	board.failure = undefined;
	credential.accepted();
	assert.is(board.writes, 0);
});

test("before the first session, each attempt after a failed one reads the chip", () => {
	const board = new Board(),
		credential = board.boot();
	credential.show();
	assert.equal(credential.show(), { certificate: first, chain: first, source: "chip", isNew: false });
	assert.equal(board.asked, ["certificate f0000101", "uid", "certificate f0000101"]);
});

test("after a session, a connection that failed before the key has signed says nothing against the certificate", () => {
	const board = new Board(),
		credential = board.boot();
	handshake(credential);
	credential.accepted();
	board.asked = [];
	credential.show();
	credential.show();
	assert.equal(board.asked, []);
});

test("a certificate that was damaged on the bus costs one attempt and never reaches the storage", () => {
	/* Damage in the header is what SE050.chain refuses. */
	for (let at = 2; at < first.length; at += 1) {
		const board = new Board(),
			credential = board.boot();
		board.content = first.map((byte, index) => (index === at ? byte ^ 0x40 : byte));
		credential.read();
		board.content = first;
		handshake(credential);
		assert.is(board.stored, undefined);
		assert.is(handshake(credential).certificate, hex(first), "the second attempt has the chip's own");
		credential.accepted();
		assert.is(session(board).source, "cache");
	}
});

test("a chain is shown and kept whole, and its first certificate is the device's", () => {
	const board = new Board();
	board.content = Uint8Array.from([...first, ...second]);
	const reading = board.boot().read();
	assert.equal(reading.certificate, first);
	assert.equal(reading.chain, board.content);
	session(board);
	const kept = board.boot().read();
	assert.is(kept.source, "cache");
	assert.equal(kept.chain, board.content);
});

test("a certificate that was replaced in the same chip is read after the refusal of the kept one", () => {
	const board = new Board();
	session(board);
	board.content = second;
	const credential = board.boot();
	assert.equal(handshake(credential), { certificate: hex(first), source: "cache", isNew: true });
	assert.equal(handshake(credential), { certificate: hex(second), source: "chip", isNew: true });
	credential.accepted();
	assert.is(session(board).certificate, hex(second), "and kept");
	assert.equal(board.asked, ["sign f0000100"]);
});

test("a refusal that was not the certificate's fault reads the chip once an attempt, and writes no flash", () => {
	const board = new Board();
	session(board);
	const credential = board.boot();
	handshake(credential);
	assert.equal(handshake(credential), { certificate: hex(first), source: "chip", isNew: false });
	assert.equal(board.asked, ["sign f0000100", "uid", "certificate f0000101", "sign f0000100"]);
	credential.accepted();
	assert.is(board.writes, 1);
});

test("a chip that cannot be read after a refusal leaves the doubt", () => {
	const board = new Board(),
		credential = board.boot();
	handshake(credential);
	board.failure = "no answer";
	assert.throws(() => credential.show(), /no answer/);
	board.failure = undefined;
	assert.is(credential.show().source, "chip");
});

test("storage that fails is no reason to fail: the certificate comes from the chip, and why it is not kept is returned", () => {
	const board = new Board(),
		credential = board.boot();
	board.storageFailure = "nvs fail";
	assert.equal(credential.read(), { certificate: first, chain: first, source: "chip", isNew: true });
	handshake(credential);
	assert.is(credential.accepted(), "nvs fail");
});

test("a chip that was exchanged while the device runs is named, and the other chip's certificate is not shown", () => {
	const board = new Board(),
		credential = board.boot();
	handshake(credential);
	board.id = bytes("0400500194B58D02EAB29B046AA26A701C90");
	board.content = second;
	assert.throws(
		() => credential.show(),
		(error: unknown) => error instanceof OtherChipError,
	);
	assert.throws(() => credential.show(), /UID differs/);
});

test("a chip that was exchanged before the start is read again", () => {
	const board = new Board();
	session(board);
	board.id = bytes("0400500194B58D02EAB29B046AA26A701C90");
	board.content = second;
	assert.equal(session(board), { certificate: hex(second), source: "chip", isNew: true });
});

test.run();
