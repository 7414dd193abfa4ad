import { test } from "uvu";
import * as assert from "uvu/assert";
import { CertificateCache, type Preferences } from "../../se050/certificatecache.js";
import { decodeVersion } from "../../se050/version.js";
import { bytes, hex } from "./se050-chip.js";

const uid = bytes("0400500194B58D02EAB29B046AA26A701B90");
const otherUid = bytes("0400500194B58D02EAB29B046AA26A701C90");
const version = decodeVersion(bytes("0301016FFF010B"));
const first = bytes("3003020101");
const second = bytes("3003020102");

class Memory implements Preferences {
	readonly values = new Map<string, ArrayBuffer>();
	writes = 0;
	get(domain: string, name: string) { return this.values.get(`${domain}/${name}`); }
	set(domain: string, name: string, value: ArrayBuffer) {
		this.writes++;
		this.values.set(`${domain}/${name}`, value);
	}
}

class Chip {
	reads = 0;
	content = first;
	fails = false;
	certificate() {
		if (this.fails)
			throw new Error("no answer");
		this.reads++;
		return this.content;
	}
}

function setUp() {
	const chip = new Chip(), memory = new Memory();
	return { chip, memory, cache: new CertificateCache(chip, memory) };
}

test("the first boot reads the certificate from the chip, the next one does not", () => {
	const { chip, memory, cache } = setUp();
	assert.equal(cache.certificate(uid, version), { certificate: first, source: "chip" });
	assert.equal(new CertificateCache(chip, memory).certificate(uid, version), { certificate: first, source: "cache" });
	assert.is(chip.reads, 1);
});

test("another chip's certificate is not taken for this one's", () => {
	const { chip, cache } = setUp();
	cache.certificate(uid, version);
	chip.content = second;
	assert.is(hex(cache.certificate(otherUid, version).certificate), hex(second));
	assert.is(chip.reads, 2);
});

test("another object, or another applet in the chip, is read anew", () => {
	const { chip, cache } = setUp();
	cache.certificate(uid, version);
	cache.certificate(uid, version, 0xF0000103);
	cache.certificate(uid, decodeVersion(bytes("0702003F9FFFFF")), 0xF0000103);
	assert.is(chip.reads, 3);
});

test("after forget the certificate comes from the chip again, and is kept again", () => {
	const { chip, cache } = setUp();
	cache.certificate(uid, version);
	chip.content = second;
	cache.forget();
	assert.equal(cache.certificate(uid, version), { certificate: second, source: "chip" });
	assert.equal(cache.certificate(uid, version), { certificate: second, source: "cache" });
});

test("a certificate that is confirmed by the chip is not written again: flash wears", () => {
	const { chip, memory, cache } = setUp();
	for (let boot = 0; boot < 3; boot++) {
		cache.certificate(uid, version);
		cache.forget();
	}
	assert.equal([chip.reads, memory.writes], [3, 1]);
});

test("after forget, a chip that cannot be read leaves the doubt", () => {
	const { chip, cache } = setUp();
	cache.certificate(uid, version);
	cache.forget();
	chip.fails = true;
	assert.throws(() => cache.certificate(uid, version), /no answer/);
	chip.fails = false;
	assert.is(cache.certificate(uid, version).source, "chip");
});

test("storage that fails is no reason to fail: the certificate comes from the chip, with the reason why it is not kept", () => {
	const { chip } = setUp();
	const broken: Preferences = {
		get() { throw new Error("nvs get fail"); },
		set() { throw new Error("nvs set fail"); },
	};
	const cache = new CertificateCache(chip, broken);
	assert.equal(cache.certificate(uid, version), { certificate: first, source: "chip", problem: "nvs set fail" });
});

test("a record that was cut, lengthened or is of another type does not count", () => {
	const { chip, memory, cache } = setUp();
	cache.certificate(uid, version);
	const [key = "", whole = new ArrayBuffer(0)] = [...memory.values][0] ?? [];
	const damaged = [whole.slice(0, -1), whole.slice(0, 10), new ArrayBuffer(0), new Uint8Array([...new Uint8Array(whole), 0]).buffer, "text" as unknown as ArrayBuffer];
	for (const value of damaged) {
		memory.values.set(key, value);
		assert.is(cache.certificate(uid, version).source, "chip");
	}
	assert.is(chip.reads, 1 + damaged.length);
});

test("names and record fit the ESP32's NVS: 15 characters, 4000 bytes", () => {
	const { memory, chip, cache } = setUp();
	chip.content = new Uint8Array([0x30, 0x82, 0x05, 0x00, ...new Uint8Array(0x500)]);
	cache.certificate(uid, version);
	for (const [key, value] of memory.values) {
		assert.ok(key.split("/").every(part => part.length <= 15));
		assert.ok(value.byteLength < 4000);
	}
});

test.run();
