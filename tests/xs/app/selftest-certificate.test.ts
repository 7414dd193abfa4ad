// SPDX-License-Identifier: MIT
import Resource from "Resource";
import { describe, verify } from "app/selftest/certificate";
import { test } from "uvu";
import * as assert from "uvu/assert";

function root(name: string): Uint8Array {
	return new Uint8Array(new Resource(name).slice(0));
}

test("a certificate is read as its issuer published it", () => {
	const name = "C=US, O=Amazon, CN=Amazon Root CA 3";
	assert.equal(describe(root("AmazonRootCA3.der")), {
		subject: name,
		issuer: name,
		key: "EC 256 bits",
		validFrom: "2015-05-26",
		validTo: "2040-05-26",
	});
	assert.is(describe(root("AmazonRootCA1.der")).key, "RSA 2048 bits");
});

test("what is no certificate is refused with Mbed TLS' number", () => {
	assert.throws(() => describe(new Uint8Array([0x30, 0x00])), /Mbed TLS: error -0x2/);
	assert.throws(() => describe(new Uint8Array(0)), /Mbed TLS: error -0x2/);
});

test("a signature that the key did not make is refused", () => {
	const signature = new Uint8Array([0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]);
	assert.throws(() => verify(root("AmazonRootCA3.der"), new Uint8Array(32), signature), /Mbed TLS: error -0x4/);
});

test.run();
