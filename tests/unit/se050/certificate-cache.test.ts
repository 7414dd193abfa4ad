// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { keepCertificate, keptCertificate, type Preferences } from "../../../se050/certificate-cache.js";
import { decodeVersion } from "../../../se050/version.js";
import { bytes } from "./chip.js";

const owner = {
	uid: bytes("0400500194B58D02EAB29B046AA26A701B90"),
	version: decodeVersion(bytes("0301016FFF010B")),
	id: 0xf0000101,
};
const certificate = bytes("3003020101");

class Memory implements Preferences {
	readonly values = new Map<string, ArrayBuffer>();
	get(domain: string, name: string) {
		return this.values.get(`${domain}/${name}`);
	}
	set(domain: string, name: string, value: ArrayBuffer) {
		this.values.set(`${domain}/${name}`, value);
	}
}

function kept(): Memory {
	const memory = new Memory();
	keepCertificate(memory, owner, certificate);
	return memory;
}

test("empty storage holds no certificate", () => {
	assert.is(keptCertificate(new Memory(), owner), undefined);
});

test("a certificate that was kept comes back as it was", () => {
	assert.equal(keptCertificate(kept(), owner), certificate);
});

for (const [what, other] of [
	["another chip", { uid: bytes("0400500194B58D02EAB29B046AA26A701C90") }],
	["another object", { id: 0xf0000103 }],
	["another applet", { version: decodeVersion(bytes("0702003F9FFFFF")) }],
	["another configuration", { version: decodeVersion(bytes("0301016FFE010B")) }],
] as const)
	test(`${what} has no part in it`, () => {
		assert.is(keptCertificate(kept(), { ...owner, ...other }), undefined);
	});

test("a record that was cut, lengthened or is of another type does not count", () => {
	const memory = kept();
	const [key = "", whole = new ArrayBuffer(0)] = [...memory.values][0] ?? [];
	for (const value of [
		whole.slice(0, -1),
		whole.slice(0, 10),
		new ArrayBuffer(0),
		new Uint8Array([...new Uint8Array(whole), 0]).buffer,
		"text" as unknown as ArrayBuffer,
	]) {
		memory.values.set(key, value);
		assert.is(keptCertificate(memory, owner), undefined);
	}
});

test("a record of another format does not count, whatever follows", () => {
	const memory = kept();
	const [key = "", whole = new ArrayBuffer(0)] = [...memory.values][0] ?? [];
	const record = new Uint8Array(whole);
	for (let format = 0; format < 256; format += 1) {
		memory.values.set(key, Uint8Array.of(format, ...record.subarray(1)).buffer);
		assert.is(keptCertificate(memory, owner) !== undefined, format === 2);
	}
});

test("a record with any one bit changed does not count", () => {
	const memory = kept();
	const [key = "", whole = new ArrayBuffer(0)] = [...memory.values][0] ?? [];
	for (let bit = 0; bit < 8 * whole.byteLength; bit += 1) {
		const record = new Uint8Array(whole.slice(0));
		record[bit >> 3] = (record[bit >> 3] as number) ^ (1 << (bit & 7));
		memory.values.set(key, record.buffer);
		assert.is(keptCertificate(memory, owner), undefined, `bit ${bit}`);
	}
});

test("storage that cannot be read holds none", () => {
	assert.is(
		keptCertificate(
			{
				get() {
					throw new Error("nvs get fail");
				},
				set() {},
			},
			owner,
		),
		undefined,
	);
});

test("names and record fit the ESP32's NVS: 15 characters, 4000 bytes", () => {
	const memory = new Memory();
	keepCertificate(memory, owner, new Uint8Array([0x30, 0x82, 0x05, 0x00, ...new Uint8Array(0x500)]));
	for (const [key, value] of memory.values) {
		assert.ok(key.split("/").every(part => part.length <= 15));
		assert.ok(value.byteLength < 4000);
	}
});

test.run();
