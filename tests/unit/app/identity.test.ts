// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { clientId, clientIdForm, clientIdWarning, deviceTopic, toHex } from "../../../app/identity.js";

const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
/** UIDs of real chips, published by centurysys/se050_nim, and one of NXP's sample logs with neither + nor /. */
const published = [
	["040050018641BAEE9BF71E042733D23E1F90", "BABQAYZBuu6b9x4EJzPSPh+Q", "BABQAYZBuu6b9x4EJzPSPh-Q"],
	["04005001B10D3D3FA75885042719D23E1F90", "BABQAbENPT+nWIUEJxnSPh+Q", "BABQAbENPT-nWIUEJxnSPh-Q"],
] as const;

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));

test("the client id is the UID in standard base64: 24 characters", () => {
	for (const [uid, id] of published) {
		assert.is(clientId(bytes(uid), "base64", encode), id);
		assert.is(id.length, 24);
	}
});

test("base64url has neither + nor / nor padding", () => {
	for (const [uid, , id] of published) assert.is(clientId(bytes(uid), "base64url", encode), id);
	assert.is(clientId(Uint8Array.of(0xfb, 0xff), "base64url", encode), "-_8");
});

test("hex is lower case, two digits a byte", () => {
	assert.is(clientId(Uint8Array.of(0x04, 0x00, 0xab), "hex", encode), "0400ab");
	assert.is(toHex(new Uint8Array()), "");
});

test("an id with + or / is warned about, with the remedy; another is not", () => {
	assert.match(clientIdWarning("a+b") ?? "", /no lifecycle events.*base64url/);
	assert.match(clientIdWarning("a/b") ?? "", /adds a level.*base64url/);
	assert.is(clientIdWarning("aB3-_"), undefined);
});

test("an unknown form is refused", () => {
	assert.throws(() => clientIdForm("BASE64"), /use one of base64, base64url, hex/);
});

test("a topic may name the device's own client id", () => {
	assert.is(deviceTopic("dev/{clientId}/echo", "BABQ-_"), "dev/BABQ-_/echo");
	assert.is(deviceTopic("test_topic/esp32", "a+b"), "test_topic/esp32");
});

test("a client id with + cannot stand in a topic, and the remedy is named", () => {
	assert.throws(() => deviceTopic("dev/{clientId}", "a+b"), /may not contain \+; use clientId=base64url/);
});

test.run();
