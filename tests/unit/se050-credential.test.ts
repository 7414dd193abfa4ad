import { test } from "uvu";
import * as assert from "uvu/assert";
import type { FoundCertificate } from "../../se050/certificatecache.js";
import { Credential } from "../../se050/credential.js";
import { keyPair } from "../../se050/objects.js";
import { decodeVersion } from "../../se050/version.js";
import { bytes, hex } from "./se050-chip.js";

const version = decodeVersion(bytes("0301016FFF010B"));
const first = bytes("3003020101");
const second = bytes("3003020102");
const digest = new Uint8Array(32);

/** One chip, and the storage beside it. */
class Board {
	id = bytes("0400500194B58D02EAB29B046AA26A701B90");
	content = first;
	asked: string[] = [];
	stored: ArrayBuffer | undefined;
	told: { source: string; isNew: boolean }[] = [];

	uid() { this.asked.push("uid"); return this.id; }
	certificate(id?: number) { this.asked.push(`certificate ${id?.toString(16)}`); return this.content; }
	key(id?: number) { return { sign: () => { this.asked.push(`sign ${id?.toString(16)}`); return Uint8Array.of(1); } }; }
	get() { return this.stored; }
	set(_domain: string, _name: string, value: ArrayBuffer) { this.stored = value; }

	boot(key = "F0000100"): Credential {
		this.asked = [];
		this.told = [];
		const onCertificate = ({ source }: FoundCertificate, isNew: boolean) => { this.told.push({ source, isNew }); };
		return new Credential({ chip: this, preferences: this, uid: this.id, version, pair: keyPair(key), onCertificate });
	}
}

/** A TLS handshake in which the server asks for the certificate. */
function handshake(credential: Credential): string {
	const certificate = credential.read();
	credential.key.sign("SHA-256", digest, "ECDSA");
	return hex(certificate);
}

test("key and certificate are those of one pair", () => {
	const board = new Board();
	handshake(board.boot("F0000102"));
	assert.equal(board.asked, ["certificate f0000103", "sign f0000102"]);
});

test("a warm boot asks the chip for the signature alone", () => {
	const board = new Board();
	handshake(board.boot());
	handshake(board.boot());
	assert.equal(board.asked, ["sign f0000100"]);
	assert.equal(board.told, [{ source: "cache", isNew: true }]);
});

test("a reconnect after an accepted certificate asks for the signature alone", () => {
	const board = new Board(), credential = board.boot();
	handshake(credential);
	credential.accepted();
	handshake(credential);
	credential.accepted();
	assert.equal(board.asked, ["certificate f0000101", "sign f0000100", "sign f0000100"]);
});

test("a connection that failed before the key has signed says nothing against the certificate", () => {
	const board = new Board(), credential = board.boot();
	credential.read();
	credential.read();
	assert.equal(board.asked, ["certificate f0000101"]);
});

test("a certificate that was replaced in the same chip is read after the refusal of the kept one", () => {
	const board = new Board();
	handshake(board.boot());
	board.content = second;
	const credential = board.boot();
	assert.is(handshake(credential), hex(first));
	assert.is(handshake(credential), hex(second));
	assert.equal(board.told, [{ source: "cache", isNew: true }, { source: "chip", isNew: true }]);
	assert.is(handshake(board.boot()), hex(second), "and kept");
	assert.equal(board.asked, ["sign f0000100"]);
});

test("a refusal that was not the certificate's fault reads the chip once an attempt and tells of no new certificate", () => {
	const board = new Board(), credential = board.boot();
	handshake(credential);
	handshake(credential);
	assert.equal(board.asked, ["certificate f0000101", "sign f0000100", "uid", "certificate f0000101", "sign f0000100"]);
	assert.equal(board.told.at(-1), { source: "chip", isNew: false });
});

test("a chip that was exchanged while the device runs is told, and the other chip's certificate is not shown", () => {
	const board = new Board(), credential = board.boot();
	handshake(credential);
	board.id = bytes("0400500194B58D02EAB29B046AA26A701C90");
	board.content = second;
	assert.throws(() => credential.read(), /chip is another one than at the start: start the firmware again/);
	assert.throws(() => credential.read(), /another one/);
});

test("a chip that was exchanged before the start is read anew", () => {
	const board = new Board();
	handshake(board.boot());
	board.id = bytes("0400500194B58D02EAB29B046AA26A701C90");
	board.content = second;
	assert.is(handshake(board.boot()), hex(second));
	assert.equal(board.told, [{ source: "chip", isNew: true }]);
});

test.run();
